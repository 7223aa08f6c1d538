/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole library inside of a program with threads, so that a sanitizer sees all of it: a preload
 * library can't be had with ThreadSanitizer in it. */
#include "support.h"

#include <signal.h>
#include <stdlib.h>

enum { PROGRAMS = 3, THREADS = 8, TIMES = 40, FILES = 8 };

#define INSIDE BUILD "/counter_inside"

/* THREADS threads each of several programs add to the first N of these. */
static const char *const names[FILES] = { "0.h5", "1.h5", "2.h5", "3.h5",
					  "4.h5", "5.h5", "6.h5", "7.h5" };

static void create(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(RUN(BUILD "/counter", names[i], "create").status, 0);
}

static int number_in(const char *name)
{
	struct outcome o = RUN(BUILD "/counter", name, "show");

	ck_assert_msg(o.status == 0, "%s", o.err);
	return atoi(o.out);
}

static void add(int n)
{
	const char *argv[4 + FILES] = { INSIDE, "8", "40" }; /* THREADS, TIMES */
	struct process *programs[PROGRAMS];

	for (int i = 0; i < n; i++)
		argv[3 + i] = names[i];
	create(n);
	for (int i = 0; i < PROGRAMS; i++)
		programs[i] = start(argv);
	for (int i = 0; i < PROGRAMS; i++) {
		struct outcome o = finish(programs[i]);

		ck_assert_msg(o.status == 0 && !*o.err, "status %d: %.3000s", o.status, o.err);
	}
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(number_in(names[i]), PROGRAMS * THREADS * TIMES / n);
}

static const int files[] = { 1, 4, 8 };

START_TEST(eight_threads_and_one_four_or_eight_files)
{
	NEEDS(INSIDE " safe", "this HDF5 is not thread-safe");
	preload(false);
	setting("LOCKEDH5_COUNT", "inf");
	setting("LOCKEDH5_VERBOSE", "0");
	add(files[_i]);
}
END_TEST

/* Every message, every bar of the timeline. */
START_TEST(with_all_settings)
{
	NEEDS(INSIDE " safe", "this HDF5 is not thread-safe");
	preload(false);
	ck_assert_int_eq(RUN("mkdir", "traces").status, 0);
	setting("LOCKEDH5_COUNT", "inf");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "log");
	setting("LOCKEDH5_TRACE", "traces");
	add(4);
	ck_assert_int_gt(file_size("log"), 0);
}
END_TEST

/* All give up, each by its own deadline. */
START_TEST(eight_threads_give_up)
{
	struct process *holder;
	struct outcome o;

	NEEDS(INSIDE " safe", "this HDF5 is not thread-safe");
	NEEDS("command -v flock", "needs flock");
	preload(false);
	create(2);
	holder = START("flock", "0.h5", "flock", "1.h5", "sleep", "1000");
	locks_become("1.h5", 0, 1);
	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "0.2");
	setting("LOCKEDH5_VERBOSE", "0");
	o = RUN(INSIDE, "8", "5", "0.h5", "1.h5");
	ck_assert_msg(o.status == 1, "status %d: %.3000s", o.status, o.err);
	ck_assert_int_eq(waiters_on("0.h5") + waiters_on("1.h5"), 0);
	kill(process_pid(holder), SIGKILL);
	finish(holder);
}
END_TEST

/* What programs have printed lives until the end of the test program, by intention. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

int main(void)
{
	TCase *tests = group("threads");

	tcase_add_loop_test(tests, eight_threads_and_one_four_or_eight_files, 0, 3);
	tcase_add_test(tests, with_all_settings);
	tcase_add_test(tests, eight_threads_give_up);
	return group_run();
}
