/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals while one thread of several waits, or in the children of a process that waits. */
#include "interrupted.h"
#include "text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct actor *holder, *waiter;

static void data_is_held(void)
{
	holder = holder_of_data();
	waiter = undisturbed_actor();
}

/* One of its threads waits for data.h5. */
static void a_thread_waits(void)
{
	actor_ok(waiter, "background-open w data.h5 rw");
	locks_waiting("data.h5", 1);
}

/* The handler has run that often. */
static void handled_becomes(int sig, int times)
{
	while (atoi(actor_ok(waiter, "handled %d", sig)) < times)
		usleep(1000);
	ck_assert_int_eq(atoi(actor_ok(waiter, "handled %d", sig)), times);
}

/* --- threads ----------------------------------------------------------------------------- */

/* One thread waits, and the signal comes to another one, which sits in a read(). */
START_TEST(a_signal_to_another_thread_ends_the_wait)
{
	int sig = stopping[_i % STOPPING];

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d %s", sig, handler_kinds[_i / STOPPING]);
	a_thread_waits();
	actor_kill(waiter, sig);
	actor_tell(waiter, "background-join");
	was_interrupted(answer_soon(waiter));
	ck_assert_str_eq(actor_ok(waiter, "handled %d", sig), "1");
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
}
END_TEST

/* SA_RESTART is a promise to the program's own system calls, in whatever thread. */
START_TEST(a_call_of_another_thread_is_restarted)
{
	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d restart", SIGINT);
	a_thread_waits();
	usleep(100000); /* the first thread is in its read() again */
	actor_kill(waiter, SIGINT);
	while (waiters_on("data.h5")) /* the handler has run */
		usleep(1000);
	was_interrupted(actor_ask(waiter, "background-join"));
	ck_assert_str_eq(actor_ok(waiter, "interrupted-reads"), "0");
}
END_TEST

START_TEST(other_signals_to_another_thread_do_not_end_the_wait)
{
	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d restart", SIGUSR1);
	a_thread_waits();
	for (int i = 0; i < 5; i++) {
		actor_kill(waiter, SIGUSR1);
		usleep(20000);
	}
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	actor_ok(waiter, "background-join");
	ck_assert_int_ge(atoi(actor_ok(waiter, "handled %d", SIGUSR1)), 1);
}
END_TEST

/* One of two waits ends: the handlers of the other are still in place. */
START_TEST(the_last_of_two_waits_can_be_interrupted)
{
	struct actor *other_holder;
	const char *before;

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	other_holder = holder_of("other.h5", 2);
	actor_ok(waiter, "handle %d restart", SIGINT);
	/* The first thread leaves things of its own. */
	actor_ok(waiter, "background-open 3 absent.h5 r");
	actor_error(waiter, "background-join 3");
	before = state_of(waiter);
	actor_ok(waiter, "background-open 1 data.h5 rw");
	actor_ok(waiter, "background-open 2 other.h5 rw");
	locks_waiting("data.h5", 1);
	locks_waiting("other.h5", 1);
	actor_ok(other_holder, "close a");
	actor_ok(waiter, "background-join 2");
	actor_ok(waiter, "close 2");
	actor_kill(waiter, SIGINT);
	was_interrupted(actor_ask(waiter, "background-join 1"));
	ck_assert_str_eq(actor_ok(waiter, "handled %d", SIGINT), "1");
	state_is(waiter, before);
}
END_TEST

/* A signal finds 64 waits; the others look for themselves. */
START_TEST(however_many_threads_wait_all_are_interrupted)
{
	enum { FIRST = '!', WAITS = 65 };
	struct actor *others;
	char name[32];

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	others = actor_new();
	actor_ok(waiter, "handle %d restart", SIGINT);
	for (int i = FIRST; i < FIRST + WAITS; i++) {
		snprintf(name, sizeof(name), "%d.h5", i);
		actor_ok(others, "create %c %s trunc", i, name);
		actor_ok(waiter, "background-open %c %s r", i, name);
		locks_waiting(name, 1);
	}
	actor_kill(waiter, SIGINT);
	for (int i = FIRST; i < FIRST + WAITS; i++) {
		const char *answer;

		actor_tell(waiter, "background-join %c", i);
		answer = answer_soon(waiter);
		ck_assert_msg(strstr(answer, "interrupted by a signal"), "%s", answer);
	}
	ck_assert_str_eq(actor_ok(waiter, "handled %d", SIGINT), "1");
}
END_TEST

