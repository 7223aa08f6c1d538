/* SPDX-License-Identifier: BSD-3-Clause */
/* Everybody gets in: writers behind readers who never stop, readers behind writers who never stop.
 */
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 16 };

/* N actors that open data.h5, hold it a little, close it and open it again, until end_streams(). */
static struct actor *stream[MOST];
static int streams;

static void start_streams(int n, const char *mode)
{
	struct actor *looker = actor_new();

	setting("LOCKEDH5_COUNT", "inf");
	for (int i = 0; i < n; i++) {
		stream[i] = actor_new();
		actor_ok(stream[i], "open-close data.h5 %s 1", mode);
	}
	for (int i = 0; i < n; i++)
		actor_tell(stream[i], "stream data.h5 %s 20 stop", mode);
	streams = n;
	while (atoi(actor_ok(looker, "turns")) < 2 * n)
		usleep(1000);
	actor_end(looker);
}

/* They still go on; they end without an error; and nobody is left at the turnstile. */
static void end_streams(void)
{
	for (int i = 0; i < streams; i++)
		keeps_waiting(stream[i], 0);
	file_write("stop", "");
	for (int i = 0; i < streams; i++) {
		actor_answer_ok(stream[i]);
		ck_assert_int_eq(actor_end(stream[i]), 0);
	}
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 0);
}

/* How many others were served between the moment when somebody wanted the file and the moment when
 * he got it.  In turn it is one each at most; but on a busy machine it takes a while to get from
 * "now I want it" to the end of the queue.  Without turns a writer never gets in among eight
 * readers. */
static void is_served_in_turn(const char *mode, int others)
{
	enum { TIMES = 10 };
	struct actor *one = actor_new();
	int served = atoi(actor_ok(one, "take-turns data.h5 %s %d", mode, TIMES));

	ck_assert_msg(served <= TIMES * (5 + 2 * others),
		      "%d were served while one of %d others waited %d times", served, others,
		      TIMES);
	ck_assert_int_eq(actor_end(one), 0);
}

static const int readers[] = { 1, 2, 3, 4, 8, 16 };
enum { READERS = sizeof(readers) / sizeof(readers[0]) };

START_TEST(a_writer_gets_in_among_readers)
{
	h5_file("data.h5", 1);
	start_streams(readers[_i], "r");
	is_served_in_turn("rw", readers[_i]);
	end_streams();
}
END_TEST

static const int writers[] = { 4, 8 };

START_TEST(a_reader_gets_in_among_writers)
{
	h5_file("data.h5", 1);
	start_streams(writers[_i], "rw");
	is_served_in_turn("r", writers[_i]);
	end_streams();
}
END_TEST

START_TEST(a_writer_gets_in_among_writers)
{
	h5_file("data.h5", 1);
	start_streams(writers[_i], "rw");
	is_served_in_turn("rw", writers[_i]);
	end_streams();
}
END_TEST

/* Who creates the file anew has to wait like any writer. */
START_TEST(a_creator_gets_in_among_readers)
{
	struct actor *creator;

	h5_file("data.h5", 1);
	start_streams(4, "r");
	creator = actor_new();
	for (int i = 2; i < 7; i++) {
		actor_ok(creator, "create c data.h5 trunc");
		actor_ok(creator, "write c data %d %d", NUMBERS, i);
		actor_ok(creator, "close c");
	}
	end_streams();
	h5_file_is("data.h5", 6);
}
END_TEST

/* --- the order, proven by what they find --------------------------------------- */

/* The writer came before the second reader, and after the first. */
START_TEST(a_reader_that_comes_after_a_waiting_writer_waits)
{
	struct actor *first = actor_new(), *writer = actor_new(), *second = actor_new();

	h5_file("data.h5", 1);
	actor_ok(first, "open f data.h5 r");
	waits_for_data(writer, "rw", 1);
	actor_tell(second, "open s data.h5 r");
	locks_waiting("data.h5", 2);
	locks_become("data.h5", 1, 0);
	actor_ok(first, "check f data %d 1", NUMBERS);
	actor_ok(first, "close f");
	actor_answer_ok(writer);
	keeps_waiting(second, 0.2);
	actor_ok(writer, "write w data %d 2", NUMBERS);
	actor_ok(writer, "close w");
	actor_answer_ok(second);
	actor_ok(second, "check s data %d 2", NUMBERS);
	locks_are("data.h5", 1, 0);
}
END_TEST

/* And who may not wait fails, though the file could be shared with those who have it. */
START_TEST(a_reader_without_patience_does_not_push_in)
{
	struct actor *first = actor_new(), *writer = actor_new(), *second;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	second = actor_new();
	actor_ok(first, "open f data.h5 r");
	actor_ok(second, "open s data.h5 r");
	actor_ok(second, "close s");
	waits_for_data(writer, "rw", 1);
	gave_up(actor_ask(second, "open s data.h5 r"), "data.h5");
	actor_ok(first, "close f");
	actor_answer_ok(writer);
	locks_are("data.h5", 0, 1);
}
END_TEST

