/* SPDX-License-Identifier: BSD-3-Clause */
/* The program itself calls flock() on HDF5's descriptor: the lock stays at least what HDF5 needs.
 */
#include "text.h"
#include "waiting.h"

#include <signal.h>

START_TEST(a_reader_may_make_its_lock_exclusive)
{
	struct actor *a = actor_new(), *late = patient_actor("1", "10");

	h5_file("data.h5", 1);
	actor_ok(a, "open a data.h5 r");
	actor_ok(a, "relock a ex");
	locks_are("data.h5", 0, 1);
	gave_up(actor_ask(late, "open b data.h5 r"), "data.h5");
	actor_ok(a, "relock a sh");
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* The kernel lets the shared one go before it finds out that there is no exclusive one. */
START_TEST(who_does_not_get_an_exclusive_lock_keeps_the_shared_one)
{
	struct actor *a = actor_new(), *b = actor_new(), *late = patient_actor("1", "10");

	h5_file("data.h5", 1);
	actor_ok(a, "open a data.h5 r");
	actor_ok(b, "open b data.h5 r");
	actor_error(a, "relock a ex");
	locks_are("data.h5", 2, 0);
	actor_ok(b, "close b");
	locks_are("data.h5", 1, 0);
	gave_up(actor_ask(late, "open c data.h5 rw"), "data.h5");
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
}
END_TEST

START_TEST(who_loses_the_shared_lock_is_told)
{
	struct actor *a, *b, *writer;

	NEEDS_STRACE();
	h5_file("data.h5", 1);
	setting("LOCKEDH5_LOG", "messages");
	/* Stopped after its second flock(): the first one was at the open. */
	a = actor_that_stops("data.h5", "flock", 2, "trace");
	b = actor_new();
	writer = actor_new();
	actor_ok(a, "open a data.h5 r");
	actor_ok(b, "open b data.h5 r");
	actor_tell(a, "relock a ex");
	actor_has_stopped("trace");
	actor_ok(b, "close b");
	actor_ok(writer, "open c data.h5 rw");
	actor_kill(a, SIGCONT);
	actor_answer_error(a);
	has(file_text("messages"), "has lost its shared lock");
	locks_are("data.h5", 0, 1);
	/* Nor does it get what it asks for again, before there is such a lock to have. */
	actor_error(a, "relock a sh");
	actor_error(a, "relock a ex");
	actor_ok(writer, "close c");
	actor_ok(a, "relock a sh");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "relock a ex");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("relock");

	tcase_add_test(tests, a_reader_may_make_its_lock_exclusive);
	tcase_add_test(tests, who_does_not_get_an_exclusive_lock_keeps_the_shared_one);
	tcase_add_test(tests, who_loses_the_shared_lock_is_told);
	return group_run();
}
