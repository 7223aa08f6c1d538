/* SPDX-License-Identifier: BSD-3-Clause */
/* H5Fcreate(H5F_ACC_TRUNC) on a file that somebody uses: HDF5 alone empties it and then fails. */
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How the holder has the file open. */
static const struct {
	const char *name, *first, *second;
	bool writes;
} holders[] = {
	{ "reading", "open a data.h5 r", NULL, false },
	{ "read-write", "open a data.h5 rw", NULL, true },
	{ "just created", "create a data.h5 trunc", NULL, true },
	{ "SWMR write", "open a data.h5 rw swmr", NULL, true },
	{ "just created, then SWMR write", "create a data.h5 trunc", "startswmr a", true },
};
static const char *const locking[] = { NULL, "FALSE", "TRUE", "BEST_EFFORT" };

enum { HOLDERS = 5, CASES = HOLDERS * 4 };

/* The holder with the whole file in use, its data on disk. */
static struct actor *holder(int test)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", locking[test / HOLDERS]);
	h5_file_for_swmr("data.h5", NUMBERS);
	a = actor_new();
	actor_ok(a, "libver latest");
	actor_ok(a, "%s", holders[test % HOLDERS].first);
	if (!strncmp(holders[test % HOLDERS].first, "create", 6))
		actor_ok(a, "write a data %d 1", NUMBERS);
	if (holders[test % HOLDERS].second)
		actor_ok(a, "%s", holders[test % HOLDERS].second);
	if (holders[test % HOLDERS].writes)
		actor_ok(a, "flush a");
	return a;
}

#define NEEDS_HOLDER(test)                                          \
	do {                                                        \
		if (strstr(holders[(test) % HOLDERS].name, "SWMR")) \
			NEEDS_HDF5_WITH("swmr");                    \
	} while (0)

/* It reads, and if it may, writes, to the last value; VALUE is what it leaves in the file. */
static int works_on(struct actor *a, int test)
{
	actor_ok(a, "check a data %d 1", NUMBERS);
	if (!holders[test % HOLDERS].writes)
		return 1;
	actor_ok(a, "write a data %d 500", NUMBERS);
	actor_ok(a, "check a data %d 500", NUMBERS);
	return 500;
}

START_TEST(who_may_not_wait_fails_and_leaves_no_trace)
{
	NEEDS_HOLDER(_i);
	struct actor *a = holder(_i), *b;
	int value;

	long size = file_size("data.h5");

	setting("LOCKEDH5_COUNT", "1");
	b = actor_new();
	gave_up(actor_ask(b, "create b data.h5 trunc"), "data.h5");
	ck_assert_int_eq(file_size("data.h5"), size);
	ck_assert_str_eq(RUN("ls").out, "data.h5\n");
	value = works_on(a, _i);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
	h5_file_is("data.h5", value);
	/* The loser can go on as if nothing had happened. */
	actor_ok(b, "create b data.h5 trunc");
	actor_ok(b, "write b data %d 9", NUMBERS);
	actor_ok(b, "close b");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
	h5_file_is("data.h5", 9);
}
END_TEST

START_TEST(who_waits_gets_the_file_when_its_holder_is_done)
{
	NEEDS_HOLDER(_i);
	struct actor *a = holder(_i), *b;
	long size = file_size("data.h5");

	b = actor_new();
	actor_tell(b, "create b data.h5 trunc");
	locks_waiting("data.h5", 1);
	ck_assert_int_eq(file_size("data.h5"), size);
	works_on(a, _i);
	keeps_waiting(b, 0);
	actor_ok(a, "close a");
	actor_answer_ok(b);
	locks_are("data.h5", 0, 1);
	actor_ok(b, "write b data %d 9", NUMBERS);
	actor_ok(b, "close b");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
	locks_are("data.h5", 0, 0);
	h5_file_is("data.h5", 9);
}
END_TEST

START_TEST(a_patience_that_ends_leaves_no_trace)
{
	NEEDS_HOLDER(_i);
	struct actor *a = holder(_i), *b;
	double start;

	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "0.1");
	b = actor_new();
	start = seconds_now();
	gave_up(actor_ask(b, "create b data.h5 trunc"), "data.h5");
	ck_assert(seconds_now() - start >= 0.19);
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	actor_ok(a, "close a");
	h5_file_is("data.h5", 1);
}
END_TEST

/* Truncating is only one of the things that must not happen. */
START_TEST(nor_may_anyone_write_a_file_in_use)
{
	NEEDS_HOLDER(_i);
	struct actor *a = holder(_i), *b;

	setting("LOCKEDH5_COUNT", "1");
	b = actor_new();
	gave_up(actor_ask(b, "open b data.h5 rw"), "data.h5");
	ck_assert_int_eq(actor_end(a), 0);
	actor_ok(b, "open b data.h5 rw");
	locks_are("data.h5", 0, 1);
}
END_TEST

