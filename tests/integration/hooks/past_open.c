/* SPDX-License-Identifier: BSD-3-Clause */
/* Another library stands before our open() and passes it by: HDF5's file is locked all the same, or
 * it is not opened. */
#include "programs.h"
#include "support.h"

#include <stdio.h>

/* Programs that are started from now on have that library before ours. */
static void pass_us_by(void)
{
	setting("LD_PRELOAD", CLIENT("past_open.so"));
}

START_TEST(what_hdf5_has_open_is_locked)
{
	struct actor *a, *b;

	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	pass_us_by();
	a = actor_new();
	actor_ok(a, "open f data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	b = actor_new();
	actor_tell(b, "create f data.h5 trunc");
	locks_waiting("data.h5", 1);
	actor_ok(a, "write f data %d 2", NUMBERS);
	actor_ok(a, "close f");
	actor_answer_ok(b);
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
	locks_are("data.h5", 0, 0);
}
END_TEST

START_TEST(what_can_not_be_locked_is_closed)
{
	struct actor *a;
	const char *answer;
	char open[64];

	h5_file("data.h5", 1);
	h5_file("elsewhere", 2);
	pass_us_by();
	setting("PAST_OPEN_INSTEAD", "elsewhere");
	a = actor_new();
	answer = actor_error(a, "open f data.h5 rw");
	has(answer, "its descriptor could not be locked, and it was closed again");
	has(answer, "LOCKEDH5_DRIVER=pass");
	snprintf(open, sizeof(open), "ls -l /proc/%d/fd | grep '/elsewhere$'", (int)actor_pid(a));
	ck_assert_int_eq(RUN("sh", "-c", open).status, 1);
	ck_assert_int_eq(actor_end(a), 0);
	setting("LOCKEDH5_DRIVER", "pass");
	a = actor_new();
	actor_ok(a, "open f data.h5 r");
	actor_ok(a, "check f data %d 2", NUMBERS);
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("past_open");

	tcase_add_test(tests, what_hdf5_has_open_is_locked);
	tcase_add_test(tests, what_can_not_be_locked_is_closed);
	return group_run();
}
