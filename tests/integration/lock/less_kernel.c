/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the kernel gives less than a wait can use: no OFD locks, no timer, no free signal. */
#include "counter.h"
#include "interrupted.h"
#include "programs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { OFD, TIMER, LIMIT, SIGNALS, KINDS };

#define UNDER CLIENT("kernel_without")

/* Why this kind can't be had here, or true. */
static bool can_be_had(int kind)
{
	return kind != LIMIT || needs("less_kernel", "prlimit --version", "no prlimit");
}

/* An actor on such a kernel; with OFD, everybody is. */
static struct actor *actor_with_less(int kind, const char *count, const char *wait)
{
	static const char *const under[] = { UNDER " ofd", UNDER " timer", "prlimit --sigpending=0",
					     NULL };
	struct actor *actor;

	if (under[kind])
		setenv("LOCKEDH5_TEST_UNDER", under[kind], 1);
	actor = patient_actor(count, wait);
	unsetenv("LOCKEDH5_TEST_UNDER");
	for (int sig = SIGRTMIN; kind == SIGNALS && sig <= SIGRTMAX; sig++)
		actor_ok(actor, "handle %d restart", sig);
	return actor;
}

START_TEST(it_waits_and_is_served)
{
	struct actor *holder, *waiter;

	if (!can_be_had(_i % KINDS))
		return;
	holder = holder_of_data();
	waiter = actor_with_less(_i % KINDS, "inf", "1000000");
	actor_tell(waiter, "open w data.h5 %s", _i < KINDS ? "rw" : "r");
	keeps_waiting(waiter, 0.5);
	actor_ok(holder, "write a data %d 2", NUMBERS);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	actor_ok(waiter, "check w data %d 2", NUMBERS);
	locks_are("data.h5", _i >= KINDS, _i < KINDS);
}
END_TEST

START_TEST(it_gives_up_in_time)
{
	struct actor *holder, *waiter;
	double began;

	if (!can_be_had(_i))
		return;
	holder = holder_of_data();
	waiter = actor_with_less(_i, "2", "1");
	began = seconds_now();
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	ck_assert_double_ge(seconds_now() - began, 1);
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
	actor_ok(holder, "close a");
	actor_ok(waiter, "open w data.h5 rw");
}
END_TEST

START_TEST(a_signal_ends_it)
{
	struct actor *waiter;
	const char *before;

	if (!can_be_had(_i))
		return;
	holder_of_data();
	waiter = actor_with_less(_i, "inf", "1000000");
	actor_ok(waiter, "handle %d restart", SIGINT);
	/* The first call of HDF5 leaves things of its own. */
	actor_error(waiter, "open x absent.h5 r");
	before = state_of(waiter);
	actor_tell(waiter, "open w data.h5 rw");
	keeps_waiting(waiter, 0.5);
	actor_kill(waiter, SIGINT);
	was_interrupted(actor_answer(waiter));
	state_is(waiter, before);
}
END_TEST

/* Whoever looks by itself finds another file at the path, too. */
START_TEST(it_finds_another_file_at_the_path)
{
	struct actor *waiter;

	if (!can_be_had(_i))
		return;
	holder_of_data();
	h5_file("new.h5", 2);
	waiter = actor_with_less(_i, "inf", "0.1");
	actor_tell(waiter, "open w data.h5 rw");
	keeps_waiting(waiter, 0.3);
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_answer_ok(waiter);
	actor_ok(waiter, "check w data %d 2", NUMBERS);
}
END_TEST

/* Many of them, with others who have all. */
START_TEST(many_count_right)
{
	static const char *const under[] = { "ofd", "timer" };
	struct process *programs[6];

	counter_create("data.h5");
	for (int i = 0; i < 6; i++)
		programs[i] = i % 2 ? START(UNDER, under[_i], CLIENT("counter"), "data.h5", "30")
				    : START(CLIENT("counter"), "data.h5", "30");
	for (int i = 0; i < 6; i++)
		succeeds(finish(programs[i]));
	ck_assert_int_eq(counter_number("data.h5"), 180);
}
END_TEST

/* Another thread of the program has the file. */
START_TEST(it_waits_for_another_thread)
{
	struct actor *holder, *waiter;

	NEEDS_HDF5_WITH("threads");
	holder = holder_of_data();
	waiter = actor_with_less(_i, "inf", "1000000");
	actor_ok(waiter, "background-open b data.h5 r");
	keeps_waiting(waiter, 0.3);
	actor_tell(waiter, "open w data.h5 r");
	keeps_waiting(waiter, 0.5);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	actor_ok(waiter, "background-join");
}
END_TEST

int main(void)
{
	TCase *tests = group("less_kernel");

	tcase_add_loop_test(tests, it_waits_and_is_served, 0, 2 * KINDS);
	tcase_add_loop_test(tests, it_gives_up_in_time, 0, KINDS);
	tcase_add_loop_test(tests, a_signal_ends_it, 0, KINDS);
	tcase_add_loop_test(tests, it_finds_another_file_at_the_path, 0, KINDS);
	tcase_add_loop_test(tests, many_count_right, 0, 2);
	tcase_add_loop_test(tests, it_waits_for_another_thread, 0, 2);
	return group_run();
}