START_TEST(a_swmr_writer_lets_readers_in_and_writers_not)
{
	NEEDS_HDF5_WITH("swmr");
	static const int swmr_holder[] = { 3, 4 };
	struct actor *a = holder(swmr_holder[_i % 2] + _i / 2 * HOLDERS), *b;

	setting("LOCKEDH5_COUNT", "1");
	locks_are("data.h5", 1, 0);
	b = actor_new();
	actor_ok(b, "open b data.h5 r swmr");
	actor_ok(b, "check b data %d 1", NUMBERS);
	actor_ok(a, "write a data %d 77", NUMBERS);
	actor_ok(a, "flush a");
	actor_ok(b, "close b");
	actor_ok(b, "open b data.h5 r swmr");
	actor_ok(b, "check b data %d 77", NUMBERS);
	gave_up(actor_ask(actor_new(), "open c data.h5 rw"), "data.h5");
	actor_ok(a, "close a");
	locks_are("data.h5", 1, 0);
	actor_ok(b, "close b");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* HDF5 would cut it at its end, if it gets there. */
START_TEST(an_old_file_is_empty_when_it_is_created_anew)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file("data.h5", 1);
	ck_assert_int_ge((int)file_size("data.h5"), NUMBERS);
	a = actor_new();
	actor_ok(a, "create a data.h5 trunc");
	ck_assert_int_lt((int)file_size("data.h5"), NUMBERS);
	actor_kill(a, SIGKILL);
	actor_end(a);
	ck_assert_int_lt((int)file_size("data.h5"), NUMBERS);
}
END_TEST

/* O_TRUNC means nothing there, but ftruncate() is an error. */
START_TEST(a_device_is_not_truncated)
{
	char said[2][4096];

	for (int with = 0; with < 2; with++) {
		struct actor *a;

		preload(with);
		a = actor_new();
		snprintf(said[with], sizeof(said[with]), "%s",
			 actor_ask(a, "create a /dev/null trunc"));
		actor_kill(a, SIGKILL);
		actor_end(a);
	}
	ck_assert_str_eq(said[0], said[1]);
}
END_TEST

/* As h5import does it: H5Fcreate right after an H5Fopen that gave up, when the file has just become
 * free.  Who calls again has not taken it for a missing file. */
START_TEST(who_gave_up_opening_does_not_take_the_file_for_a_missing_one)
{
	struct actor *a, *b;

	h5_file("data.h5", 1);
	h5_file("other.h5", 2);
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	b = actor_new();
	for (int i = 0; i < 2; i++) {
		actor_ok(a, "open a data.h5 rw");
		gave_up(actor_ask(b, i ? "open b data.h5 r" : "open b data.h5 rw"), "data.h5");
		actor_ok(a, "close a");
		ck_assert_ptr_nonnull(strstr(actor_error(b, "create b data.h5 trunc"),
					     "call again to replace it"));
		h5_file_is("data.h5", 1);
	}
	actor_ok(b, "create b data.h5 trunc");
	actor_ok(b, "close b");

	/* Another file has nothing to do with it. */
	actor_ok(a, "open a data.h5 rw");
	gave_up(actor_ask(b, "open b data.h5 rw"), "data.h5");
	actor_ok(b, "create b other.h5 trunc");
	actor_ok(b, "close b");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* By then the same number may be another file's. */
START_TEST(what_was_given_up_long_ago_may_be_replaced)
{
	struct actor *a = holder_of_data(), *b = patient_actor("1", "10");

	gave_up(actor_ask(b, "open b data.h5 r"), "data.h5");
	actor_ok(a, "close a");
	sleep(6);
	actor_ok(b, "create b data.h5 trunc");
}
END_TEST

START_TEST(who_was_interrupted_does_not_take_the_file_for_a_missing_one)
{
	struct actor *holder = holder_of_data(), *late = patient_actor("inf", "10");

	actor_ok(late, "handle %d plain", SIGINT);
	actor_tell(late, "open a data.h5 r");
	locks_waiting("data.h5", 1);
	actor_kill(late, SIGINT);
	ck_assert_ptr_nonnull(strstr(actor_answer_error(late), "interrupted by a signal"));
	actor_ok(holder, "close a");
	actor_error(late, "create a data.h5 trunc");
	h5_file_is("data.h5", 1);
	/* Whoever says so twice means it. */
	actor_ok(late, "create a data.h5 trunc");
}
END_TEST

int main(void)
{
	TCase *tests = group("truncation");

	tcase_add_loop_test(tests, who_may_not_wait_fails_and_leaves_no_trace, 0, CASES);
	tcase_add_loop_test(tests, who_waits_gets_the_file_when_its_holder_is_done, 0, CASES);
	tcase_add_loop_test(tests, a_patience_that_ends_leaves_no_trace, 0, HOLDERS);
	tcase_add_loop_test(tests, nor_may_anyone_write_a_file_in_use, 0, HOLDERS);
	tcase_add_loop_test(tests, a_swmr_writer_lets_readers_in_and_writers_not, 0, 8);
	tcase_add_loop_test(tests, an_old_file_is_empty_when_it_is_created_anew, 0, 4);
	tcase_add_test(tests, a_device_is_not_truncated);
	tcase_add_test(tests, who_gave_up_opening_does_not_take_the_file_for_a_missing_one);
	tcase_add_test(tests, what_was_given_up_long_ago_may_be_replaced);
	tcase_add_test(tests, who_was_interrupted_does_not_take_the_file_for_a_missing_one);
	return group_run();
}
