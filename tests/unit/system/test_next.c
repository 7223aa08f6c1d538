/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions behind ours, found without dlsym(): the same as it finds, at any moment. */
#include "system/next.h"

#include "support.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEXT(result, name, symbol, parameters, arguments, otherwise) symbol,
static const char *const symbols[] = {
#include "system/names.def"
	"openat",
	"openat64",
};
enum { SYMBOLS = sizeof(symbols) / sizeof(symbols[0]) };

START_TEST(it_is_what_dlsym_finds)
{
	ck_assert_ptr_eq(next_function(symbols[_i]), dlsym(RTLD_NEXT, symbols[_i]));
}
END_TEST

static const char *const others[] = { "malloc", "fclose", "nanosleep" };

/* Wherever they are: a sanitizer may stand before libc. */
START_TEST(also_of_other_functions)
{
	ck_assert_ptr_eq(next_function(others[_i]), dlsym(RTLD_NEXT, others[_i]));
}
END_TEST

START_TEST(nonsense_is_nowhere)
{
	char name[3000];

	ck_assert_ptr_null(next_function("no function has this name"));
	ck_assert_ptr_null(next_function(""));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	ck_assert_ptr_null(next_function(name));
	/* Ours stands before, and what is not a function is none. */
	ck_assert_ptr_null(next_function("next_function"));
	ck_assert_ptr_null(next_function("environ"));
}
END_TEST

/* --- libraries between us and libc ------------------------------------------------------------ */

/* This program again, with LIBRARY between it and libc, to print what it finds. */
static const char *finds(const char *library, const char *symbol)
{
	char path[1000];

	snprintf(path, sizeof(path), BUILD "/%s", library);
	preload(false);
	setting("LD_PRELOAD", path);
	/* Which wants to be the first one. */
	setting("ASAN_OPTIONS", "verify_asan_link_order=0");
	return RUN("/proc/self/exe", symbol).out;
}

static int say_what_is_found(const char *symbol)
{
	union {
		void *found;
		int (*call)(void);
	} function = { .found = next_function(symbol) };

	if (!function.found)
		printf("nothing");
	else
		printf("%d, %s", function.call(),
		       function.found == dlsym(RTLD_NEXT, symbol) ? "as dlsym()" : "alone");
	fflush(stdout);
	/* A sanitizer need not look for leaks. */
	_exit(0);
}

static const char *const tables[][3] = {
	{ "next_gnu.so", "next_by_gnu", "next_by_gnu_data" },
	{ "next_sysv.so", "next_by_sysv", "next_by_sysv_data" },
};

START_TEST(a_library_has_either_table)
{
	ck_assert_str_eq(finds(tables[_i][0], tables[_i][1]), "10, as dlsym()");
	ck_assert_str_eq(finds(tables[_i][0], tables[_i][2]), "nothing");
	/* What it calls itself, others have. */
	ck_assert_str_eq(finds(tables[_i][0], "getpagesize"),
			 finds("next_versions.so", "getpagesize"));
	has(finds(tables[_i][0], "getpagesize"), ", as dlsym()");
}
END_TEST

static const char *const versions[] = { "next_versions.so", "next_versions_sysv.so" };

/* Before glibc 2.36 dlsym() chooses otherwise, but what it is must be the same. */
static void answers(const char *answer, int value, const char *how)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "%d, %s", value, how);
#if __GLIBC_PREREQ(2, 36)
	ck_assert_str_eq(answer, expected);
#else
	ck_assert_int_eq(atoi(answer), value);
#endif
}

START_TEST(of_two_versions_it_is_the_one_for_new_programs)
{
	char name[32];

	for (int n = 1; n <= 8; n++) {
		snprintf(name, sizeof(name), "next_%d", n);
		answers(finds(versions[_i], name), n, "as dlsym()");
	}
	/* Which is better than none. */
	answers(finds(versions[_i], "next_old"), 9, "alone");
}
END_TEST

