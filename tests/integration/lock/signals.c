/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals during a wait: four of them end it, all others are handled and it goes on; and the
 * program's handlers, mask and timers are as they were. */
#include "interrupted.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct actor *holder, *waiter;

static const int other[] = { SIGCHLD, SIGALRM, SIGPROF, SIGUSR1, SIGWINCH, SIGCONT };
enum { OTHER = 6 };

static void data_is_held(void)
{
	holder = holder_of_data();
	waiter = undisturbed_actor();
}

/* The program has this handler, and the waiter waits.  Gives the state before. */
static const char *waits_with_handler(int sig, const char *kind)
{
	const char *before;

	data_is_held();
	actor_ok(waiter, "handle %d %s", sig, kind);
	before = state_of(waiter);
	waits_for_data(waiter, "rw", 1);
	return before;
}

static void still_waits(void)
{
	keeps_waiting(waiter, 0.3);
	locks_waiting("data.h5", 1);
}

static void gets_the_file(void)
{
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	locks_are("data.h5", 0, 1);
	actor_ok(waiter, "check w data %d 1", NUMBERS);
	actor_ok(waiter, "close w");
}

/* --- the four that end a wait --------------------------------------------------- */

START_TEST(default_action_ends_the_process)
{
	data_is_held();
	waits_for_data(waiter, "rw", 1);
	actor_kill(waiter, stopping[_i]);
	ck_assert_int_eq(actor_end(waiter), 128 + stopping[_i]);
	nothing_happened_to(holder);
}
END_TEST

START_TEST(handler_runs_and_the_open_is_interrupted)
{
	int sig = stopping[_i % STOPPING];
	const char *before = waits_with_handler(sig, handler_kinds[_i / STOPPING]);

	actor_kill(waiter, sig);
	was_interrupted(answer_soon(waiter));
	ck_assert_str_eq(actor_ok(waiter, "handled %d", sig), "1");
	state_is(waiter, before);
	/* The next call waits again. */
	waits_for_data(waiter, "rw", 1);
	still_waits();
	gets_the_file();
	state_is(waiter, before);
	/* The handler is the program's own again. */
	actor_kill(waiter, sig);
	while (strcmp(actor_ok(waiter, "handled %d", sig), "2"))
		usleep(1000);
}
END_TEST

/* As long as it waits for a place in the queue (at the turnstile), or for another thread. */
START_TEST(any_kind_of_wait_is_interrupted)
{
	if (_i)
		NEEDS_HDF5_WITH("threads");
	data_is_held();
	actor_ok(waiter, "handle %d restart", SIGINT);
	if (_i) {
		actor_ok(waiter, "background-open b data.h5 rw");
	} else {
		struct actor *first = actor_new();

		actor_tell(first, "open w data.h5 rw");
	}
	locks_waiting("data.h5", 1);
	actor_tell(waiter, "open w data.h5 rw");
	if (_i)
		keeps_waiting(waiter, 0.5);
	else
		locks_waiting("data.h5", 2);
	actor_kill(waiter, SIGINT);
	was_interrupted(answer_soon(waiter));
	if (_i)
		was_interrupted(actor_ask(waiter, "background-join"));
	ck_assert_str_eq(actor_ok(waiter, "handled %d", SIGINT), "1");
}
END_TEST

START_TEST(ignored_signals_stay_ignored)
{
	const char *before;

	data_is_held();
	for (int i = 0; i < STOPPING; i++)
		actor_ok(waiter, "handle %d ignore", stopping[i]);
	before = state_of(waiter);
	waits_for_data(waiter, "rw", 1);
	for (int i = 0; i < STOPPING; i++)
		actor_kill(waiter, stopping[i]);
	still_waits();
	gets_the_file();
	state_is(waiter, before);
}
END_TEST

/* As from nohup: the program has never said so itself. */
START_TEST(inherited_ignoring_stays)
{
	struct process *p;
	struct outcome o;

	data_is_held();
	p = START("sh", "-c", "trap '' INT HUP; exec h5dump -d /data data.h5");
	locks_waiting("data.h5", 1);
	kill(process_pid(p), SIGINT);
	kill(process_pid(p), SIGHUP);
	usleep(300000);
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	o = finish(p);
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(o.out, "(0): 1, 2, 3,"));
}
END_TEST

START_TEST(tools_can_be_stopped)
{
	struct process *p;

	data_is_held();
	p = START("h5dump", "-d", "/data", "data.h5");
	locks_waiting("data.h5", 1);
	kill(process_pid(p), stopping[_i]);
	ck_assert_int_eq(finish(p).status, 128 + stopping[_i]);
	nothing_happened_to(holder);
}
END_TEST

