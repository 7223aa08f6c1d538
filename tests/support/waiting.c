/* SPDX-License-Identifier: BSD-3-Clause */
/* One that holds a file, and those who wait for it. */
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* --- holders and waiters ---------------------------------------------------- */

struct actor *holder_of(const char *file, int value)
{
	struct actor *holder;

	h5_file(file, value);
	holder = actor_new();
	actor_ok(holder, "open a %s rw", file);
	return holder;
}

struct actor *holder_of_data(void)
{
	return holder_of("data.h5", 1);
}

struct actor *patient_actor(const char *count, const char *wait)
{
	struct actor *actor;

	setting("LOCKEDH5_COUNT", count);
	setting("LOCKEDH5_WAIT", wait);
	actor = actor_new();
	setting("LOCKEDH5_COUNT", NULL);
	setting("LOCKEDH5_WAIT", NULL);
	return actor;
}

struct actor *impatient_actor(void)
{
	return patient_actor("1", NULL);
}

struct actor *undisturbed_actor(void)
{
	setting("LOCKEDH5_VERBOSE", "0");
	return patient_actor("inf", "1000000");
}

struct actor *actor_that_stops(const char *file, const char *calls, int n, const char *trace)
{
	struct actor *actor;
	char *under;

	ck_assert(asprintf(&under,
			   "strace -D -f -o %s -P %s -e trace=%s -e inject=%s:signal=STOP:when=%d",
			   trace, file, calls, calls, n) > 0);
	setenv("LOCKEDH5_TEST_UNDER", under, 1);
	actor = actor_new();
	unsetenv("LOCKEDH5_TEST_UNDER");
	free(under);
	return actor;
}

void actor_has_stopped(const char *trace)
{
	double end = seconds_now() + PATIENCE;

	while (RUN("grep", "-q", "stopped by SIGSTOP", trace).status != 0)
		ck_assert_msg(seconds_now() < end, "it did not stop");
}

/* --- waits ----------------------------------------------------------------------- */

void waits_for_data(struct actor *waiter, const char *mode, int n)
{
	actor_tell(waiter, "open w data.h5 %s", mode);
	locks_waiting("data.h5", n);
}

void keeps_waiting(struct actor *waiter, double seconds)
{
	const char *answer = actor_answer_within(waiter, seconds);

	ck_assert_msg(!answer, "it does not wait, but says: %s", answer);
}

void stops(struct actor *actor)
{
	int status;

	actor_kill(actor, SIGSTOP);
	ck_assert_int_eq(waitpid(actor_pid(actor), &status, WUNTRACED), actor_pid(actor));
	ck_assert(WIFSTOPPED(status));
}

void get_it_one_by_one(struct actor *waiters[], int n)
{
	for (int served = 0; served < n; served++) {
		int who = 0;

		while (!waiters[who] || !actor_answer_within(waiters[who], 0.01))
			who = (who + 1) % n;
		actor_ok(waiters[who], "check w data %d 1", NUMBERS);
		actor_ok(waiters[who], "close w");
		waiters[who] = NULL;
	}
}

void nothing_happened_to(struct actor *holder)
{
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
	actor_ok(holder, "check a data %d 1", NUMBERS);
	actor_ok(holder, "close a");
	locks_are("data.h5", 0, 0);
	h5_file_is("data.h5", 1);
}

/* --- what a wait leaves as it is --------------------------------------------------- */

char *state_of(struct actor *actor)
{
	return strdup(actor_ok(actor, "state"));
}

void state_is(struct actor *actor, const char *before)
{
	ck_assert_str_eq(actor_ok(actor, "state"), before);
}
