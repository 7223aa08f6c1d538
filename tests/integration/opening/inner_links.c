/* SPDX-License-Identifier: BSD-3-Clause */
/* External links: the file that HDF5 opens behind one gets the lock, the waiting and the error of
 * all others.  What is true of the sources of virtual datasets, too, is tested of both. */
#include "parent.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Somebody writes target.h5, and READER, who has parent.h5 open, will try to read it this often
 * (NULL: as often as by default). */
static void target_is_held(const char *count, struct actor **holder, struct actor **reader)
{
	setting("LOCKEDH5_COUNT", count);
	*holder = actor_new();
	*reader = with_parent("r");
	actor_ok(*holder, "open t target.h5 rw");
}

/* --- external links ------------------------------------------------------------ */

static const struct {
	const char *parent, *open;
	int shared, exclusive;
} modes[] = {
	{ "r", "dataset-open p x", 1, 0 },    { "rw", "dataset-open p x", 0, 1 },
	{ "rw", "link-open p x r", 1, 0 },    { "r", "link-open p x rw", 0, 1 },
	{ "rw", "link-open p x sec2", 0, 1 },
};
enum { MODES = 5 };

START_TEST(a_target_is_locked_as_long_as_it_is_open)
{
	struct actor *a;

	begin_with_parent(_i);
	a = with_parent(modes[_i / LOCKINGS].parent);
	locks_are("target.h5", 0, 0);
	actor_ok(a, "%s", modes[_i / LOCKINGS].open);
	locks_are("target.h5", modes[_i / LOCKINGS].shared, modes[_i / LOCKINGS].exclusive);
	actor_ok(a, "dataset-check p %d 1", NUMBERS);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
	actor_ok(a, "check p self 100 5");
	actor_ok(a, "close p");
	locks_are("parent.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* What can be read through the parent. */
static const char *const datasets[] = { "x", "v" };
enum { DATASETS = 2 };

START_TEST(who_reads_waits_and_gets_what_was_written)
{
	const char *name = datasets[_i / LOCKINGS];
	struct actor *holder, *reader;

	if (_i / LOCKINGS == 1)
		NEEDS_HDF5_WITH("virtual");
	begin_with_parent(_i);
	target_is_held(NULL, &holder, &reader);
	actor_tell(reader, "check p %s %d 700", name, NUMBERS);
	locks_waiting("target.h5", 1);
	actor_ok(holder, "write t data %d 700", NUMBERS);
	ck_assert_ptr_eq(actor_answer_within(reader, 0), NULL);
	actor_ok(holder, "close t");
	actor_answer_ok(reader);
	actor_ok(reader, "close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(who_writes_through_a_link_waits)
{
	struct actor *holder, *writer;

	begin_with_parent(_i);
	holder = actor_new();
	writer = with_parent("rw");
	actor_ok(holder, "open t target.h5 r");
	actor_tell(writer, "write p x %d 70", NUMBERS);
	locks_waiting("target.h5", 1);
	actor_ok(holder, "check t data %d 1", NUMBERS);
	actor_ok(holder, "close t");
	actor_answer_ok(writer);
	actor_ok(writer, "close p");
	h5_file_is("target.h5", 70);
}
END_TEST

/* HDF5 looks at several paths, which often lead to one file. */
START_TEST(who_gives_up_has_waited_once_and_is_told_why)
{
	const char *name = datasets[_i / LOCKINGS];
	struct actor *holder, *reader;
	double start;

	if (_i / LOCKINGS == 1)
		NEEDS_HDF5_WITH("virtual");
	begin_with_parent(_i);
	setting("LOCKEDH5_WAIT", "3");
	target_is_held("2", &holder, &reader);
	for (int i = 0; i < 2; i++) {
		start = seconds_now();
		gave_up(actor_ask(reader, "check p %s %d 1", name, NUMBERS), "target.h5");
		ck_assert_double_ge(seconds_now() - start, 2.9);
		ck_assert_double_le(seconds_now() - start, 5.9);
		ck_assert_int_eq(waiters_on("target.h5"), 0);
		locks_are("target.h5", 0, 1);
	}
	/* Neither HDF5 nor the library remembers it. */
	actor_ok(holder, "close t");
	actor_ok(reader, "check p %s %d 1", name, NUMBERS);
	actor_ok(reader, "check p own 100 5");
	actor_ok(reader, "close p");
	ck_assert_int_eq(actor_end(reader), 0);
}
END_TEST

/* The next call's error is its own. */
START_TEST(an_old_refusal_does_not_explain_a_new_error)
{
	struct actor *holder, *reader;

	begin_with_parent(_i);
	target_is_held("1", &holder, &reader);
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	ck_assert_ptr_eq(strstr(actor_error(reader, "check p missing 1 1"), "target.h5"), NULL);
	ck_assert_ptr_eq(strstr(actor_error(reader, "check p none 1 1"), "target.h5"), NULL);
	gave_up(actor_ask(reader, "exists p x"), "target.h5");
	ck_assert_ptr_nonnull(strstr(actor_error(reader, "check p missing 1 1"), "nowhere.h5"));
	actor_ok(reader, "printing on");
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	actor_ok(reader, "printing off");
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

/* HDF5 sets no errno for a name that is not in the file: it stays the program's. */
START_TEST(errno_is_the_programs_own_where_nothing_sets_it)
{
	struct actor *without, *with;
	const char *answer;

	begin_with_parent(_i);
	without = actor_without_library();
	actor_ok(without, "open p parent.h5 r");
	answer = actor_error(without, "exists p none/x");
	with = with_parent("r");
	ck_assert_str_eq(actor_error(with, "exists p none/x"), answer);
	ck_assert_int_eq(actor_end(with), 0);
	ck_assert_int_eq(actor_end(without), 0);
}
END_TEST

/* First beside the link's path, where it is held, and last beside the file that this leads to. */
START_TEST(errno_says_it_even_if_hdf5_then_looks_where_nothing_is)
{
	struct actor *holder, *reader;

	begin_with_parent(_i);
	ck_assert_int_eq(mkdir("elsewhere", 0777), 0);
	ck_assert_int_eq(rename("parent.h5", "elsewhere/parent.h5"), 0);
	ck_assert_int_eq(symlink("elsewhere/parent.h5", "parent.h5"), 0);
	target_is_held("1", &holder, &reader);
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

START_TEST(what_is_behind_a_refused_link_is_not_missing)
{
	struct actor *holder, *a;

	begin_with_parent(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	a = with_parent("r");
	ck_assert_str_eq(actor_ok(a, "exists p x"), "1");
	ck_assert_str_eq(actor_ok(a, "exists p missing"), "0");
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(a, "exists p x"), "target.h5");
	actor_ok(a, "create n new.h5 trunc");
	gave_up(actor_ask(a, "copy p / n all"), "target.h5");
	actor_ok(holder, "close t");
	ck_assert_str_eq(actor_ok(a, "exists p x"), "1");
	actor_ok(a, "copy p / n again");
	actor_ok(a, "close n");
	actor_ok(holder, "open t target.h5 rw");
	actor_ok(a, "open n new.h5 r");
	actor_ok(a, "check n again/x %d 1", NUMBERS);
}
END_TEST

START_TEST(no_such_file_is_no_reason_to_wait)
{
	struct actor *a;
	double start;

	begin_with_parent(_i);
	a = with_parent("r");
	start = seconds_now();
	ck_assert_ptr_nonnull(strstr(actor_error(a, "check p missing 1 1"), "nowhere.h5"));
	if (has_virtual(a)) {
		/* Fill values, as HDF5 has it. */
		ck_assert_ptr_nonnull(
			strstr(actor_error(a, "check p nothing 10 1"), "number 0 is -1"));
	}
	ck_assert_double_le(seconds_now() - start, 20);
}
END_TEST

static const char *const stops[] = { "plain", "restart" };

START_TEST(a_signal_ends_the_wait)
{
	struct actor *holder, *reader;

	begin_with_parent(_i);
	target_is_held(NULL, &holder, &reader);
	actor_ok(reader, "handle 2 %s", stops[_i / LOCKINGS]);
	actor_tell(reader, "check p x %d 1", NUMBERS);
	locks_waiting("target.h5", 1);
	actor_kill(reader, 2);
	ck_assert_ptr_nonnull(strstr(actor_answer_error(reader), "interrupted by a signal"));
	ck_assert_str_eq(actor_ok(reader, "handled 2"), "1");
	ck_assert_int_eq(waiters_on("target.h5"), 0);
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

/* --- the same process ------------------------------------------------------------ */

START_TEST(a_process_never_waits_for_itself)
{
	const char *mode = _i / LOCKINGS ? "rw" : "r";
	int shared = !(_i / LOCKINGS), exclusive = !shared;
	struct actor *a;

	begin_with_parent(_i);
	setting("LOCKEDH5_COUNT", "1");
	a = with_parent(mode);
	actor_ok(a, "open t target.h5 %s", mode);
	actor_ok(a, "dataset-open p x");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "dataset-check p %d 1", NUMBERS);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "dataset-open p x");
	actor_ok(a, "close t");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "open t target.h5 %s", mode);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", shared, exclusive);
	if (has_virtual(a))
		actor_ok(a, "check p v %d 1", NUMBERS);
	actor_ok(a, "close t");
	actor_ok(a, "close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(a_forked_child_does_not_trust_what_its_parent_has)
{
	struct actor *a;

	begin_with_parent(_i);
	a = with_parent("r");
	actor_ok(a, "open t target.h5 rw");
	actor_ok(a, "fork live");
	ck_assert_ptr_nonnull(strstr(actor_error(a, "child check p x %d 1", NUMBERS), "forked"));
	actor_ok(a, "child-end");
	actor_ok(a, "check p x %d 1", NUMBERS);
	locks_are("target.h5", 0, 1);
}
END_TEST

/* One thread waits in HDF5, the other before it. */
START_TEST(two_threads_that_wait_both_get_it)
{
	const char *mode = _i / LOCKINGS % 2 ? "rw" : "r";
	bool link_first = _i / LOCKINGS / 2;
	struct actor *holder, *a;

	NEEDS_HDF5_WITH("threads");
	begin_with_parent(_i);
	/* Nothing else makes the second one look again. */
	setting("LOCKEDH5_COUNT", "inf");
	setting("LOCKEDH5_WAIT", "1000000");
	setting("LOCKEDH5_VERBOSE", "0");
	for (int i = 0; i < 10; i++) {
		holder = actor_new();
		a = with_parent(mode);
		actor_ok(holder, "open t target.h5 rw");
		if (link_first)
			actor_ok(a, "background-check p x %d 1", NUMBERS);
		else
			actor_ok(a, "background-open t target.h5 %s", mode);
		locks_waiting("target.h5", 1);
		if (link_first)
			actor_tell(a, "open t target.h5 %s", mode);
		else
			actor_tell(a, "check p x %d 1", NUMBERS);
		if (i % 2)
			usleep(20000);
		actor_ok(holder, "close t");
		actor_answer_ok(a);
		actor_ok(a, link_first ? "background-result" : "background-join");
		actor_ok(a, "close t");
		actor_ok(a, "close p");
		locks_are("target.h5", 0, 0);
		ck_assert_int_eq(actor_end(a), 0);
		ck_assert_int_eq(actor_end(holder), 0);
	}
}
END_TEST

int main(void)
{
	TCase *tests = group("inner_links");

	tcase_add_loop_test(tests, a_target_is_locked_as_long_as_it_is_open, 0, MODES * LOCKINGS);
	tcase_add_loop_test(tests, who_reads_waits_and_gets_what_was_written, 0,
			    DATASETS * LOCKINGS);
	tcase_add_loop_test(tests, who_writes_through_a_link_waits, 0, LOCKINGS);
	tcase_add_loop_test(tests, who_gives_up_has_waited_once_and_is_told_why, 0,
			    DATASETS * LOCKINGS);
	tcase_add_loop_test(tests, an_old_refusal_does_not_explain_a_new_error, 0, LOCKINGS);
	tcase_add_loop_test(tests, errno_is_the_programs_own_where_nothing_sets_it, 0, LOCKINGS);
	tcase_add_loop_test(tests, errno_says_it_even_if_hdf5_then_looks_where_nothing_is, 0,
			    LOCKINGS);
	tcase_add_loop_test(tests, what_is_behind_a_refused_link_is_not_missing, 0, LOCKINGS);
	tcase_add_loop_test(tests, no_such_file_is_no_reason_to_wait, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_signal_ends_the_wait, 0, 2 * LOCKINGS);
	tcase_add_loop_test(tests, a_process_never_waits_for_itself, 0, 2 * LOCKINGS);
	tcase_add_loop_test(tests, a_forked_child_does_not_trust_what_its_parent_has, 0, LOCKINGS);
	tcase_add_loop_test(tests, two_threads_that_wait_both_get_it, 0, 4 * LOCKINGS);
	return group_run();
}