/* --- all others ---------------------------------------------------------------------- */

START_TEST(other_handlers_run_and_the_wait_goes_on)
{
	int sig = other[_i % OTHER];
	const char *before = waits_with_handler(sig, handler_kinds[_i / OTHER]);

	for (int i = 0; i < 5; i++) {
		actor_kill(waiter, sig);
		usleep(20000);
	}
	still_waits();
	gets_the_file();
	ck_assert_int_ge(atoi(actor_ok(waiter, "handled %d", sig)), 1);
	state_is(waiter, before);
}
END_TEST

/* Ctrl-Z and "fg". */
START_TEST(stopped_and_continued)
{
	data_is_held();
	waits_for_data(waiter, "rw", 1);
	actor_kill(waiter, SIGSTOP);
	usleep(100000);
	actor_kill(waiter, SIGCONT);
	still_waits();
	gets_the_file();
}
END_TEST

/* It stands first at the turnstile and does not take the lock that is free; the next one does. */
START_TEST(who_is_stopped_does_not_stop_the_others)
{
	struct actor *next = actor_new();

	data_is_held();
	waits_for_data(waiter, "rw", 1);
	stops(waiter);
	actor_tell(next, "open w data.h5 rw");
	/* The kernel does not show the request of a stopped process. */
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	actor_answer_ok(next);
	actor_ok(next, "close w");
	actor_kill(waiter, SIGCONT);
	actor_answer_ok(waiter);
}
END_TEST

START_TEST(a_running_timer_stays_as_it_is)
{
	data_is_held();
	actor_ok(waiter, "handle %d plain", SIGALRM);
	actor_ok(waiter, "alarm 100000");
	waits_for_data(waiter, "rw", 1);
	still_waits();
	gets_the_file();
	ck_assert_int_ge(atoi(actor_ok(waiter, "alarm-left")), 100000 - 2 * PATIENCE);
	ck_assert_str_eq(actor_ok(waiter, "handled %d", SIGALRM), "0");
}
END_TEST

START_TEST(a_timer_runs_out_during_the_wait)
{
	data_is_held();
	actor_ok(waiter, "handle %d %s", SIGALRM, handler_kinds[_i]);
	actor_ok(waiter, "alarm 1");
	waits_for_data(waiter, "rw", 1);
	keeps_waiting(waiter, 1.5);
	gets_the_file();
	ck_assert_str_eq(actor_ok(waiter, "handled %d", SIGALRM), "1");
}
END_TEST

/* Whether it ends with the lock, without it, or by a signal; with every disposition there is. */
START_TEST(everything_is_as_before)
{
	const char *before;

	data_is_held();
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "0.5");
	waiter = actor_new();
	actor_ok(waiter, "handle %d restart", SIGINT);
	actor_ok(waiter, "handle %d ignore", SIGTERM);
	actor_ok(waiter, "handle %d siginfo", SIGHUP);
	actor_ok(waiter, "handle %d plain", SIGRTMAX);
	actor_ok(waiter, "handle %d plain", SIGRTMAX - 2);
	actor_ok(waiter, "handle %d ignore", SIGRTMAX - 1);
	/* The first call of HDF5 leaves things of its own. */
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	before = state_of(waiter);
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	state_is(waiter, before);
	nothing_happened_to(holder);
}
END_TEST

int main(void)
{
	TCase *tests = group("signals");

	tcase_add_loop_test(tests, default_action_ends_the_process, 0, STOPPING);
	tcase_add_loop_test(tests, handler_runs_and_the_open_is_interrupted, 0,
			    STOPPING * HANDLER_KINDS);
	tcase_add_loop_test(tests, any_kind_of_wait_is_interrupted, 0, 2);
	tcase_add_test(tests, ignored_signals_stay_ignored);
	tcase_add_test(tests, inherited_ignoring_stays);
	tcase_add_loop_test(tests, tools_can_be_stopped, 0, STOPPING);
	tcase_add_loop_test(tests, other_handlers_run_and_the_wait_goes_on, 0,
			    OTHER * HANDLER_KINDS);
	tcase_add_test(tests, stopped_and_continued);
	tcase_add_test(tests, who_is_stopped_does_not_stop_the_others);
	tcase_add_test(tests, a_running_timer_stays_as_it_is);
	tcase_add_loop_test(tests, a_timer_runs_out_during_the_wait, 0, HANDLER_KINDS);
	tcase_add_test(tests, everything_is_as_before);
	return group_run();
}
