/* SPDX-License-Identifier: BSD-3-Clause */
/* SWMR: one writer that lets readers in, and nobody else.  What others may not do to its file is in
 * truncation.c. */
#include "programs.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const locking[] = { NULL, "FALSE" };
enum { LOCKINGS = 2, READERS = 4 };

/* HDF5 unlocks, locks and unlocks again; a reader who came in between would make it fail. */
START_TEST(waiting_readers_dont_make_startswmr_fail)
{
	struct actor *writer, *readers[READERS];

	NEEDS_HDF5_WITH("swmr");
	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file_for_swmr("data.h5", 100);
	writer = actor_new();
	actor_ok(writer, "libver latest");
	for (int i = 0; i < READERS; i++)
		readers[i] = actor_new();
	for (int turn = 0; turn < 150; turn++) {
		actor_ok(writer, "open a data.h5 rw");
		for (int i = 0; i < READERS; i++)
			actor_tell(readers[i], "open b data.h5 r swmr");
		locks_waiting("data.h5", READERS);
		actor_ok(writer, "startswmr a");
		for (int i = 0; i < READERS; i++)
			actor_answer_ok(readers[i]);
		locks_are("data.h5", 1 + READERS, 0);
		for (int i = 0; i < READERS; i++)
			actor_tell(readers[i], "close b");
		for (int i = 0; i < READERS; i++)
			actor_answer_ok(readers[i]);
		actor_ok(writer, "close a");
	}
	locks_are("data.h5", 0, 0);
}
END_TEST

START_TEST(a_start_that_fails_leaves_the_writer_alone)
{
	struct actor *a;

	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file("old.h5", 1);
	a = actor_new();
	actor_ok(a, "open a old.h5 rw");
	ck_assert_ptr_eq(strstr(actor_error(a, "startswmr a"), "errno = 11"), NULL);
	locks_are("old.h5", 0, 1);
	actor_ok(a, "close a");
	locks_are("old.h5", 0, 0);
}
END_TEST

START_TEST(readers_read_what_the_writer_writes)
{
	struct actor *writer, *reader;

	NEEDS_HDF5_WITH("swmr");
	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	setting("LOCKEDH5_COUNT", "1");
	h5_file_for_swmr("data.h5", 100);
	writer = actor_new();
	reader = actor_new();
	actor_ok(writer, "libver latest");
	actor_ok(writer, "open a data.h5 rw swmr");
	actor_ok(reader, "open b data.h5 r swmr");
	for (int value = 2; value < 50; value++) {
		actor_ok(writer, "write a data 100 %d", value);
		actor_ok(writer, "flush a");
		if (value % 2) {
			actor_ok(reader, "close b");
			actor_ok(reader, "open b data.h5 r swmr");
		}
		actor_ok(reader, "check b data 100 %d", value);
		locks_are("data.h5", 2, 0);
	}
	gave_up(actor_ask(actor_new(), "open c data.h5 rw"), "data.h5");
	gave_up(actor_ask(actor_new(), "create c data.h5 trunc"), "data.h5");
	if (strncmp(actor_ask(writer, "delete nothing.h5"), "error no H5Fdelete", 18) != 0)
		gave_up(actor_ask(actor_new(), "delete data.h5"), "data.h5");
	actor_ok(writer, "close a");
	actor_ok(reader, "close b");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* A SWMR writer may have its file for days. */
START_TEST(a_second_writer_that_waits_does_not_stop_readers)
{
	struct actor *writer, *second, *reader;

	NEEDS_HDF5_WITH("swmr");
	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	h5_file_for_swmr("data.h5", 100);
	writer = actor_new();
	second = actor_new();
	actor_ok(writer, "libver latest");
	actor_ok(writer, "open a data.h5 rw swmr");
	actor_tell(second, "open b data.h5 rw");
	locks_waiting("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	reader = actor_new();
	actor_ok(reader, "open c data.h5 r swmr");
	actor_ok(reader, "check c data 100 1");
	actor_ok(reader, "close c");
	ck_assert_ptr_eq(actor_answer_within(second, 0), NULL);
	actor_ok(writer, "close a");
	actor_answer_ok(second);
	gave_up(actor_ask(reader, "open c data.h5 r swmr"), "data.h5");
}
END_TEST

/* --- h5py -------------------------------------------------------------------- */

static const char *const intruders[] = {
	"h5py.File('data.h5', 'w')",
	"h5py.File('data.h5', 'r+')",
	"h5py.File('data.h5', 'a')",
};
enum { INTRUDERS = 3 };

static void nobody_else_gets_in(void)
{
	char code[256];

	for (int i = 0; i < INTRUDERS; i++) {
		struct outcome o;

		snprintf(code, sizeof(code),
			 "import h5py\n"
			 "try: %s\n"
			 "except OSError as error: print(error)", /* no other in h5py 2 */
			 intruders[i]);
		o = RUN("env", "LOCKEDH5_COUNT=1", PYTHON, "-c", code);
		ck_assert_msg(o.status == 0, "%s", o.err);
		/* h5py 2 then tries to create it, with H5F_ACC_EXCL. */
		ck_assert_msg(strstr(o.out, "data.h5") &&
				      (strstr(o.out, "errno = 11") || strstr(o.out, "errno = 17")),
			      "%s: %s", intruders[i], o.out);
	}
}

START_TEST(h5py_reads_along_and_nobody_else_writes)
{
	struct process *writer, *readers[READERS];
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("HDF5_USE_FILE_LOCKING", locking[_i]);
	o = RUN(PYTHON, SCRIPT("swmr_h5py.py"), "make", "data.h5");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(RUN("mkfifo", "input").status, 0);
	writer = START("sh", "-c", "exec \"$0\" \"$@\" >output <input", PYTHON,
		       SCRIPT("swmr_h5py.py"), "write", "data.h5", "300");
	o = RUN("sh", "-c",
		"exec 3>input; until grep -q started output; do sleep 0.02; done;"
		" sleep 200 >&3 & echo $! >keeper");
	ck_assert_msg(o.status == 0, "%s", o.err);
	for (int i = 0; i < READERS; i++)
		readers[i] = START(PYTHON, SCRIPT("swmr_h5py.py"), "read", "data.h5", "300");
	nobody_else_gets_in();
	for (int i = 0; i < READERS; i++) {
		o = finish(readers[i]);
		ck_assert_msg(o.status == 0, "%s", o.err);
		ck_assert_int_gt(atoi(o.out), 0);
	}
	locks_are("data.h5", 1, 0);
	nobody_else_gets_in();
	ck_assert_int_eq(RUN("sh", "-c", "kill $(cat keeper)").status, 0);
	o = finish(writer);
	ck_assert_msg(o.status == 0, "%s", o.err);
	locks_are("data.h5", 0, 0);
	o = RUN(PYTHON, SCRIPT("swmr_h5py.py"), "read", "data.h5", "300");
	ck_assert_msg(o.status == 0, "%s", o.err);
}
END_TEST

int main(void)
{
	TCase *tests = group("swmr");

	tcase_add_loop_test(tests, waiting_readers_dont_make_startswmr_fail, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_start_that_fails_leaves_the_writer_alone, 0, LOCKINGS);
	tcase_add_loop_test(tests, readers_read_what_the_writer_writes, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_second_writer_that_waits_does_not_stop_readers, 0, LOCKINGS);
	tcase_add_loop_test(tests, h5py_reads_along_and_nobody_else_writes, 0, LOCKINGS);
	return group_run();
}
