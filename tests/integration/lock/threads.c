/* SPDX-License-Identifier: BSD-3-Clause */
/* Only the waiter waits: what the other threads of a process do meanwhile, and what becomes of two
 * processes that wait for each other. */
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct actor *holder;

/* data.h5 (from 1) is open for writing; other.h5 (from 2) and third.h5 (from 3) lie there. */
static void data_is_held(void)
{
	holder = holder_of_data();
	h5_file("other.h5", 2);
	h5_file("third.h5", 3);
}

/* --- other threads ------------------------------------------------------------- */

/* If the waiter were inside of HDF5's one mutex, the first of these opens would never return. */
START_TEST(thousands_of_opens_while_another_thread_waits)
{
	struct actor *actor = patient_actor("inf", "10");
	double until;
	int rounds = 0;

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(actor, "background-open w data.h5 rw");
	locks_waiting("data.h5", 1);
	until = seconds_now() + 2;
	while (seconds_now() < until || rounds < 5) {
		actor_ok(actor, "open-close other.h5 r 500");
		actor_ok(actor, "open-close third.h5 rw 500");
		rounds++;
	}
	locks_waiting("data.h5", 1);
	actor_ok(actor, "open o other.h5 rw");
	actor_ok(actor, "check o data %d 2", NUMBERS);
	actor_ok(actor, "write o data %d 4", NUMBERS);
	actor_ok(holder, "close a");
	actor_ok(actor, "background-join");
	actor_ok(actor, "check w data %d 1", NUMBERS);
	actor_ok(actor, "close w");
	actor_ok(actor, "close o");
	h5_file_is("other.h5", 4);
}
END_TEST

START_TEST(other_threads_create_and_close_while_one_waits)
{
	struct actor *actor = patient_actor("inf", "10");

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(actor, "open o other.h5 rw");
	actor_ok(actor, "background-open w data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(actor, "create-many new.h5 10 100");
	actor_ok(actor, "close o");
	locks_are("other.h5", 0, 0);
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	actor_ok(actor, "background-join");
}
END_TEST

/* Many threads wait for a file each, and for one all together. */
START_TEST(ten_threads_wait)
{
	struct actor *actor = patient_actor("inf", "10"), *holders = actor_new();
	char name[16];

	NEEDS_HDF5_WITH("threads");
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "%d.h5", _i ? 0 : i);
		if (!_i || !i) {
			h5_file(name, i);
			actor_ok(holders, "open %d %s rw", i, name);
		}
		actor_ok(actor, "background-open %d %s r", i, name);
		if (!_i || !i)
			locks_waiting(name, 1);
	}
	for (int i = 0; i < (_i ? 1 : 10); i++)
		actor_ok(holders, "close %d", i);
	for (int i = 0; i < 10; i++) {
		actor_ok(actor, "background-join %d", i);
		actor_ok(actor, "check %d data %d %d", i, NUMBERS, _i ? 0 : i);
	}
}
END_TEST

