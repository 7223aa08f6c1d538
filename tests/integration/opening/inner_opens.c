/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the files that HDF5 opens by itself are locked, and which are not: it has several ways
 * to open(). */
#include "parent.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* --- what takes no lock --------------------------------------------------------------- */

/* Somebody who is not HDF5 has the file, exclusively. */
static int hold(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	return fd;
}

START_TEST(raw_data_files_take_no_lock)
{
	struct actor *a;
	int fd;

	begin_with_parent(_i);
	a = actor_new();
	actor_ok(a, "open p parent.h5 rw");
	actor_ok(a, "check p x %d 1", NUMBERS);
	actor_ok(a, "raw p raw data.raw 100 1");
	fd = hold("data.raw");
	actor_ok(a, "dataset-open p raw");
	actor_ok(a, "dataset-check p 100 1");
	actor_ok(a, "write p raw 100 5");
	actor_ok(a, "dataset-check p 100 5");
	locks_are("data.raw", 0, 1);
	actor_ok(a, "close p");
	close(fd);
}
END_TEST

START_TEST(a_probe_takes_no_lock_and_does_not_wait)
{
	struct actor *a;
	int fd;

	begin_with_parent(_i);
	a = with_parent("r");
	actor_ok(a, "check p x %d 1", NUMBERS);
	fd = hold("target.h5");
	for (int i = 0; i < 3; i++) {
		const char *answer;

		ck_assert_str_eq(actor_ok(a, "is-hdf5 target.h5"), "1");
		answer = actor_ask(a, "is-accessible target.h5");
		ck_assert_msg(!strcmp(answer, "ok 1") || strstr(answer, "no H5Fis_accessible"),
			      "%s", answer);
	}
	locks_are("target.h5", 0, 1);
	close(fd);
	/* Nor does it end the lock of who has the file. */
	actor_ok(a, "open t target.h5 rw");
	ck_assert_str_eq(actor_ok(a, "is-hdf5 target.h5"), "1");
	locks_are("target.h5", 0, 1);
	actor_ok(a, "close t");
	locks_are("target.h5", 0, 0);
}
END_TEST

/* --- other ways to sec2's open() ----------------------------------------------------------- */

START_TEST(past_our_functions_a_file_is_locked_all_the_same)
{
	struct actor *a, *b;

	begin_with_parent(_i);
	a = with_parent("r");
	b = actor_new();
	actor_ok(a, "direct-open t target.h5 rw");
	locks_are("target.h5", 0, 1);
	actor_ok(a, "direct-create n new.h5");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "write n data %d 3", NUMBERS);
	actor_tell(b, "open n new.h5 r");
	locks_waiting("new.h5", 1);
	actor_ok(a, "close n");
	actor_answer_ok(b);
	actor_ok(b, "check n data %d 3", NUMBERS);
	/* Nothing is truncated before its lock is there. */
	setting("LOCKEDH5_COUNT", "1");
	a = with_parent("r");
	actor_error(a, "direct-create n new.h5");
	actor_ok(b, "check n data %d 3", NUMBERS);
	actor_ok(b, "close n");
	actor_ok(a, "direct-create n new.h5");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "close n");
	locks_are("new.h5", 0, 0);
}
END_TEST

/* The parent's driver says nothing about sec2's open(), and the link asks for sec2. */
static const struct {
	const char *driver, *policy;
} others[] = { { "core0", NULL }, { "core", "pass" }, { "stdio", "pass" }, { "log", "pass" } };
enum { OTHERS = 4 };

START_TEST(behind_another_driver_sec2_is_locked)
{
	struct actor *holder, *a;

	begin_with_parent(_i);
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_DRIVER", others[_i / LOCKINGS].policy);
	holder = actor_new();
	a = actor_new();
	actor_ok(a, "driver %s", others[_i / LOCKINGS].driver);
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "link-open p x sec2");
	locks_are("target.h5", 1, 0);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(a, "link-open p x sec2"), "target.h5");
}
END_TEST

START_TEST(the_parts_of_a_file_that_may_pass_are_not_locked)
{
	struct actor *a;

	begin_with_parent(_i);
	setting("LOCKEDH5_DRIVER", "pass");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	a = actor_new();
	actor_ok(a, "driver family");
	actor_ok(a, "create f part%%d.h5 trunc");
	actor_ok(a, "write f first 100 1");
	locks_are("part0.h5", 0, 0);
	/* It needs more members: one has a megabyte. */
	actor_ok(a, "write f second 600000 1");
	locks_are("part0.h5", 0, 0);
	locks_are("part1.h5", 0, 0);
	locks_are("part2.h5", 0, 0);
	actor_ok(a, "close f");
	/* But not everything is now. */
	actor_ok(a, "driver default");
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "dataset-open p x");
	locks_are("target.h5", 1, 0);
}
END_TEST

START_TEST(a_swmr_writer_through_a_link_shares)
{
	struct actor *a, *reader;

	setting("HDF5_USE_FILE_LOCKING", NULL);
	NEEDS_HDF5_WITH("swmr");
	a = actor_new();
	actor_ok(a, "libver latest");
	actor_ok(a, "create t target.h5 trunc");
	actor_ok(a, "write t data 100 1");
	actor_ok(a, "close t");
	actor_ok(a, "create p parent.h5 trunc");
	actor_ok(a, "link p x target.h5 data");
	actor_ok(a, "close p");
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "link-open p x rw-swmr");
	locks_are("target.h5", 1, 0);
	reader = actor_new();
	actor_ok(reader, "open t target.h5 r swmr");
	actor_ok(reader, "check t data 100 1");
	locks_are("target.h5", 2, 0);
	actor_ok(reader, "close t");
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inner_opens");

	tcase_add_loop_test(tests, raw_data_files_take_no_lock, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_probe_takes_no_lock_and_does_not_wait, 0, LOCKINGS);
	tcase_add_loop_test(tests, past_our_functions_a_file_is_locked_all_the_same, 0, LOCKINGS);
	tcase_add_loop_test(tests, behind_another_driver_sec2_is_locked, 0, OTHERS * LOCKINGS);
	tcase_add_loop_test(tests, the_parts_of_a_file_that_may_pass_are_not_locked, 0, LOCKINGS);
	tcase_add_test(tests, a_swmr_writer_through_a_link_shares);
	return group_run();
}