/* Six writers stand in line one after the other; each raises the number that it finds. */
START_TEST(each_of_a_queue_of_writers_is_served_once)
{
	enum { QUEUE = 6 };
	struct actor *holder = actor_new(), *queue[QUEUE];
	int found[QUEUE] = { 0 };

	h5_file("data.h5", 1);
	actor_ok(holder, "open h data.h5 rw");
	for (int i = 0; i < QUEUE; i++) {
		queue[i] = actor_new();
		waits_for_data(queue[i], "rw", i + 1);
	}
	actor_ok(holder, "close h");
	for (int turn = 0; turn < QUEUE; turn++) {
		int who = 0;

		while (found[who] || !actor_answer_within(queue[who], 0.01))
			who = (who + 1) % QUEUE;
		found[who] = 1;
		actor_ok(queue[who], "check w data %d %d", NUMBERS, turn + 1);
		actor_ok(queue[who], "write w data %d %d", NUMBERS, turn + 2);
		actor_ok(queue[who], "close w");
	}
	locks_are("data.h5", 0, 0);
}
END_TEST

/* --- who leaves the queue -------------------------------------------------------- */

/* The writer at the head of the queue gives up or dies: the readers behind it go on with those who
 * have the file. */
START_TEST(readers_go_on_when_the_writer_leaves)
{
	struct actor *first = actor_new(), *writer, *behind = actor_new();

	h5_file("data.h5", 1);
	actor_ok(first, "open f data.h5 r");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "3");
	writer = actor_new();
	waits_for_data(writer, "rw", 1);
	actor_tell(behind, "open b data.h5 r");
	locks_waiting("data.h5", 2);
	if (_i) {
		actor_kill(writer, SIGKILL);
		actor_end(writer);
	} else {
		gave_up(actor_answer(writer), "data.h5");
	}
	actor_answer_ok(behind);
	actor_ok(behind, "check b data %d 1", NUMBERS);
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 2, 0);
}
END_TEST

/* --- programs without the library --------------------------------------------------- */

/* HDF5's own lock is the same lock; it knows no turnstile, and never waits. */
START_TEST(programs_without_the_library_exclude_and_are_excluded)
{
	static const char *const modes[] = { "r", "rw" };
	struct actor *stranger, *waiter, *second;

	NEEDS_HDF5_WITH("locks");
	waiter = actor_new();
	second = actor_new();
	h5_file("data.h5", 1);
	preload(false);
	stranger = actor_new();
	preload(true);
	actor_ok(stranger, "open s data.h5 %s", modes[_i]);
	waits_for_data(waiter, "rw", 1);
	waits_for_data(second, "rw", 2);
	if (_i)
		actor_ok(stranger, "write s data %d 2", NUMBERS);
	actor_ok(stranger, "check s data %d %d", NUMBERS, 1 + _i);
	keeps_waiting(waiter, 0);
	actor_ok(stranger, "close s");
	actor_answer_ok(waiter);
	actor_error(stranger, "open s data.h5 r");
	actor_error(stranger, "open s data.h5 rw");
	actor_ok(waiter, "check w data %d %d", NUMBERS, 1 + _i);
	actor_ok(waiter, "write w data %d 3", NUMBERS);
	actor_ok(waiter, "close w");
	actor_answer_ok(second);
	actor_ok(second, "check w data %d 3", NUMBERS);
	actor_ok(second, "close w");
	locks_are("data.h5", 0, 0);
	actor_ok(stranger, "open s data.h5 rw");
	actor_ok(stranger, "check s data %d 3", NUMBERS);
}
END_TEST

/* A stranger among the readers: the writer still gets in, since the others let it. */
START_TEST(a_stranger_among_the_readers_does_no_harm)
{
	struct actor *stranger;

	h5_file("data.h5", 1);
	preload(false);
	stranger = actor_new();
	preload(true);
	start_streams(3, "r");
	actor_ok(stranger, "open s data.h5 r");
	actor_ok(stranger, "check s data %d 1", NUMBERS);
	actor_ok(stranger, "close s");
	is_served_in_turn("rw", 3);
	end_streams();
}
END_TEST

int main(void)
{
	TCase *tests = group("fairness");

	tcase_add_loop_test(tests, a_writer_gets_in_among_readers, 0, READERS);
	tcase_add_loop_test(tests, a_reader_gets_in_among_writers, 0, 2);
	tcase_add_loop_test(tests, a_writer_gets_in_among_writers, 0, 2);
	tcase_add_test(tests, a_creator_gets_in_among_readers);
	tcase_add_test(tests, a_reader_that_comes_after_a_waiting_writer_waits);
	tcase_add_test(tests, a_reader_without_patience_does_not_push_in);
	tcase_add_test(tests, each_of_a_queue_of_writers_is_served_once);
	tcase_add_loop_test(tests, readers_go_on_when_the_writer_leaves, 0, 2);
	tcase_add_loop_test(tests, programs_without_the_library_exclude_and_are_excluded, 0, 2);
	tcase_add_test(tests, a_stranger_among_the_readers_does_no_harm);
	return group_run();
}
