/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiters that are stopped (Ctrl-Z, a debugger, a suspended job), and those who come behind. */
#include "programs.h"
#include "status_table.h"
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char *const modes[] = { "r", "rw" };

static struct actor *waits(const char *mode, int n)
{
	struct actor *waiter = undisturbed_actor();

	waits_for_data(waiter, mode, n);
	return waiter;
}

/* One waits and is stopped, and the file is free. */
static struct actor *stopped_waiter(const char *mode)
{
	struct actor *holder = holder_of_data(), *waiter = waits(mode, 1);

	stops(waiter);
	actor_ok(holder, "close a");
	return waiter;
}

static void goes_on(struct actor *waiter)
{
	actor_kill(waiter, SIGCONT);
	actor_answer_ok(waiter);
	actor_ok(waiter, "check w data %d 1", NUMBERS);
}

START_TEST(who_comes_gets_what_is_free)
{
	struct actor *waiter = stopped_waiter(modes[_i & 1]), *next;

	/* No time at all, or as much as it takes. */
	next = _i & 4 ? patient_actor("1", "1000") : patient_actor("inf", "1000000");
	for (int i = 0; i < 3; i++) {
		actor_ok(next, "open n data.h5 %s", modes[_i >> 1 & 1]);
		actor_ok(next, "close n");
	}
	goes_on(waiter);
}
END_TEST

/* All who wait already get it, one after the other. */
START_TEST(who_waits_behind_it_gets_what_is_free)
{
	enum { BEHIND = 4 };
	struct actor *holder = holder_of_data(), *waiter = waits(modes[_i & 1], 1), *behind[BEHIND];

	for (int i = 0; i < BEHIND; i++)
		behind[i] = waits(modes[_i >> 1], 2 + i);
	stops(waiter);
	actor_ok(holder, "close a");
	get_it_one_by_one(behind, BEHIND);
	goes_on(waiter);
}
END_TEST

/* A whole job is suspended. */
START_TEST(several_are_stopped)
{
	struct actor *holder = holder_of_data(), *waiters[3], *behind, *next;

	for (int i = 0; i < 3; i++)
		waiters[i] = waits("rw", i + 1);
	behind = waits("rw", 4);
	for (int i = 0; i < 3; i++)
		stops(waiters[i]);
	actor_ok(holder, "close a");
	actor_answer_ok(behind);
	actor_ok(behind, "close w");
	next = impatient_actor();
	actor_ok(next, "open n data.h5 rw");
	actor_ok(next, "close n");
	next = patient_actor("inf", "1000000");
	actor_ok(next, "open n data.h5 r");
	actor_ok(next, "close n");
	for (int i = 0; i < 3; i++) {
		goes_on(waiters[i]);
		actor_ok(waiters[i], "close w");
	}
}
END_TEST

/* It is held: whoever runs waits, whoever is stopped does not matter. */
START_TEST(what_is_held_stays_held)
{
	struct actor *holder = holder_of_data(), *waiter = waits("rw", 1), *next;

	stops(waiter);
	next = impatient_actor();
	for (int i = 0; i < 2; i++)
		gave_up(actor_ask(next, "open n data.h5 %s", modes[i]), "data.h5");
	actor_ok(holder, "check a data %d 1", NUMBERS);
	ck_assert_int_eq(locks_on("data.h5").exclusive, 1);
}
END_TEST

/* --- what is said ------------------------------------------------------------------------- */

static void is_noted(const char *text, const struct actor *actor, const char *what)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%d, which %s, is stopped", (int)actor_pid(actor),
		 what);
	has(text, expected);
}

START_TEST(status_says_what_is_stopped)
{
	struct actor *holder = holder_of_data(), *waiter = waits(modes[_i], 1),
		     *last = waits("rw", 2);
	const char *mode = _i ? "exclusive" : "shared";
	struct outcome o;

	ck_assert_ptr_null(strstr(status("data.h5").out, "stopped"));
	stops(holder);
	stops(waiter);
	stops(last);
	o = status("data.h5");
	ck_assert_int_eq(o.status, 1);
	has_row(o.out, "holds", "exclusive", actor_pid(holder), "actor");
	has_row(o.out, "waits", mode, actor_pid(waiter), "actor");
	is_noted(o.out, holder, "holds it");
	is_noted(o.out, waiter, "waits for it");
	is_noted(o.out, last, "waits for it");
	actor_kill(holder, SIGCONT);
	actor_ok(holder, "close a");
	o = status("data.h5");
	ck_assert_int_eq(o.status, 1);
	has_row(o.out, "waits", mode, actor_pid(waiter), "actor");
	is_noted(o.out, waiter, "waits for it");
	actor_kill(waiter, SIGCONT);
	actor_kill(last, SIGCONT);
	actor_kill(waiter, SIGKILL);
	actor_kill(last, SIGKILL);
}
END_TEST

START_TEST(a_stopped_holder_is_named_so)
{
	struct actor *holder = holder_of_data(), *waiter = patient_actor("2", "0.5");
	const char *said;

	stops(holder);
	said = actor_ask(waiter, "open w data.h5 r");
	gave_up(said, "data.h5");
	has(said, "exclusive, stopped, running since");
	actor_kill(holder, SIGCONT);
}
END_TEST

int main(void)
{
	TCase *tests = group("stopped");

	tcase_add_loop_test(tests, who_comes_gets_what_is_free, 0, 8);
	tcase_add_loop_test(tests, who_waits_behind_it_gets_what_is_free, 0, 4);
	tcase_add_test(tests, several_are_stopped);
	tcase_add_test(tests, what_is_held_stays_held);
	tcase_add_loop_test(tests, status_says_what_is_stopped, 0, 2);
	tcase_add_test(tests, a_stopped_holder_is_named_so);
	return group_run();
}
