/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions behind ours, found without dlsym(): the same as it finds, at any moment. */
#include "system/next.h"

#include "support.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
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

static const char *const others[] = { "malloc", "fclose", "pthread_create", "nanosleep", "dlopen" };

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

/* --- tables of symbols ------------------------------------------------------------------------ */

static void *load(const char *name)
{
	char path[1000];
	void *library;

	snprintf(path, sizeof(path), BUILD "/%s", name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	return library;
}

static int call(void *function)
{
	ck_assert_ptr_nonnull(function);
	return ((int (*)(void))(uintptr_t)function)();
}

static const char *const tables[][3] = {
	{ "next_gnu.so", "next_by_gnu", "next_by_gnu_data" },
	{ "next_sysv.so", "next_by_sysv", "next_by_sysv_data" },
};

START_TEST(a_library_has_either_table)
{
	void *library;

	ck_assert_ptr_null(next_function(tables[_i][1]));
	library = load(tables[_i][0]);
	ck_assert_ptr_eq(next_function(tables[_i][1]), dlsym(library, tables[_i][1]));
	ck_assert_int_eq(call(next_function(tables[_i][1])), 10);
	ck_assert_ptr_nonnull(dlsym(library, tables[_i][2]));
	ck_assert_ptr_null(next_function(tables[_i][2]));
	/* What it only calls itself, others have. */
	ck_assert_ptr_eq(next_function("getenv"), dlsym(RTLD_NEXT, "getenv"));
	ck_assert_int_eq(dlclose(library), 0);
	ck_assert_ptr_null(next_function(tables[_i][1]));
}
END_TEST

static const char *const versions[] = { "next_versions.so", "next_versions_sysv.so" };

START_TEST(of_two_versions_it_is_the_one_for_new_programs)
{
	void *library = load(versions[_i]);
	char name[16];

	for (int n = 1; n <= 8; n++) {
		snprintf(name, sizeof(name), "next_%d", n);
		ck_assert_ptr_eq(next_function(name), dlsym(library, name));
		ck_assert_int_eq(call(next_function(name)), n);
	}
	ck_assert_int_eq(call(next_function("next_old")), 9);
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

static int from_constructor[2], to_constructor[2];

static void *looks_meanwhile(void *data)
{
	char byte;

	(void)data;
	if (read(from_constructor[0], &byte, 1) != 1)
		return NULL;
	data = next_function("waitid");
	return write(to_constructor[1], "", 1) == 1 ? data : NULL;
}

static void set_number(const char *name, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	ck_assert_int_eq(setenv(name, text, 1), 0);
}

/* dlsym() would wait for that, and the constructor waits for whoever calls it. */
START_TEST(who_loads_a_library_does_not_hold_it_up)
{
	pthread_t thread;
	void *seen;

	ck_assert_int_eq(pipe(from_constructor), 0);
	ck_assert_int_eq(pipe(to_constructor), 0);
	set_number("NEXT_TELL", from_constructor[1]);
	set_number("NEXT_HEAR", to_constructor[0]);
	ck_assert_int_eq(pthread_create(&thread, NULL, looks_meanwhile, NULL), 0);
	load("next_gnu.so");
	ck_assert_int_eq(pthread_join(thread, &seen), 0);
	ck_assert_ptr_nonnull(seen);
	ck_assert_ptr_eq(seen, dlsym(RTLD_NEXT, "waitid"));
}
END_TEST

int main(void)
{
	TCase *tests = group("next");

	tcase_add_loop_test(tests, it_is_what_dlsym_finds, 0, SYMBOLS);
	tcase_add_loop_test(tests, also_of_other_functions, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(tests, nonsense_is_nowhere);
	tcase_add_loop_test(tests, a_library_has_either_table, 0, 2);
	tcase_add_loop_test(tests, of_two_versions_it_is_the_one_for_new_programs, 0, 2);
	tcase_add_test(tests, a_signal_handler_finds_it);
	tcase_add_test(tests, who_loads_a_library_does_not_hold_it_up);
	return group_run();
}
