/* SPDX-License-Identifier: BSD-3-Clause */
/* How long a waiter waits, and what it finds when it looks again. */
#include "programs.h"
#include "text.h"
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* However busy the machine is: a waiter that nothing ends would be later than that. */
enum { SLACK = 60 };

static struct actor *holder;

/* --- how long ------------------------------------------------------------ */

static const char *const commands[] = { "open w data.h5 rw", "open w data.h5 r",
					"create w data.h5 trunc" };
static const struct {
	const char *count, *wait;
	double patience;
} patient[] = { { "2", "1", 1 }, { "4", "0.4", 1.2 }, { "31", "0.05", 1.5 } };

START_TEST(gives_up_when_its_patience_is_over)
{
	struct actor *waiter;
	double began, took;

	holder = holder_of_data();
	waiter = patient_actor(patient[_i % 3].count, patient[_i % 3].wait);
	began = seconds_now();
	gave_up(actor_ask(waiter, "%s", commands[_i / 3]), "data.h5");
	took = seconds_now() - began;
	ck_assert_double_ge(took, patient[_i % 3].patience);
	ck_assert_double_le(took, patient[_i % 3].patience + SLACK);
	nothing_happened_to(holder);
	/* And its next call has all its patience again. */
	actor_ok(waiter, "%s", commands[_i / 3]);
	actor_ok(waiter, "close w");
}
END_TEST

/* As one that asks for a lock behind others in the queue has no more time than they. */
START_TEST(one_deadline_covers_all_queues)
{
	struct actor *first, *second;
	double began;

	holder = holder_of_data();
	first = patient_actor("inf", "10");
	waits_for_data(first, "rw", 1);
	second = patient_actor("2", "1");
	began = seconds_now();
	gave_up(actor_ask(second, "%s", commands[_i]), "data.h5");
	ck_assert_double_ge(seconds_now() - began, 1);
	ck_assert_double_le(seconds_now() - began, 1 + SLACK);
	keeps_waiting(first, 0);
	actor_ok(holder, "close a");
	actor_answer_ok(first);
	locks_are("data.h5", 0, 1);
}
END_TEST

static const struct {
	const char *count, *wait;
} impatient[] = { { "1", "1000" }, { "1000000", "0" }, { "1", "0" } };

START_TEST(never_blocks_without_patience)
{
	struct actor *actor;
	double began;

	holder = holder_of_data();
	actor = patient_actor(impatient[_i % 3].count, impatient[_i % 3].wait);
	began = seconds_now();
	gave_up(actor_ask(actor, "%s", commands[_i / 3]), "data.h5");
	ck_assert_double_le(seconds_now() - began, SLACK);
	nothing_happened_to(holder);
}
END_TEST

START_TEST(infinite_patience_waits_until_it_is_served)
{
	struct actor *waiter;

	holder = holder_of_data();
	waiter = patient_actor("inf", "0.01");
	actor_tell(waiter, "open w data.h5 rw");
	/* A hundred attempts and more. */
	keeps_waiting(waiter, 3);
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	actor_ok(waiter, "check w data %d 1", NUMBERS);
	locks_are("data.h5", 0, 1);
}
END_TEST

START_TEST(infinite_patience_ends_with_the_process)
{
	struct actor *waiter;

	holder = holder_of_data();
	waiter = patient_actor("inf", "1000000");
	waits_for_data(waiter, "rw", 1);
	keeps_waiting(waiter, 2);
	actor_kill(waiter, SIGKILL);
	ck_assert_int_eq(actor_end(waiter), 128 + SIGKILL);
	nothing_happened_to(holder);
}
END_TEST

/* --- each attempt opens the path afresh ------------------------------------- */

/* The holder keeps the old file for ever, so that nothing but a new look ends the wait. */
static struct actor *waits_for_what_is_kept(const char *command)
{
	struct actor *waiter;

	holder = holder_of_data();
	h5_file("new.h5", 2);
	waiter = patient_actor("inf", "0.1");
	actor_tell(waiter, "%s", command);
	locks_waiting("data.h5", 1);
	return waiter;
}

