/* SPDX-License-Identifier: BSD-3-Clause */
/* Whoever waits does nothing. */
#include "text.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct actor *holder;

/* A wait of 3 seconds, in flock() or, behind another one, at the turnstile: less than 5 ms of
 * processor time, with HDF5's own call around it. */
START_TEST(a_wait_takes_no_processor_time)
{
	struct actor *waiter, *first;
	long before, used;

	holder = holder_of_data();
	if (_i) {
		setting("LOCKEDH5_COUNT", "inf");
		first = actor_new();
		waits_for_data(first, "rw", 1);
	}
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "3");
	waiter = actor_new();
	actor_error(waiter, "open x absent.h5 r"); /* HDF5 has begun */
	before = atol(actor_ok(waiter, "cpu"));
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	used = atol(actor_ok(waiter, "cpu")) - before;
	/* Who waits behind the first looks whether that one is stopped, 30 times a second. */
	ck_assert_msg(used < (_i ? 30000 : 10000), "%ld us in a wait of 3 s", used);
}
END_TEST

/* Nor do many of them. */
START_TEST(many_waiters_take_no_processor_time)
{
	enum { MANY = 40 };
	struct actor *waiters[MANY];
	long used = 0;

	holder = holder_of_data();
	setting("LOCKEDH5_COUNT", "inf");
	for (int i = 0; i < MANY; i++) {
		waiters[i] = actor_new();
		actor_error(waiters[i], "open x absent.h5 r");
		used -= atol(actor_ok(waiters[i], "cpu"));
		actor_tell(waiters[i], "open w data.h5 r");
	}
	locks_waiting("data.h5", MANY);
	keeps_waiting(waiters[0], 3);
	actor_ok(holder, "close a");
	for (int i = 0; i < MANY; i++)
		actor_answer_ok(waiters[i]);
	for (int i = 0; i < MANY; i++)
		used += atol(actor_ok(waiters[i], "cpu"));
	ck_assert_msg(used < MANY * 10000, "%ld us in %d waits", used, MANY);
}
END_TEST

/* From the first call that blocks to the end of the timer; to find out who holds the file, for the
 * error, is no part of the wait. */
static int calls_while_waiting(const char *trace)
{
	bool waits = false;
	int calls = 0;

	for (const char *line = trace; *line; line = strchr(line, '\n') + 1) {
		int length = (int)strcspn(line, "\n");

		waits = waits || memmem(line, (size_t)length, "F_OFD_SETLK", 11);
		calls += waits;
		if (waits && memmem(line, (size_t)length, "timer_delete(", 13))
			return calls;
	}
	ck_abort_msg("no wait in: %.2000s", trace);
	return -1;
}

START_TEST(a_wait_makes_few_system_calls)
{
	static const char *const verbose[] = { "0", "1" };
	/* Twice it looks whether it is in anybody's way.  A notice tells who holds the file: that
	 * has to be found out. */
	static const int most[] = { 100, 400 };
	struct outcome o;
	int calls;

	NEEDS("strace -o /dev/null true", "no strace, or it may not trace");
	holder = holder_of_data();
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "3");
	setting("LOCKEDH5_VERBOSE", verbose[_i]);
	file_write("commands", "open w data.h5 rw\n");
	o = RUN("sh", "-c", "strace -o trace \"$0\" <commands", ACTOR);
	ck_assert_msg(strstr(o.out, "error errno=11 "), "%s", o.out);
	calls = calls_while_waiting(file_text("trace"));
	ck_assert_msg(calls <= most[_i], "%d system calls in one wait", calls);
}
END_TEST

int main(void)
{
	TCase *tests = group("idle");

	tcase_add_loop_test(tests, a_wait_takes_no_processor_time, 0, 2);
	tcase_add_test(tests, many_waiters_take_no_processor_time);
	tcase_add_loop_test(tests, a_wait_makes_few_system_calls, 0, 2);
	return group_run();
}