/* The one that waits for the other thread is not found by the signal (see above), but awakes
 * because that one's wait is over: for the same signal, and so does not go on in its place. */
START_TEST(who_waits_for_a_thread_that_is_interrupted_is_too)
{
	enum { FIRST = '!', WAITS = 64 };

	NEEDS_HDF5_WITH("threads");
	holder = holder_of_data();
	setting("LOCKEDH5_VERBOSE", "2");
	setting("LOCKEDH5_LOG", "log");
	waiter = patient_actor("inf", "1000000");
	actor_ok(waiter, "handle %d restart", SIGINT);
	a_thread_waits();
	for (int i = FIRST; i < FIRST + WAITS; i++) {
		actor_ok(waiter, "background-open %c data.h5 rw", i);
		while (times_in_file("log", "waits to open") < 1 + i - FIRST + 1)
			usleep(1000);
	}
	actor_kill(waiter, SIGINT);
	for (int i = FIRST; i < FIRST + WAITS; i++) {
		actor_tell(waiter, "background-join %c", i);
		was_interrupted(answer_soon(waiter));
	}
	actor_tell(waiter, "background-join w");
	was_interrupted(answer_soon(waiter));
}
END_TEST

/* system() saves what SIGINT and SIGQUIT do, ignores them, and puts it back when its child is done.
 * If that began during a wait and ends after it, what it puts back is of the wait. */
START_TEST(handlers_that_system_puts_back_still_work)
{
	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d restart", SIGINT);
	a_thread_waits();
	actor_tell(waiter, "system while ! test -e done; do sleep 0.01; done");
	usleep(300000);
	actor_ok(holder, "close a");
	locks_become("data.h5", 0, 1);
	usleep(300000);
	file_write("done", "");
	ck_assert_str_eq(actor_answer_ok(waiter), "0");
	actor_ok(waiter, "background-join");
	actor_ok(waiter, "close w");
	actor_kill(waiter, SIGINT);
	handled_becomes(SIGINT, 1);
	actor_ok(holder, "open a data.h5 rw");
	waits_for_data(waiter, "rw", 1);
	actor_kill(waiter, SIGINT);
	was_interrupted(answer_soon(waiter));
	handled_becomes(SIGINT, 2);
	actor_kill(waiter, SIGINT);
	handled_becomes(SIGINT, 3);
}
END_TEST

/* --- children ------------------------------------------------------------------------------ */

START_TEST(a_child_from_the_middle_of_a_wait_has_the_programs_handlers)
{
	char before[4096];

	NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d restart", SIGINT);
	actor_ok(waiter, "handle %d siginfo", SIGTERM);
	snprintf(before, sizeof(before), "%s", strstr(actor_ok(waiter, "state"), "actions"));
	*strstr(before, "threads") = 0;
	a_thread_waits();
	actor_ok(waiter, "fork live");
	ck_assert_ptr_nonnull(strstr(actor_ok(waiter, "child state"), before));
	actor_ok(waiter, "child-end");
	actor_ok(holder, "close a");
	actor_ok(waiter, "background-join");
}
END_TEST

int main(void)
{
	TCase *tests = group("signal_threads");

	tcase_add_loop_test(tests, a_signal_to_another_thread_ends_the_wait, 0,
			    STOPPING * HANDLER_KINDS);
	tcase_add_test(tests, a_call_of_another_thread_is_restarted);
	tcase_add_test(tests, other_signals_to_another_thread_do_not_end_the_wait);
	tcase_add_test(tests, the_last_of_two_waits_can_be_interrupted);
	tcase_add_test(tests, however_many_threads_wait_all_are_interrupted);
	tcase_add_test(tests, who_waits_for_a_thread_that_is_interrupted_is_too);
	tcase_add_test(tests, handlers_that_system_puts_back_still_work);
	tcase_add_test(tests, a_child_from_the_middle_of_a_wait_has_the_programs_handlers);
	return group_run();
}