/* With one attempt, too: the other one waits for nobody, it is opening the file. */
START_TEST(who_may_not_wait_waits_for_a_thread_of_its_own)
{
	struct actor *a;

	NEEDS_HDF5_WITH("threads");
	NEEDS_STRACE();
	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	/* Each thread is slow to hear that it has the lock. */
	setenv("LOCKEDH5_TEST_UNDER",
	       "strace -D -f -o trace -e trace=flock -e inject=flock:delay_exit=300000:when=1", 1);
	a = patient_actor("1", "10");
	unsetenv("LOCKEDH5_TEST_UNDER");
	ck_assert_str_eq(actor_ok(a, "threads data.h5 rw rw"), "1: ok 2: ok");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

static void has_descriptors(const struct actor *actor, const char *file, int n)
{
	double end = seconds_now() + PATIENCE;
	char pid[16], expected[16];

	snprintf(pid, sizeof(pid), "%d", (int)actor_pid(actor));
	snprintf(expected, sizeof(expected), "%d\n", n);
	while (strcmp(RUN("sh", "-c", "ls -l /proc/$0/fd | grep -c \"$1\"", pid, file).out,
		      expected) != 0)
		ck_assert_msg(seconds_now() < end, "never %d descriptors of %s", n, file);
}

/* One thread has seen that the process has the file open, and is about to tell HDF5; it closes its
 * own descriptor before.  In this moment another thread closes the file, and somebody else gets it.
 */
START_TEST(what_another_thread_has_just_closed_is_waited_for)
{
	struct actor *a, *b;

	NEEDS_HDF5_WITH("threads");
	NEEDS_STRACE();
	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setenv("LOCKEDH5_TEST_UNDER",
	       "strace -D -f -o trace -P data.h5 -e trace=close "
	       "-e inject=close:delay_enter=2000000:when=1",
	       1);
	a = patient_actor("inf", "10");
	unsetenv("LOCKEDH5_TEST_UNDER");
	b = actor_new();
	actor_ok(a, "open f data.h5 r");
	actor_ok(a, "background-open t data.h5 r");
	has_descriptors(a, "data.h5", 2);
	/* Unlocked before its descriptor is closed, which takes as long. */
	actor_tell(a, "close f");
	actor_ok(b, "open b data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(b, "write b data %d 7", NUMBERS);
	actor_ok(b, "close b");
	actor_answer_ok(a);
	actor_ok(a, "background-join");
	actor_ok(a, "check t data %d 7", NUMBERS);
	locks_are("data.h5", 1, 0);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* --- two that wait for each other -------------------------------------------------- */

static const char *said_by(const char *answer)
{
	static char kept[8192];

	gave_up(answer, "other.h5");
	snprintf(kept, sizeof(kept), "%s", answer);
	return kept;
}

/* One holds data.h5 and waits for other.h5, the other one the other way round.  Nothing but the end
 * of somebody's patience helps; its error says what this process itself keeps others from. */
START_TEST(whoever_gives_up_learns_what_it_holds_itself)
{
	struct actor *first = patient_actor("2", "1"), *second = patient_actor("inf", "10");
	const char *answer;

	data_is_held();
	actor_ok(holder, "close a");
	actor_ok(first, "open d data.h5 rw");
	actor_ok(second, "open o other.h5 rw");
	actor_tell(second, "open d data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_tell(first, "open o other.h5 rw");
	answer = said_by(actor_answer(first));
	ck_assert_msg(strstr(answer, "this process holds"), "%s", answer);
	ck_assert_msg(strstr(answer, "data.h5"), "%s", answer);
	/* What it has is still its own. */
	keeps_waiting(second, 0);
	actor_ok(first, "write d data %d 7", NUMBERS);
	actor_ok(first, "close d");
	actor_answer_ok(second);
	actor_ok(second, "check d data %d 7", NUMBERS);
	actor_ok(second, "check o data %d 2", NUMBERS);
}
END_TEST

START_TEST(two_that_wait_for_each_other_end_by_patience)
{
	struct actor *first = patient_actor("3", "0.5"), *second = patient_actor("3", "0.5");
	double began = seconds_now();

	data_is_held();
	actor_ok(holder, "close a");
	actor_ok(first, "open d data.h5 rw");
	actor_ok(second, "open o other.h5 rw");
	actor_tell(first, "open o other.h5 rw");
	actor_tell(second, "open d data.h5 rw");
	gave_up(actor_answer(first), "other.h5");
	gave_up(actor_answer(second), "data.h5");
	ck_assert_double_le(seconds_now() - began, 60);
	locks_are("data.h5", 0, 1);
	locks_are("other.h5", 0, 1);
	ck_assert_int_eq(waiters_on("data.h5") + waiters_on("other.h5"), 0);
	actor_ok(first, "close d");
	actor_ok(second, "open d data.h5 rw");
	actor_ok(second, "check d data %d 1", NUMBERS);
}
END_TEST

/* --- fork in one thread while another waits ------------------------------------------- */

/* The child is a process of its own: it waits, gets in and gives up by itself. */
START_TEST(a_child_from_the_middle_of_a_wait_waits_for_itself)
{
	struct actor *parent = patient_actor("inf", "10"), *other;

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	other = holder_of("other.h5", 2);
	actor_ok(parent, "background-open w data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(parent, "fork live");
	actor_ok(parent, "child open t third.h5 rw");
	actor_ok(parent, "child check t data %d 3", NUMBERS);
	actor_ok(parent, "child close t");
	locks_are("third.h5", 0, 0);
	actor_tell(parent, "child open o other.h5 rw");
	locks_waiting("other.h5", 1);
	actor_ok(other, "close a");
	actor_answer_ok(parent);
	locks_are("other.h5", 0, 1);
	locks_waiting("data.h5", 1);
	/* Its parent's wait is still the parent's. */
	actor_ok(holder, "close a");
	actor_ok(parent, "background-join");
	actor_ok(parent, "check w data %d 1", NUMBERS);
	actor_ok(parent, "close w");
	locks_are("data.h5", 0, 0);
	actor_ok(parent, "child-end");
	locks_become("other.h5", 0, 0);
}
END_TEST

/* The same file that its parent waits for, after it and before it. */
START_TEST(parent_and_child_wait_for_the_same_file)
{
	struct actor *parent = patient_actor("inf", "10");

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(parent, "background-open w data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(parent, "fork live");
	actor_tell(parent, "child open w data.h5 rw");
	locks_waiting("data.h5", 2);
	actor_ok(holder, "close a");
	locks_become("data.h5", 0, 1);
	/* Whoever was first: the other one follows. */
	if (actor_answer_within(parent, 2)) {
		actor_ok(parent, "child close w");
		actor_ok(parent, "background-join");
		actor_ok(parent, "close w");
	} else {
		actor_tell(parent, "background-join");
		actor_answer_ok(parent);
		actor_tell(parent, "close w");
		actor_answer_ok(parent);
		actor_answer_ok(parent);
		actor_ok(parent, "child close w");
	}
	locks_are("data.h5", 0, 0);
}
END_TEST

/* A thread forks and waits for its child, again and again, while another one waits for a file. */
START_TEST(children_come_and_go_during_a_wait)
{
	static const char *const ways[] = { "fork exit",   "fork _exit", "fork close-all",
					    "fork exec",   "vfork exec", "vfork close-all",
					    "system true", "spawn true" };
	struct actor *parent = patient_actor("inf", "0.05");

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(parent, "background-open w data.h5 rw");
	locks_waiting("data.h5", 1);
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(actor_ok(parent, "%s", ways[_i]), "0");
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	actor_ok(parent, "background-join");
	locks_are("data.h5", 0, 1);
	actor_ok(parent, "check w data %d 1", NUMBERS);
}
END_TEST

/* Nothing of an opening that succeeded, failed, waited or gave up keeps the thread from being
 * cancelled. */
START_TEST(a_thread_can_be_cancelled_after_each_opening)
{
	struct actor *holder = holder_of_data(), *a = patient_actor("2", "0.1");

	h5_file("other.h5", 1);
	actor_ok(a, "open b other.h5 rw");
	ck_assert_str_eq(actor_ok(a, "cancellation"), "1");
	actor_ok(a, "close b");
	actor_error(a, "open b missing.h5 r");
	ck_assert_str_eq(actor_ok(a, "cancellation"), "1");
	gave_up(actor_ask(a, "open b data.h5 r"), "data.h5");
	ck_assert_str_eq(actor_ok(a, "cancellation"), "1");
	actor_ok(holder, "close a");
	actor_ok(a, "open b data.h5 rw");
	ck_assert_str_eq(actor_ok(a, "cancellation"), "1");
}
END_TEST

int main(void)
{
	TCase *tests = group("threads");

	tcase_add_test(tests, a_thread_can_be_cancelled_after_each_opening);
	tcase_add_test(tests, thousands_of_opens_while_another_thread_waits);
	tcase_add_test(tests, other_threads_create_and_close_while_one_waits);
	tcase_add_loop_test(tests, ten_threads_wait, 0, 2);
	tcase_add_test(tests, who_may_not_wait_waits_for_a_thread_of_its_own);
	tcase_add_test(tests, what_another_thread_has_just_closed_is_waited_for);
	tcase_add_test(tests, whoever_gives_up_learns_what_it_holds_itself);
	tcase_add_test(tests, two_that_wait_for_each_other_end_by_patience);
	tcase_add_test(tests, a_child_from_the_middle_of_a_wait_waits_for_itself);
	tcase_add_test(tests, parent_and_child_wait_for_the_same_file);
	tcase_add_loop_test(tests, children_come_and_go_during_a_wait, 0, 8);
	return group_run();
}
