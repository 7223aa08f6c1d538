/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 inside the executable (libhdf5.a): the files that it opens are locked, waited for and not
 * touched before, like any other's. */
#include "counter.h"
#include "inside.h"
#include "programs.h"
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const hdf5_locking[] = { "TRUE", "FALSE" };

START_TEST(eight_programs_lose_no_addition)
{
	const char *counter = inside_kinds[_i / 2].counter;
	struct process *runs[8];

	NEEDS_STATIC();
	setting("LOCKEDH5_FILES", inside_kinds[_i / 2].files);
	setting("HDF5_USE_FILE_LOCKING", hdf5_locking[_i % 2]);
	succeeds(RUN(counter, "sum.h5", "create"));
	for (int i = 0; i < 8; i++)
		runs[i] = START(counter, "sum.h5", "100");
	for (int i = 0; i < 8; i++)
		succeeds_silently(finish(runs[i]));
	ck_assert_int_eq(counter_number("sum.h5"), 800);
	locks_become("sum.h5", 0, 0);
}
END_TEST

START_TEST(static_and_dynamic_programs_at_once)
{
	const char *const counters[] = { CLIENT("counter_static"), CLIENT("counter"),
					 CLIENT("counter_stripped") };
	struct process *runs[6];

	NEEDS_STATIC();
	setting("LOCKEDH5_FILES", "*.h5");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	counter_create("sum.h5");
	for (int i = 0; i < 6; i++)
		runs[i] = START(counters[i % 3], "sum.h5", "100");
	for (int i = 0; i < 6; i++)
		succeeds(finish(runs[i]));
	ck_assert_int_eq(counter_number("sum.h5"), 600);
}
END_TEST

