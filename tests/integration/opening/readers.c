/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers share a file; a writer has it alone. */
#include "support.h"

enum { READERS = 8 };

static const char *const locking[] = { NULL, "FALSE", "TRUE", "BEST_EFFORT" };

static void open_all(struct actor *readers[])
{
	for (int i = 0; i < READERS; i++) {
		readers[i] = actor_new();
		actor_ok(readers[i], "open r data.h5 r");
	}
}

START_TEST(a_writer_waits_for_the_last_of_eight_readers)
{
	struct actor *readers[READERS], *writer;

	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file("data.h5", 1);
	open_all(readers);
	locks_are("data.h5", READERS, 0);
	writer = actor_new();
	actor_tell(writer, "open w data.h5 rw");
	locks_waiting("data.h5", 1);
	for (int i = 0; i < READERS; i++) {
		ck_assert_ptr_eq(actor_answer_within(writer, 0.01), NULL);
		actor_ok(readers[i], "check r data %d 1", NUMBERS);
		actor_ok(readers[i], "close r");
	}
	actor_answer_ok(writer);
	locks_are("data.h5", 0, 1);
	actor_ok(writer, "write w data %d 2", NUMBERS);
	actor_ok(writer, "close w");
	h5_file_is("data.h5", 2);
}
END_TEST

START_TEST(eight_readers_wait_for_a_writer)
{
	struct actor *readers[READERS], *writer;

	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file("data.h5", 1);
	writer = actor_new();
	actor_ok(writer, "open w data.h5 rw");
	for (int i = 0; i < READERS; i++) {
		readers[i] = actor_new();
		actor_tell(readers[i], "open r data.h5 r");
		locks_waiting("data.h5", i + 1);
	}
	actor_ok(writer, "write w data %d 2", NUMBERS);
	for (int i = 0; i < READERS; i++)
		ck_assert_ptr_eq(actor_answer_within(readers[i], 0), NULL);
	actor_ok(writer, "close w");
	for (int i = 0; i < READERS; i++)
		actor_answer_ok(readers[i]);
	locks_become("data.h5", READERS, 0);
	for (int i = 0; i < READERS; i++)
		actor_ok(readers[i], "check r data %d 2", NUMBERS);
}
END_TEST

START_TEST(a_reader_that_may_not_wait_fails_while_a_writer_has_the_file)
{
	struct actor *writer;

	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file("data.h5", 1);
	writer = actor_new();
	actor_ok(writer, "open w data.h5 rw");
	setting("LOCKEDH5_COUNT", "1");
	gave_up(actor_ask(actor_new(), "open r data.h5 r"), "data.h5");
	locks_are("data.h5", 0, 1);
}
END_TEST

/* Whoever uses HDF5's own lock, without the library, is excluded, too. */
START_TEST(programs_without_the_library_are_excluded)
{
	struct actor *writer, *stranger;

	NEEDS_HDF5_WITH("locks");
	h5_file("data.h5", 1);
	writer = actor_new();
	actor_ok(writer, "open w data.h5 rw");
	preload(false);
	stranger = actor_new();
	actor_error(stranger, "open s data.h5 r");
	actor_ok(writer, "close w");
	actor_ok(stranger, "open s data.h5 r");
	preload(true);
	writer = actor_new();
	actor_tell(writer, "create w data.h5 trunc");
	locks_waiting("data.h5", 1);
	actor_ok(stranger, "check s data %d 1", NUMBERS);
	actor_ok(stranger, "close s");
	actor_answer_ok(writer);
}
END_TEST

int main(void)
{
	TCase *tests = group("readers");

	tcase_add_loop_test(tests, a_writer_waits_for_the_last_of_eight_readers, 0, 4);
	tcase_add_loop_test(tests, eight_readers_wait_for_a_writer, 0, 4);
	tcase_add_loop_test(tests, a_reader_that_may_not_wait_fails_while_a_writer_has_the_file, 0,
			    4);
	tcase_add_test(tests, programs_without_the_library_are_excluded);
	return group_run();
}
