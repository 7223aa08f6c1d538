/* SPDX-License-Identifier: BSD-3-Clause */
/* A lock lasts exactly as long as the file is open: not shorter, and not longer. */
#include "others.h"
#include "support.h"

#include <signal.h>
#include <stdlib.h>

static const char *const locking[] = { NULL, "FALSE" };

/* An actor that has data.h5 open for writing in its slot a. */
static struct actor *writer(int test)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", locking[test % 2]);
	h5_file("data.h5", 1);
	a = actor_new();
	actor_ok(a, "open a data.h5 rw");
	locks_are("data.h5", 0, 1);
	return a;
}

static void others_stay_out(void)
{
	locks_are("data.h5", 0, 1);
	others_are_kept_out("r");
}

/* And find the data. */
static void others_get_in(void)
{
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	others_find(1);
}

/* --- how a file is closed ------------------------------------------------ */

START_TEST(an_open_dataset_keeps_the_file_and_its_lock)
{
	struct actor *a = writer(_i);

	actor_ok(a, "dataset-open a data");
	actor_ok(a, "close a");
	others_stay_out();
	actor_ok(a, "dataset-check a %d 1", NUMBERS);
	actor_ok(a, "dataset-close a");
	others_get_in();
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* h5py and HighFive never call H5Fclose. */
START_TEST(dropping_the_last_reference_ends_the_lock)
{
	struct actor *a = writer(_i);

	actor_ok(a, "decref a");
	others_get_in();
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(leaving_without_closing_ends_the_lock)
{
	static const char *const ways[] = { "quit", "_exit" };
	struct actor *a = writer(_i);

	actor_tell(a, "%s", ways[_i / 2]);
	ck_assert_int_eq(actor_end(a), 0);
	others_get_in();
}
END_TEST

START_TEST(being_killed_ends_the_lock)
{
	struct actor *a = writer(_i);

	actor_kill(a, SIGKILL);
	ck_assert_int_eq(actor_end(a), 128 + SIGKILL);
	others_get_in();
}
END_TEST

/* --- children do not keep it --------------------------------------------- */

static const char *const lasting[] = { "fork live", "fork sleep", "system sleep 1000 &" };

START_TEST(a_child_that_lives_on_does_not_keep_what_was_closed)
{
	struct actor *a = writer(_i);

	actor_ok(a, "%s", lasting[_i / 2]);
	others_stay_out();
	actor_ok(a, "close a");
	others_get_in();
}
END_TEST

START_TEST(an_executed_program_does_not_keep_the_lock_of_a_killed_parent)
{
	struct actor *a = writer(_i);

	/* Between fork and exec the child still has the descriptor; "system" returns later. */
	actor_ok(a, "system sleep 1000 & sleep 0.1");
	actor_kill(a, SIGKILL);
	actor_end(a);
	locks_become("data.h5", 0, 0);
	others_get_in();
}
END_TEST

/* The documented limit: the lock stays with such a child, but no longer than it lives. */
START_TEST(a_killed_parents_lock_ends_at_the_latest_with_its_child)
{
	struct actor *a = writer(_i);
	pid_t child = atoi(actor_ok(a, "fork live"));

	actor_kill(a, SIGKILL);
	actor_end(a);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	locks_become("data.h5", 0, 0);
	others_get_in();
}
END_TEST

/* --- nor do they end it ----------------------------------------------------- */

static const char *const passing[] = { "fork exit",   "fork _exit", "fork close-all", "fork exec",
				       "vfork _exit", "vfork exec", "vfork close-all" };
enum { PASSING = 7 };

START_TEST(a_child_that_leaves_does_not_end_its_parents_lock)
{
	struct actor *a = writer(_i);

	ck_assert_str_eq(actor_ok(a, "%s", passing[_i / 2]), "0");
	others_stay_out();
	actor_ok(a, "write a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	others_get_in();
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(a_child_that_closes_the_file_does_not_end_its_parents_lock)
{
	struct actor *a = writer(_i);

	actor_ok(a, "flush a");
	actor_ok(a, "fork live");
	actor_ok(a, "child close a");
	others_stay_out();
	actor_ok(a, "child-end");
	others_stay_out();
	actor_ok(a, "close a");
	others_get_in();
}
END_TEST

START_TEST(system_does_not_end_the_lock)
{
	struct actor *a = writer(_i);

	ck_assert_str_eq(actor_ok(a, "system exit 7"), "7");
	others_stay_out();
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* --- what a forked child opens by itself ------------------------------------ */

START_TEST(a_child_locks_what_it_opens_itself)
{
	struct actor *a = writer(_i);

	h5_file("other.h5", 1);
	actor_ok(a, "fork live");
	actor_ok(a, "child open b other.h5 rw");
	locks_are("other.h5", 0, 1);
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
	locks_are("other.h5", 0, 1);
	actor_ok(a, "child close b");
	locks_are("other.h5", 0, 0);
}
END_TEST

/* HDF5 in the child still believes that it has the file open, and would hand out the same handle
 * without a lock. */
START_TEST(a_child_can_not_open_what_its_parent_has_closed_meanwhile)
{
	struct actor *a = writer(_i);
	double start = seconds_now();

	actor_ok(a, "fork live");
	actor_ok(a, "close a");
	actor_error(a, "child open b data.h5 rw");
	ck_assert(seconds_now() - start < 60);
	others_get_in();
}
END_TEST

START_TEST(a_child_can_not_open_what_its_parent_writes)
{
	struct actor *a = writer(_i);

	actor_ok(a, "fork live");
	actor_error(a, "child open b data.h5 rw");
	actor_error(a, "child open b data.h5 r");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close a");
	others_get_in();
}
END_TEST

START_TEST(a_child_can_not_open_what_its_parent_has_read_meanwhile)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", _i ? "TRUE" : "FALSE");
	h5_file("data.h5", 1);
	a = actor_new();
	actor_ok(a, "open a data.h5 r");
	actor_ok(a, "fork live");
	actor_ok(a, "close a");
	has(actor_error(a, "child open b data.h5 r"), "errno=116 ");
	locks_are("data.h5", 0, 0);
	others_get_in();
}
END_TEST

/* The lock of a SWMR writer is a shared one. */
START_TEST(a_child_can_not_read_what_its_parent_writes_for_readers)
{
	struct actor *a;

	NEEDS_HDF5_WITH("swmr");
	setting("HDF5_USE_FILE_LOCKING", _i ? "TRUE" : "FALSE");
	h5_file_for_swmr("data.h5", 100);
	a = actor_new();
	actor_ok(a, "libver latest");
	actor_ok(a, "open a data.h5 rw swmr");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "fork live");
	has(actor_error(a, "child open b data.h5 r swmr"), "errno=116 ");
	has(actor_error(a, "child open b data.h5 rw swmr"), "errno=");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* As loaders do that read one file in several processes. */
START_TEST(a_child_that_opens_what_its_parent_reads_has_a_lock_of_its_own)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", _i ? "TRUE" : "FALSE");
	h5_file("data.h5", 1);
	a = actor_new();
	actor_ok(a, "open a data.h5 r");
	actor_ok(a, "fork live");
	actor_ok(a, "child open b data.h5 r");
	actor_ok(a, "close a");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "child check b data %d 1", NUMBERS);
	actor_ok(a, "child close b");
	actor_ok(a, "child close a");
	locks_are("data.h5", 0, 0);
	others_get_in();
}
END_TEST

/* --- waiters ------------------------------------------------------------- */

/* The second: with a child from before the wait; the third: with one from the middle of it. */
START_TEST(a_killed_waiter_leaves_nothing_behind)
{
	struct actor *a = writer(_i), *waiter = actor_new();

	if (_i / 2 == 2)
		NEEDS_HDF5_WITH("threads");
	if (_i / 2 == 1)
		actor_ok(waiter, "fork live");
	if (_i / 2 == 2) {
		actor_ok(waiter, "background-open w data.h5 rw");
		locks_waiting("data.h5", 1);
		actor_ok(waiter, "fork live");
		actor_ok(waiter, "child printing off"); /* it is through with fork() */
	} else {
		actor_tell(waiter, "open w data.h5 rw");
		locks_waiting("data.h5", 1);
	}
	actor_kill(waiter, SIGKILL);
	ck_assert_int_eq(actor_end(waiter), 128 + SIGKILL);
	others_stay_out();
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	actor_ok(a, "close a");
	others_get_in();
}
END_TEST

START_TEST(a_waiter_gets_the_file_of_a_holder_that_was_killed)
{
	struct actor *a = writer(_i), *waiter = actor_new();

	actor_tell(waiter, "open w data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_kill(a, SIGKILL);
	actor_answer_ok(waiter);
	locks_are("data.h5", 0, 1);
	actor_ok(waiter, "check w data %d 1", NUMBERS);
	actor_ok(waiter, "close w");
	others_get_in();
}
END_TEST

int main(void)
{
	TCase *tests = group("lifetime");

	tcase_add_loop_test(tests, an_open_dataset_keeps_the_file_and_its_lock, 0, 2);
	tcase_add_loop_test(tests, dropping_the_last_reference_ends_the_lock, 0, 2);
	tcase_add_loop_test(tests, leaving_without_closing_ends_the_lock, 0, 4);
	tcase_add_loop_test(tests, being_killed_ends_the_lock, 0, 2);
	tcase_add_loop_test(tests, a_child_that_lives_on_does_not_keep_what_was_closed, 0, 6);
	tcase_add_loop_test(tests, an_executed_program_does_not_keep_the_lock_of_a_killed_parent, 0,
			    2);
	tcase_add_loop_test(tests, a_killed_parents_lock_ends_at_the_latest_with_its_child, 0, 2);
	tcase_add_loop_test(tests, a_child_that_leaves_does_not_end_its_parents_lock, 0,
			    2 * PASSING);
	tcase_add_loop_test(tests, a_child_that_closes_the_file_does_not_end_its_parents_lock, 0,
			    2);
	tcase_add_loop_test(tests, system_does_not_end_the_lock, 0, 2);
	tcase_add_loop_test(tests, a_child_locks_what_it_opens_itself, 0, 2);
	tcase_add_loop_test(tests, a_child_can_not_open_what_its_parent_has_closed_meanwhile, 0, 2);
	tcase_add_loop_test(tests, a_child_can_not_open_what_its_parent_writes, 0, 2);
	tcase_add_loop_test(tests, a_child_can_not_open_what_its_parent_has_read_meanwhile, 0, 2);
	tcase_add_loop_test(tests, a_child_can_not_read_what_its_parent_writes_for_readers, 0, 2);
	tcase_add_loop_test(tests, a_child_that_opens_what_its_parent_reads_has_a_lock_of_its_own,
			    0, 2);
	tcase_add_loop_test(tests, a_killed_waiter_leaves_nothing_behind, 0, 6);
	tcase_add_loop_test(tests, a_waiter_gets_the_file_of_a_holder_that_was_killed, 0, 2);
	return group_run();
}
