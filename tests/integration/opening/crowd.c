/* SPDX-License-Identifier: BSD-3-Clause */
/* Many threads and many children of several programs at once: the sum is right. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <stdio.h>

enum { MOST = 8 };

static const char *const names[MOST] = { "0.h5", "1.h5", "2.h5", "3.h5",
					 "4.h5", "5.h5", "6.h5", "7.h5" };

static void create(int n)
{
	for (int i = 0; i < n; i++)
		counter_create(names[i]);
	setting("LOCKEDH5_COUNT", "inf");
	setting("LOCKEDH5_VERBOSE", "0");
}

/* --- threads -------------------------------------------------------------------------------- */

#define NEEDS_THREADS() NEEDS(CLIENT("counter_threads") " safe", "this HDF5 is not thread-safe")

/* THREADS threads that add TIMES each to the first N files, under these words if there are any. */
static struct process *start_threads(const char *const *under, const char *times, int n)
{
	const char *argv[16 + MOST] = { NULL };
	int words = 0;

	for (; under && under[words]; words++)
		argv[words] = under[words];
	argv[words++] = CLIENT("counter_threads");
	argv[words++] = "8";
	argv[words++] = times;
	for (int i = 0; i < n; i++)
		argv[words++] = names[i];
	return start(argv);
}

static const struct {
	int files;
	const char *hdf5_locking;
} cases[] = { { 1, NULL }, { 1, "FALSE" }, { 3, "FALSE" }, { 8, NULL }, { 8, "FALSE" } };

/* Two programs with 8 threads each, and two without threads. */
START_TEST(eight_threads_among_other_programs)
{
	int n = cases[_i].files;
	struct process *programs[4];

	NEEDS_THREADS();
	create(n);
	setting("HDF5_USE_FILE_LOCKING", cases[_i].hdf5_locking);
	for (int i = 0; i < 2; i++)
		programs[i] = start_threads(NULL, "60", n);
	for (int i = 2; i < 4; i++)
		programs[i] = START(CLIENT("counter"), names[0], "60");
	for (int i = 0; i < 4; i++)
		succeeds_silently(finish(programs[i]));
	for (int i = 0, threads = 0; i < n; i++) {
		/* Thread 0 has file 0, and so on around. */
		threads = 8 / n + (i < 8 % n);
		ck_assert_int_eq(counter_number(names[i]),
				 2 * threads * 60 + (i == 0 ? 2 * 60 : 0));
		locks_become(names[i], 0, 0);
	}
}
END_TEST

START_TEST(eight_threads_under_helgrind)
{
	static const char *const valgrind[] = { "valgrind",   "--tool=helgrind",
						"-q",	      "--error-exitcode=99",
						SUPPRESSIONS, NULL };
	struct process *watched, *other;

	NEEDS_THREADS();
	create(3);
	/* Other versions of HDF5, of what it needs and of valgrind have other noises. */
	NEEDS(CLIENT("counter") " quiet.h5 create && valgrind --tool=helgrind -q"
				" --error-exitcode=99 " SUPPRESSIONS
				" " CLIENT("counter_threads") " 8 5 quiet.h5",
	      "no valgrind under which this HDF5 by itself is quiet");
	watched = start_threads(valgrind, "5", 3);
	other = START(CLIENT("counter"), names[0], "200");
	succeeds_silently(finish(watched));
	succeeds_silently(finish(other));
	ck_assert_int_eq(counter_number(names[0]), 3 * 5 + 200);
	ck_assert_int_eq(counter_number(names[1]), 3 * 5);
	ck_assert_int_eq(counter_number(names[2]), 2 * 5);
}
END_TEST

/* --- children --------------------------------------------------------------------------------- */

static const char *const methods[] = { "fork", "spawn", "forkserver" };

START_TEST(children_of_multiprocessing)
{
	struct process *parents[2], *other;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	create(1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	for (int i = 0; i < 2; i++)
		parents[i] =
			START(PYTHON, SCRIPT("counter_children.py"), names[0], "60", methods[_i]);
	other = START(CLIENT("counter"), names[0], "60");
	for (int i = 0; i < 2; i++)
		succeeds_silently(finish(parents[i]));
	succeeds_silently(finish(other));
	ck_assert_int_eq(counter_number(names[0]), 3 * 60);
	locks_become(names[0], 0, 0);
}
END_TEST

/* One that has a file open, and starts others by every way that there is, keeps its lock; they get
 * none of it, and none of it ends with them. */
START_TEST(children_do_not_share_the_lock)
{
	static const char *const ways[] = { "fork exit",	   "fork _exit",  "fork close-all",
					    "fork exec",	   "vfork _exit", "vfork close-all",
					    "vfork exec",	   "system true", "spawn true",
					    "spawn-closing f true" };
	struct actor *actor;

	create(1);
	actor = actor_new();
	actor_ok(actor, "open f %s rw", names[0]);
	ck_assert_str_eq(actor_ok(actor, "%s", ways[_i]), "0");
	locks_are(names[0], 0, 1);
	/* The child of this one lives on, in another program. */
	actor_ok(actor, "fork sleep");
	actor_ok(actor, "close f");
	locks_are(names[0], 0, 0);
	ck_assert_int_eq(RUN(CLIENT("counter"), names[0], "1").status, 0);
	actor_ok(actor, "child-end");
}
END_TEST

int main(void)
{
	TCase *tests = group("crowd");

	tcase_add_loop_test(tests, eight_threads_among_other_programs, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, eight_threads_under_helgrind);
	tcase_add_loop_test(tests, children_of_multiprocessing, 0, 3);
	tcase_add_loop_test(tests, children_do_not_share_the_lock, 0, 10);
	return group_run();
}
