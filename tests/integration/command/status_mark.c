/* SPDX-License-Identifier: BSD-3-Clause */
/* What lockedh5 status says of the mark that HDF5 leaves in a file that somebody writes: whether
 * the writer is alive. */
#include "programs.h"
#include "status_table.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char alive[] = ", and a writer has it open\n", left_over[] = "h5clear -s '";

/* The command that it recommends does what it says, and h5py can open the file again. */
START_TEST(a_mark_that_a_killed_writer_left)
{
	struct process *writer;
	struct outcome outcome;
	char *command, *end;

	NEEDS_THE_HOST();
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no h5py");
	NEEDS("command -v h5clear", "no h5clear");
	preload(false);
	ck_assert_int_eq(rename("data.h5", "it's.h5"), 0);
	writer = h5py_with("h5py.File('it\\'s.h5', 'r+', libver='latest')");
	outcome = status("it's.h5");
	has(outcome.out, "it's.h5: marked as open for writing");
	has(outcome.out, alive);
	ck_assert_ptr_null(strstr(outcome.out, left_over));
	stop(writer);

	/* What it advises must not be taken for an option. */
	ck_assert_int_eq(rename("it's.h5", "-x.h5"), 0);
	has(RUN(LAUNCHER, "status", "--", "-x.h5").out, "h5clear -s './-x.h5'");
	ck_assert_int_eq(rename("-x.h5", "it's.h5"), 0);

	outcome = status("it's.h5");
	ck_assert_int_eq(outcome.status, 0);
	has(outcome.out, "it's.h5: marked as open for writing, but no writer is ");
	ck_assert_ptr_null(strstr(outcome.out, alive));
	command = strstr(outcome.out, "h5clear -s ");
	ck_assert_ptr_nonnull(command);
	end = strstr(command, " takes the mark away");
	ck_assert_ptr_nonnull(end);
	*end = 0;
	ck_assert_int_ne(RUN("h5dump", "-H", "it's.h5").status, 0);
	outcome = RUN("sh", "-c", command);
	ck_assert_msg(outcome.status == 0, "%s: %s", command, outcome.err);
	ck_assert_ptr_null(strstr(status("it's.h5").out, "marked"));
	h5_file_is("it's.h5", 1);
}
END_TEST

/* HDF5 takes the lock from a SWMR writer; the library gives it a shared one. */
START_TEST(a_writer_that_lets_readers_in)
{
	NEEDS_THE_HOST();
	NEEDS_HDF5_WITH("swmr");
	for (int with = 0; with < 2; with++) {
		struct actor *writer;
		struct outcome outcome;

		preload(with);
		writer = actor_new();
		actor_ok(writer, "libver latest");
		actor_ok(writer, "open a data.h5 rw swmr");
		outcome = status("data.h5");
		ck_assert_int_eq(outcome.status, 1);
		has_row(outcome.out, with ? "holds" : "writes", with ? "shared" : "unlocked",
			actor_pid(writer), "actor");
		has(outcome.out, "data.h5: marked as open for SWMR writing");
		has(outcome.out, alive);
		actor_ok(writer, "close a");
		ck_assert_int_eq(actor_end(writer), 0);
		ck_assert_ptr_null(strstr(status("data.h5").out, "marked"));
	}
}
END_TEST

/* A reader, or one who waits to write, is not the writer who left the mark. */
START_TEST(a_left_over_mark_while_others_hold_and_wait)
{
	struct actor *writer = actor_new();
	struct process *reader, *waiter;
	struct outcome outcome;

	NEEDS_HDF5_WITH("marks");
	actor_ok(writer, "open a data.h5 rw");
	actor_kill(writer, SIGKILL);
	actor_end(writer);
	preload(false);
	reader = START("flock", "-s", "data.h5", "sleep", "1000");
	locks_become("data.h5", 1, 0);
	preload(true);
	waiter = START("h5copy", "-i", "data.h5", "-o", "data.h5", "-s", "data", "-d", "copy");
	locks_waiting("data.h5", 1);
	outcome = status("data.h5");
	ck_assert_int_eq(outcome.status, 1);
	has(outcome.out, "marked as open for writing, but no writer is ");
	stop(waiter);
	stop(reader);
}
END_TEST

/* The writer could be one of the processes that are not visible. */
START_TEST(a_left_over_mark_that_nobody_looks_at)
{
	struct actor *writer = actor_new();
	struct outcome outcome;

	NEEDS_THE_HOST();
	NEEDS_HDF5_WITH("marks");
	NEEDS(AS_NOBODY(LAUNCHER " --version"), NO_NOBODY);
	actor_ok(writer, "open a data.h5 rw");
	actor_kill(writer, SIGKILL);
	actor_end(writer);
	preload(false);
	outcome = RUN("sh", "-c", AS_NOBODY(LAUNCHER " status data.h5"));
	has(outcome.out, "marked as open for writing, but no writer is visible from here");
	ck_assert_int_eq(outcome.status, 0);
}
END_TEST

START_TEST(a_mark_behind_a_user_block)
{
	struct actor *writer = actor_new();

	NEEDS_HDF5_WITH("marks");
	actor_ok(writer, "open a data.h5 rw");
	actor_kill(writer, SIGKILL);
	actor_end(writer);
	preload(false);
	ck_assert_int_eq(RUN("sh", "-c",
			     "for n in 512 2048; do head -c $n /dev/zero | cat - data.h5 >$n; done")
				 .status,
			 0);
	has(status("512").out, "512: marked as open for writing");
	has(status("2048").out, "2048: marked as open for writing");
}
END_TEST

/* The byte is there in version 2, too, but no writer marks a file in it. */
START_TEST(an_older_superblock_has_no_mark)
{
	struct outcome outcome;

	NEEDS_THE_HOST();
	ck_assert_int_eq(
		RUN("sh", "-c", "printf '\\211HDF\\r\\n\\032\\n\\002\\010\\010\\005' >version-2")
			.status,
		0);
	outcome = status("version-2");
	ck_assert_int_eq(outcome.status, 0);
	has(outcome.out, "version-2  free");
	ck_assert_ptr_null(strstr(outcome.out, "marked"));
}
END_TEST

int main(void)
{
	TCase *tests = group("status_mark");

	tcase_add_checked_fixture(tests, make_markable_data, NULL);
	tcase_add_test(tests, a_mark_that_a_killed_writer_left);
	tcase_add_test(tests, a_writer_that_lets_readers_in);
	tcase_add_test(tests, a_left_over_mark_while_others_hold_and_wait);
	tcase_add_test(tests, a_left_over_mark_that_nobody_looks_at);
	tcase_add_test(tests, a_mark_behind_a_user_block);
	tcase_add_test(tests, an_older_superblock_has_no_mark);
	return group_run();
}