START_TEST(the_lock_lasts_as_long_as_the_file_is_open)
{
	struct actor *a, *b;

	NEEDS_STATIC();
	a = actor_inside(_i);
	b = actor_new();
	actor_ok(a, "open f data.h5 r");
	actor_ok(b, "open f data.h5 r");
	locks_are("data.h5", 2, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 1, 0);
	actor_ok(b, "close f");
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	/* HDF5 has it open: it shares, and nothing waits for itself. */
	actor_ok(a, "open g data.h5 rw");
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close g");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "create n new.h5 trunc");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
	locks_become("new.h5", 0, 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* HDF5 itself would empty it first and then fail. */
START_TEST(create_waits_before_it_truncates)
{
	struct actor *reader, *creator;

	NEEDS_STATIC();
	reader = dynamic_holder(_i, "r");
	creator = actor_new();
	actor_tell(creator, "create f data.h5 trunc");
	locks_waiting("data.h5", 1);
	actor_ok(reader, "check f data %d 1", NUMBERS);
	actor_ok(reader, "close f");
	actor_answer_ok(creator);
	locks_are("data.h5", 0, 1);
	ck_assert_int_le(file_size("data.h5"), 4096);
	actor_ok(creator, "write f data %d 9", NUMBERS);
	ck_assert_int_eq(actor_end(creator), 0);
	ck_assert_int_eq(actor_end(reader), 0);
	h5_file_is("data.h5", 9);
}
END_TEST

START_TEST(a_dynamic_program_waits_for_a_static_one)
{
	struct actor *writer, *reader;

	NEEDS_STATIC();
	writer = actor_inside(_i);
	actor_ok(writer, "open f data.h5 rw");
	reader = dynamic_actor();
	actor_tell(reader, "open f data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(writer, "close f");
	actor_answer_ok(reader);
	ck_assert_int_eq(actor_end(writer), 0);
	ck_assert_int_eq(actor_end(reader), 0);
}
END_TEST

START_TEST(who_gives_up_says_why_and_leaves_the_file_alone)
{
	static const char *const jobs[] = { "show", "1", "create" };
	struct actor *holder;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "rw");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "0.1");
	for (int i = 0; i < 3; i++) {
		struct outcome o = RUN(inside_kinds[_i].counter, "data.h5", jobs[i]);

		ck_assert_int_eq(o.status, 1);
		ck_assert_msg(strstr(o.err, "lockedh5: counter_") && strstr(o.err, "'data.h5'") &&
				      strstr(o.err, "is held by") &&
				      strstr(o.err, "raise LOCKEDH5_COUNT (now 2)"),
			      "%s", o.err);
		/* HDF5 puts it in its own words, too. */
		ck_assert_msg(strstr(o.err, "errno = 11"), "%s", o.err);
	}
	actor_ok(holder, "check f data %d 1", NUMBERS);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
	struct actor *holder;
	struct process *waiter;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "rw");
	waiter = START(inside_kinds[_i].counter, "data.h5", "create");
	locks_waiting("data.h5", 1);
	kill(process_pid(waiter), SIGINT);
	ck_assert_int_eq(finish(waiter).status, 128 + SIGINT);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

/* HDF5 looks before, with an open() like any other, which waits. */
START_TEST(excl_leaves_alone_what_is_there)
{
	struct actor *holder, *a;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "r");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_error(a, "create f data.h5 excl");
	actor_ok(a, "create f new.h5 excl");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(what_lockedh5_files_does_not_name_is_left_alone)
{
	struct actor *a;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	inside_use(_i);
	setting("LOCKEDH5_FILES", "*.nc");
	a = actor_new();
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* With symbols only HDF5's open() counts, without them every one that could be HDF5's. */
START_TEST(the_programs_own_files)
{
	bool stripped = strstr(inside_kinds[_i].actor, "stripped");
	struct actor *a;
	int fd;

	NEEDS_STATIC();
	a = actor_inside(_i);
	actor_ok(a, "raw-append data.h5");
	actor_ok(a, "raw-write data.h5");
	locks_are("data.h5", 0, 0);
	fd = atoi(actor_ok(a, "raw-open data.h5"));
	locks_are("data.h5", stripped, 0);
	actor_ok(a, "raw-close %d", fd);
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* Whoever reads, HDF5 or a stripped program itself: nobody writes under that lock. */
START_TEST(a_reader_of_its_own_is_no_cover_for_a_writer)
{
	bool stripped = strstr(inside_kinds[_i].actor, "stripped");
	struct actor *a;
	int fd;

	NEEDS_STATIC();
	a = actor_inside(_i);
	actor_ok(a, "open r data.h5 r");
	actor_error(a, "open w data.h5 rw");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close r");
	if (stripped) {
		fd = atoi(actor_ok(a, "raw-open data.h5"));
		actor_error(a, "open w data.h5 rw");
		actor_ok(a, "raw-close %d", fd);
	}
	actor_ok(a, "open w data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(a_bad_setting_lets_nothing_open)
{
	static const char *const names[] = { "LOCKEDH5_FILES", "LOCKEDH5_WAIT" };
	struct outcome o;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	inside_use(_i % INSIDE_KINDS);
	setting(names[_i / INSIDE_KINDS], "[");
	o = RUN(inside_kinds[_i % INSIDE_KINDS].counter, "data.h5", "show");
	ck_assert_int_eq(o.status, 1);
	ck_assert_msg(strstr(o.err, "='[' is not a valid setting"), "%s", o.err);
}
END_TEST

/* Nothing runs unlocked in silence. */
START_TEST(without_symbols_and_names_it_says_that_nothing_is_locked)
{
	struct outcome o;
	const char *said;

	NEEDS_STATIC();
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "create");
	ck_assert_int_eq(o.status, 0);
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "3");
	ck_assert_int_eq(o.status, 0);
	said = strstr(o.err, "LOCKEDH5_FILES");
	ck_assert_msg(said && strstr(o.err, "not locked"), "%s", o.err);
	ck_assert_msg(!strstr(said + 1, "LOCKEDH5_FILES"), "more than once: %s", o.err);
}
END_TEST

START_TEST(the_same_where_hdf5_does_not_lock)
{
	struct outcome o;

	NEEDS_STATIC();
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "create");
	ck_assert_int_eq(o.status, 0);
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "3");
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(strstr(o.err, "LOCKEDH5_FILES"), "%s", o.err);
}
END_TEST

/* LOCKEDH5_FILES makes programs lock that have HDF5 inside, and no others. */
START_TEST(programs_without_hdf5_inside_lock_nothing)
{
	struct actor *holder;
	struct outcome o;

	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_FILES", "*.h5");
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN("cp", "data.h5", "copy.h5");
	ck_assert_msg(o.status == 0 && !*o.err, "%s", o.err);
	o = RUN("flock", "--nonblock", "other.h5", "cat", "copy.h5");
	ck_assert_msg(o.status == 0 && !*o.err, "%s", o.err);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

START_TEST(python_opens_by_itself_what_its_hdf5_locks)
{
	struct actor *holder;
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	h5_file("data.h5", 1);
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_FILES", "*.h5");
	setting("LOCKEDH5_COUNT", "1");
	o = RUN(PYTHON, "-c",
		"import h5py\nopen('data.h5', 'rb').read()\n"
		"try: h5py.File('data.h5', 'r')\nexcept OSError as e: print('errno = 11' in "
		"str(e))\n");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_str_eq(o.out, "True\n");
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inside");

	tcase_add_loop_test(tests, eight_programs_lose_no_addition, 0, 2 * INSIDE_KINDS);
	tcase_add_test(tests, static_and_dynamic_programs_at_once);
	tcase_add_loop_test(tests, the_lock_lasts_as_long_as_the_file_is_open, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, create_waits_before_it_truncates, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, a_dynamic_program_waits_for_a_static_one, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, who_gives_up_says_why_and_leaves_the_file_alone, 0,
			    INSIDE_KINDS);
	tcase_add_loop_test(tests, a_signal_ends_the_wait, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, excl_leaves_alone_what_is_there, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, what_lockedh5_files_does_not_name_is_left_alone, 0,
			    INSIDE_KINDS);
	tcase_add_loop_test(tests, the_programs_own_files, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, a_reader_of_its_own_is_no_cover_for_a_writer, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, a_bad_setting_lets_nothing_open, 0, 2 * INSIDE_KINDS);
	tcase_add_test(tests, without_symbols_and_names_it_says_that_nothing_is_locked);
	tcase_add_test(tests, the_same_where_hdf5_does_not_lock);
	tcase_add_test(tests, programs_without_hdf5_inside_lock_nothing);
	tcase_add_test(tests, python_opens_by_itself_what_its_hdf5_locks);
	return group_run();
}
