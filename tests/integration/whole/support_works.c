/* SPDX-License-Identifier: BSD-3-Clause */
/* The test tools themselves: a test that can't fail proves nothing. */
#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(programs_run_and_are_heard)
{
	struct outcome outcome;

	preload(false);
	setting("COLOUR", "blue");
	outcome = RUN("sh", "-c", "echo $COLOUR; echo no >&2; exit 3");
	ck_assert_int_eq(outcome.status, 3);
	ck_assert_str_eq(outcome.out, "blue\n");
	ck_assert_str_eq(outcome.err, "no\n");
	ck_assert_int_eq(RUN("sh", "-c", "kill -9 $$").status, 128 + SIGKILL);
	ck_assert_int_eq(RUN("no-such-program").status, 127);
}
END_TEST

START_TEST(settings_reach_programs_and_nobody_else)
{
	setenv("LOCKEDH5_COUNT", "17", 1);
	setting("LOCKEDH5_WAIT", "3");
	preload(false);
	ck_assert_str_eq(RUN("sh", "-c", "env | grep LOCKEDH5").out, "LOCKEDH5_WAIT=3\n");
	ck_assert_ptr_eq(getenv("LOCKEDH5_WAIT"), NULL);
	ck_assert_ptr_eq(getenv("LD_PRELOAD"), NULL);
}
END_TEST

START_TEST(an_actor_answers)
{
	struct actor *a;

	preload(false);
	a = actor_new();
	actor_ok(a, "create a data.h5 trunc");
	actor_ok(a, "write a x 100 7");
	actor_ok(a, "check a x 100 7");
	ck_assert_str_eq(actor_error(a, "check a x 100 8"), "wrong value: number 0 is 7");
	ck_assert(strstr(actor_error(a, "open b nothing.h5 r"), "errno=2 "));
	actor_tell(a, "system sleep 1");
	ck_assert_ptr_eq(actor_answer_within(a, 0.1), NULL);
	ck_assert_str_eq(actor_answer(a), "ok 0");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert(file_size("data.h5") > 400);
}
END_TEST

START_TEST(locks_are_counted)
{
	struct process *first, *second;
	struct locks locks;

	preload(false);
	file_write("some.file", "text");
	locks_become("some.file", 0, 0);
	first = START("flock", "-s", "some.file", "sleep", "1000");
	locks_become("some.file", 1, 0);
	second = START("flock", "-x", "some.file", "true");
	locks_waiting("some.file", 1);
	locks = locks_on("some.file");
	ck_assert(locks.shared == 1 && locks.exclusive == 0 && locks.waiting == 1);
	kill(process_pid(first), SIGKILL);
	finish(first);
	kill(process_pid(second), SIGKILL);
	finish(second);
}
END_TEST

int main(void)
{
	TCase *tests = group("support works");

	tcase_add_test(tests, programs_run_and_are_heard);
	tcase_add_test(tests, settings_reach_programs_and_nobody_else);
	tcase_add_test(tests, an_actor_answers);
	tcase_add_test(tests, locks_are_counted);
	return group_run();
}