START_TEST(a_file_that_takes_its_place_is_found)
{
	struct actor *waiter = waits_for_what_is_kept(commands[_i]);

	ck_assert_int_eq(link("data.h5", "old.h5"), 0);
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_answer_ok(waiter);
	locks_are("data.h5", _i == 1, _i != 1);
	locks_are("old.h5", 0, 1);
	if (_i < 2)
		actor_ok(waiter, "check w data %d 2", NUMBERS);
	actor_ok(holder, "check a data %d 1", NUMBERS);
}
END_TEST

/* The second in the queue stands at the turnstile, not in flock(). */
START_TEST(the_whole_queue_finds_it)
{
	struct actor *waiter[3];

	waiter[0] = waits_for_what_is_kept("open w data.h5 r");
	for (int i = 1; i < 3; i++) {
		waiter[i] = patient_actor("inf", "0.1");
		waits_for_data(waiter[i], "r", i + 1);
	}
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	for (int i = 0; i < 3; i++) {
		actor_answer_ok(waiter[i]);
		actor_ok(waiter[i], "check w data %d 2", NUMBERS);
	}
	locks_are("data.h5", 3, 0);
}
END_TEST

/* Of two threads that want one file only one waits for the lock. */
START_TEST(both_threads_find_it)
{
	struct actor *waiter;

	NEEDS_HDF5_WITH("threads");
	waiter = waits_for_what_is_kept("background-open w data.h5 r");
	actor_answer_ok(waiter);
	actor_tell(waiter, "open v data.h5 r");
	keeps_waiting(waiter, 0.5);
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_answer_ok(waiter);
	actor_ok(waiter, "background-join");
	actor_ok(waiter, "check v data %d 2", NUMBERS);
	actor_ok(waiter, "check w data %d 2", NUMBERS);
}
END_TEST

START_TEST(a_file_that_is_gone_is_no_such_file)
{
	struct actor *waiter = waits_for_what_is_kept(commands[_i]);

	ck_assert_int_eq(unlink("data.h5"), 0);
	ck_assert_int_eq(strncmp(actor_answer_error(waiter), "errno=2 ", 8), 0);
	ck_assert(!file_exists("data.h5"));
}
END_TEST

/* --- whatever else the process does ------------------------------------------- */

/* The state is what a wait must leave as it is (see clients/actor_signal.c). */
START_TEST(works_with_all_signals_blocked)
{
	struct actor *waiter;
	const char *before;

	holder = holder_of_data();
	waiter = patient_actor("2", "1");
	actor_ok(waiter, "block-all");
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	before = state_of(waiter);
	gave_up(actor_ask(waiter, "open w data.h5 rw"), "data.h5");
	state_is(waiter, before);
	waiter = patient_actor("inf", "0.1");
	actor_ok(waiter, "block-all");
	waits_for_data(waiter, "rw", 1);
	actor_kill(waiter, SIGTERM);
	keeps_waiting(waiter, 0.5);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	/* What came meanwhile is still to come. */
	actor_tell(waiter, "unblock-all");
	ck_assert_int_eq(actor_end(waiter), 128 + SIGTERM);
}
END_TEST

START_TEST(two_threads_wait_at_once_for_two_files)
{
	struct actor *waiter, *other;

	NEEDS_HDF5_WITH("threads");
	holder = holder_of_data();
	other = holder_of("other.h5", 2);
	waiter = patient_actor("inf", "0.1");
	actor_ok(waiter, "background-open 1 data.h5 rw");
	actor_ok(waiter, "background-open 2 other.h5 rw");
	locks_waiting("data.h5", 1);
	locks_waiting("other.h5", 1);
	if (_i) {
		actor_ok(holder, "close a");
		actor_ok(waiter, "background-join 1");
		locks_waiting("other.h5", 1);
		actor_ok(other, "close a");
		actor_ok(waiter, "background-join 2");
	} else {
		actor_ok(other, "close a");
		actor_ok(waiter, "background-join 2");
		locks_waiting("data.h5", 1);
		actor_ok(holder, "close a");
		actor_ok(waiter, "background-join 1");
	}
	actor_ok(waiter, "check 1 data %d 1", NUMBERS);
	actor_ok(waiter, "check 2 data %d 2", NUMBERS);
}
END_TEST