/* What has been loaded later may be unloaded again. */
START_TEST(what_is_behind_libc_is_left_alone)
{
	void *library = dlopen(BUILD "/next_gnu.so", RTLD_NOW | RTLD_GLOBAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_ptr_nonnull(dlsym(library, "next_by_gnu"));
	ck_assert_ptr_null(next_function("next_by_gnu"));
}
END_TEST

/* --- at any moment ---------------------------------------------------------------------------- */

static void *at_start;
static volatile sig_atomic_t found, lost;

static void look(int sig)
{
	(void)sig;
	if (next_function("waitid") == at_start)
		found = found + 1;
	else
		lost = lost + 1;
}

START_TEST(a_signal_handler_finds_it)
{
	struct sigaction action = { .sa_handler = look, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
	double ends = seconds_now() + PATIENCE / 2.0;

	at_start = dlsym(RTLD_NEXT, "waitid");
	ck_assert_int_eq(sigaction(SIGPROF, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_PROF, &often, NULL), 0);
	/* Memory, dlsym(), and next_function() itself are what a handler may interrupt. */
	while (found < 100 && seconds_now() < ends) {
		free(malloc(1000));
		ck_assert_ptr_nonnull(dlsym(RTLD_NEXT, "waitid"));
		ck_assert_ptr_null(next_function("no function has this name"));
	}
	ck_assert_int_eq(setitimer(ITIMER_PROF, &never, NULL), 0);
	ck_assert_int_ge(found, 100);
	ck_assert_int_eq(lost, 0);
}
END_TEST

static int from_inside[2], to_inside[2];

static void *looks_meanwhile(void *data)
{
	char byte;

	(void)data;
	if (read(from_inside[0], &byte, 1) != 1)
		return NULL;
	data = next_function("waitid");
	return write(to_inside[1], "", 1) == 1 ? data : NULL;
}

static void set_number(const char *name, int number)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", number);
	ck_assert_int_eq(setenv(name, text, 1), 0);
}

/* dlsym() would wait for that, and the constructor waits for whoever calls it. */
START_TEST(who_loads_a_library_does_not_hold_it_up)
{
	pthread_t thread;
	void *seen;

	ck_assert_int_eq(pipe(from_inside), 0);
	ck_assert_int_eq(pipe(to_inside), 0);
	set_number("NEXT_TELL", from_inside[1]);
	set_number("NEXT_HEAR", to_inside[0]);
	ck_assert_int_eq(pthread_create(&thread, NULL, looks_meanwhile, NULL), 0);
	ck_assert_ptr_nonnull(dlopen(BUILD "/next_gnu.so", RTLD_NOW));
	ck_assert_int_eq(pthread_join(thread, &seen), 0);
	ck_assert_ptr_nonnull(seen);
	ck_assert_ptr_eq(seen, dlsym(RTLD_NEXT, "waitid"));
}
END_TEST

static int waits_inside(struct dl_phdr_info *object, size_t size, void *data)
{
	char byte;

	(void)object, (void)size, (void)data;
	return write(from_inside[1], "", 1) != 1 || read(to_inside[0], &byte, 1) != 1;
}

static void *looks_through_all(void *data)
{
	char byte;

	dl_iterate_phdr(waits_inside, data);
	/* Of all further objects. */
	while (read(to_inside[0], &byte, 1) == 1)
		;
	return NULL;
}

/* It has its parent's locks, and nobody who would let go of them (glibc 2.36). */
START_TEST(a_forked_child_finds_it_while_another_thread_looks_through_all)
{
	pthread_t thread;
	int status;
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(from_inside), 0);
	ck_assert_int_eq(pipe(to_inside), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, looks_through_all, NULL), 0);
	ck_assert_int_eq(read(from_inside[0], &byte, 1), 1);
	child = fork();
	if (child == 0) {
		alarm(PATIENCE / 2);
		_exit(!next_function("waitid"));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	close(to_inside[1]);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = group("next");

	if (argc > 1)
		return say_what_is_found(argv[1]);
	tcase_add_loop_test(tests, it_is_what_dlsym_finds, 0, SYMBOLS);
	tcase_add_loop_test(tests, also_of_other_functions, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(tests, nonsense_is_nowhere);
	tcase_add_loop_test(tests, a_library_has_either_table, 0, 2);
	tcase_add_loop_test(tests, of_two_versions_it_is_the_one_for_new_programs, 0, 2);
	tcase_add_test(tests, what_is_behind_libc_is_left_alone);
	tcase_add_test(tests, a_signal_handler_finds_it);
	tcase_add_test(tests, who_loads_a_library_does_not_hold_it_up);
	tcase_add_test(tests, a_forked_child_finds_it_while_another_thread_looks_through_all);
	return group_run();
}
