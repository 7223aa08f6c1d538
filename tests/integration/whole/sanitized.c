/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that were built with a sanitizer, started by the launcher: they run, wait for each
 * other, and are still watched over. */
#include "programs.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *compiler, *option;
} builds[] = {
	{ "gcc", "-fsanitize=address" },
	{ "gcc", "-fsanitize=thread" },
	{ "gcc", "-fsanitize=undefined" },
	{ "gcc", "-fsanitize=leak" },
	{ "gcc", "-fsanitize=address,undefined -static-libasan" },
	/* clang puts its runtime into the program, unless it is told not to. */
	{ "clang", "-fsanitize=address" },
	{ "clang", "-fsanitize=thread" },
	{ "clang", "-fsanitize=undefined" },
	{ "clang", "-fsanitize=address -shared-libasan -Wl,-rpath,$(dirname $(clang "
		   "-print-file-name=libclang_rt.asan-$(uname -m).so))" },
};
enum { BUILDS = sizeof(builds) / sizeof(builds[0]) };

/* The runtime of clang's ThreadSanitizer stands between HDF5 and us, and that is said. */
static void says_no_more(int build, const char *text)
{
	const char *expected = "HDF5's open() comes through ./prog";

	if (!strcmp(builds[build].compiler, "clang") && strstr(builds[build].option, "thread"))
		ck_assert_msg(strstr(text, expected) && strchr(text, '\n')[1] == 0, "%s", text);
	else
		ck_assert_str_eq(text, "");
}

/* Marks the test as skipped if there is no such compiler, or no such sanitizer on this machine. */
#define NEEDS_BUILD(source)                                                                  \
	char command[1024], reason[256];                                                     \
	snprintf(command, sizeof(command), "%s -g %s -o prog %s %s && ./prog sum.h5 create", \
		 builds[_i].compiler, builds[_i].option, source, HDF5_FLAGS);                \
	snprintf(reason, sizeof(reason), "no %s with a working %.32s", builds[_i].compiler,  \
		 builds[_i].option);                                                         \
	preload(false);                                                                      \
	NEEDS(command, reason)

START_TEST(they_wait_for_each_other)
{
	enum { PROGRAMS = 4 };
	struct process *runs[PROGRAMS];
	struct outcome o;

	NEEDS_BUILD(SCRIPTS "/counter.c");
	for (int i = 0; i < PROGRAMS; i++)
		runs[i] = START(LAUNCHER, "./prog", "sum.h5", "25");
	for (int i = 0; i < PROGRAMS; i++) {
		o = finish(runs[i]);
		ck_assert_msg(o.status == 0, "%s %s: status %d: %.2000s", builds[_i].compiler,
			      builds[_i].option, o.status, o.err);
		says_no_more(_i, o.err);
	}
	ck_assert_str_eq(RUN("./prog", "sum.h5", "show").out, "100\n");
	/* With the library alone, as in a job script. */
	preload(true);
	o = RUN("./prog", "sum.h5", "10");
	ck_assert_msg(o.status == 0, "%.2000s", o.err);
	says_no_more(_i, o.err);
	ck_assert_str_eq(RUN("./prog", "sum.h5", "show").out, "110\n");
}
END_TEST

/* What they start has no sanitizer in it, nor notices one. */
START_TEST(their_children_are_left_alone)
{
	struct outcome o;

	file_write("parent.c", "#include <stdlib.h>\nint main(void)\n"
			       "{ return system(\"perl -e 'exit 0' && ! grep -e asan -e tsan"
			       " /proc/self/maps && bash -c 'echo $LD_PRELOAD'\"); }\n");
	NEEDS_BUILD("parent.c");
	o = RUN(LAUNCHER, "./prog");
	ck_assert_msg(o.status == 0 && !*o.err, "status %d: %.2000s", o.status, o.err);
	ck_assert_msg(strstr(o.out, "liblockedh5.so\n") && !strstr(o.out, "san"), "%s", o.out);
}
END_TEST

static const struct {
	int build;
	const char *code, *finding;
} faults[] = {
	{ 0, "char *a = malloc(8); free(a); return argc == 1 && a[argc];", "heap-use-after-free" },
	{ 1, "pthread_t t; pthread_create(&t, 0, f, 0); f(0); return pthread_join(t, 0);",
	  "data race" },
	{ 5, "char *a = malloc(8); free(a); return argc == 1 && a[argc];", "heap-use-after-free" },
	{ 6, "pthread_t t; pthread_create(&t, 0, f, 0); f(0); return pthread_join(t, 0);",
	  "data race" },
	{ 8, "char *a = malloc(8); free(a); return argc == 1 && a[argc];", "heap-use-after-free" },
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

START_TEST(their_faults_are_found)
{
	char source[1024];
	struct outcome o;
	int fault = _i;

	snprintf(source, sizeof(source),
		 "#include <pthread.h>\n#include <stdlib.h>\nint n;\n"
		 "void *f(void *p);\n"
		 "void *f(void *p) { for (int i = 0; i < 1000000; i++) n++; return p; }\n"
		 "int main(int argc, char **argv) { (void)argv; if (argc > 1) return 0; %s }\n",
		 faults[fault].code);
	file_write("fault.c", source);
	_i = faults[fault].build;
	NEEDS_BUILD("-O0 fault.c -lpthread");
	o = RUN(LAUNCHER, "./prog");
	ck_assert_msg(o.status != 0 && strstr(o.err, faults[fault].finding),
		      "%s %s: status %d: %.2000s", builds[_i].compiler, builds[_i].option, o.status,
		      o.err);
}
END_TEST

int main(void)
{
	TCase *tests = group("sanitized");

	tcase_add_loop_test(tests, they_wait_for_each_other, 0, BUILDS);
	tcase_add_loop_test(tests, their_children_are_left_alone, 0, BUILDS);
	tcase_add_loop_test(tests, their_faults_are_found, 0, FAULTS);
	return group_run();
}