START_TEST(each_of_two_threads_has_its_own_deadline)
{
	struct actor *waiter;
	double began;

	NEEDS_HDF5_WITH("threads");
	holder = holder_of_data();
	holder_of("other.h5", 2);
	waiter = patient_actor("2", "2");
	began = seconds_now();
	actor_ok(waiter, "background-open 1 data.h5 rw");
	locks_waiting("data.h5", 1);
	usleep(1000000);
	gave_up(actor_ask(waiter, "open 2 other.h5 rw"), "other.h5");
	ck_assert_double_ge(seconds_now() - began, 1 + 2);
	gave_up(actor_ask(waiter, "background-join"), "data.h5");
	ck_assert_double_le(seconds_now() - began, SLACK);
	nothing_happened_to(holder);
}
END_TEST

/* --- under valgrind -------------------------------------------------------- */

#define VALGRIND "valgrind", "--trace-children=no", "--error-exitcode=9", "--track-fds=yes"

/* The number before WORD in the text. */
static int number_before(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	int n = -1;

	ck_assert_msg(at, "no \"%s\" in: %.2000s", word, text);
	while (at > text && (at[-1] == ' ' || (at[-1] >= '0' && at[-1] <= '9')))
		at--;
	ck_assert_int_eq(sscanf(at, "%d", &n), 1);
	return n;
}

static void is_clean(const struct outcome *o)
{
	ck_assert_int_eq(number_before(o->err, " errors from"), 0);
	ck_assert_msg(times_in(o->err, "Open file descriptor") ==
			      times_in(o->err, "<inherited from parent>"),
		      "a descriptor was left open: %.2000s", o->err);
}

START_TEST(is_served_under_valgrind)
{
	struct outcome o;
	struct process *p;

	NEEDS("valgrind --version", "no valgrind");
	holder = holder_of_data();
	p = START(VALGRIND, "h5dump", "-d", "/data", "data.h5");
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	o = finish(p);
	ck_assert_msg(o.status == 0, "status %d: %.2000s", o.status, o.err);
	ck_assert_ptr_nonnull(strstr(o.out, "(0): 1, 2, 3,"));
	is_clean(&o);
	locks_are("data.h5", 0, 0);
}
END_TEST

START_TEST(gives_up_under_valgrind)
{
	struct outcome o;

	NEEDS("valgrind --version", "no valgrind");
	holder = holder_of_data();
	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "1");
	o = RUN(VALGRIND, CLIENT("counter"), "data.h5", "1");
	ck_assert_msg(o.status == 1, "status %d: %.2000s", o.status, o.err);
	ck_assert_double_ge(o.seconds, 2);
	ck_assert_msg(strstr(o.err, "LOCKEDH5_COUNT"), "%.2000s", o.err);
	is_clean(&o);
	nothing_happened_to(holder);
}
END_TEST

int main(void)
{
	TCase *tests = group("patience");

	tcase_add_loop_test(tests, gives_up_when_its_patience_is_over, 0, 9);
	tcase_add_loop_test(tests, one_deadline_covers_all_queues, 0, 3);
	tcase_add_loop_test(tests, never_blocks_without_patience, 0, 9);
	tcase_add_test(tests, infinite_patience_waits_until_it_is_served);
	tcase_add_test(tests, infinite_patience_ends_with_the_process);
	tcase_add_loop_test(tests, a_file_that_takes_its_place_is_found, 0, 3);
	tcase_add_test(tests, the_whole_queue_finds_it);
	tcase_add_test(tests, both_threads_find_it);
	tcase_add_loop_test(tests, a_file_that_is_gone_is_no_such_file, 0, 2);
	tcase_add_test(tests, works_with_all_signals_blocked);
	tcase_add_loop_test(tests, two_threads_wait_at_once_for_two_files, 0, 2);
	tcase_add_test(tests, each_of_two_threads_has_its_own_deadline);
	tcase_add_test(tests, is_served_under_valgrind);
	tcase_add_test(tests, gives_up_under_valgrind);
	return group_run();
}
