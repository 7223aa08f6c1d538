/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 is called from within HDF5, in a callback of the program's: what that opens is locked, too.
 */
#include "support.h"

#include <string.h>

/* HDF5's own locks are switched off, so that every lock seen is the library's. */
static struct actor *actor_with_data(void)
{
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	h5_file("data.h5", 1);
	return actor_new();
}

/* The outer call's lock is the lock until it ends: it has the file in memory then. */
START_TEST(what_is_opened_within_its_own_opening_is_locked)
{
	struct actor *a = actor_with_data();

	ck_assert_str_eq(actor_ok(a, "memory-within m data.h5 d data.h5 r"), "outer ok inner ok");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "check m data %d 1", NUMBERS);
	actor_ok(a, "check d data %d 1", NUMBERS);
	actor_ok(a, "close m");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close d");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open d data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* Nor does it wait for itself: that would end after 90 seconds. */
START_TEST(who_reads_it_meanwhile_may_not_write_it)
{
	struct actor *a = actor_with_data();
	double start = seconds_now();
	const char *answer = actor_ok(a, "memory-within m data.h5 d data.h5 rw");

	ck_assert(seconds_now() - start < 60);

	ck_assert_msg(!strncmp(answer, "outer ok inner error", 20), "%s", answer);
	has(answer, "this thread is in the middle of opening it");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "check m data %d 1", NUMBERS);
	actor_ok(a, "open d data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(what_is_opened_within_another_opening_is_locked)
{
	struct actor *a = actor_with_data();

	h5_file("other.h5", 2);
	ck_assert_str_eq(actor_ok(a, "memory-within m data.h5 o other.h5 rw"), "outer ok inner ok");
	locks_are("data.h5", 0, 0);
	locks_are("other.h5", 0, 1);
	actor_ok(a, "check o data %d 2", NUMBERS);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* It has opened the file by then. */
START_TEST(what_hdf5_had_no_memory_for_is_unlocked)
{
	struct actor *a = actor_with_data();

	actor_error(a, "memory-in-vain data.h5");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open d data.h5 rw");
	actor_ok(a, "check d data %d 1", NUMBERS);
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close d");
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(an_image_has_no_file)
{
	struct actor *a = actor_with_data();

	actor_ok(a, "image i new.h5 data.h5");
	actor_ok(a, "check i data %d 1", NUMBERS);
	locks_are("data.h5", 0, 0);
	ck_assert(!file_exists("new.h5"));
	actor_ok(a, "close i");
	actor_ok(a, "create n new.h5 excl");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* One thread has got the lock, and comes to HDF5's mutex, which another one has, in a callback; and
 * HDF5 opens the file for that one by itself.  To wait for the first would be for ever. */
START_TEST(who_is_inside_hdf5_goes_first)
{
	struct actor *holder = actor_new(), *a = actor_new();

	NEEDS_HDF5_WITH("threads");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	h5_file("target.h5", 1);
	actor_ok(a, "create p parent.h5 trunc");
	actor_ok(a, "link p x target.h5 data");
	for (int i = 0; i < 6; i++) {
		bool keeps = i % 2;

		actor_ok(holder, "open t target.h5 rw");
		actor_ok(a, "background-open t target.h5 rw");
		locks_waiting("target.h5", 1);
		actor_tell(a, "%s p target.h5 x", keeps ? "link-within" : "look-within");
		actor_ok(holder, "close t");
		actor_answer_ok(a);
		actor_ok(a, "background-join");
		locks_are("target.h5", 0, 1);
		if (keeps)
			actor_ok(a, "dataset-check p %d 1", NUMBERS);
		actor_ok(a, "check t data %d 1", NUMBERS);
		actor_ok(a, "close t");
		if (keeps)
			actor_ok(a, "dataset-close p");
		locks_are("target.h5", 0, 0);
	}
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

/* The same with a file that both only read: neither needs the other's lock. */
START_TEST(who_reads_inside_hdf5_does_not_wait_for_who_reads)
{
	struct actor *holder = actor_new(), *a;

	NEEDS_HDF5_WITH("threads");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setting("LOCKEDH5_COUNT", "inf");
	h5_file("target.h5", 1);
	h5_file("other.h5", 2);
	a = actor_new();
	actor_ok(a, "open o other.h5 r");
	actor_ok(holder, "open t target.h5 rw");
	actor_ok(a, "background-open t target.h5 r");
	locks_waiting("target.h5", 1);
	actor_tell(a, "open-within o target.h5 u r");
	actor_ok(holder, "close t");
	actor_answer_ok(a);
	actor_ok(a, "background-join");
	actor_ok(a, "check t data %d 1", NUMBERS);
	actor_ok(a, "check u data %d 1", NUMBERS);
	actor_ok(a, "close t");
	locks_are("target.h5", 1, 0);
	actor_ok(a, "close u");
	locks_are("target.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("within");

	tcase_add_test(tests, what_is_opened_within_its_own_opening_is_locked);
	tcase_add_test(tests, who_reads_it_meanwhile_may_not_write_it);
	tcase_add_test(tests, what_is_opened_within_another_opening_is_locked);
	tcase_add_test(tests, what_hdf5_had_no_memory_for_is_unlocked);
	tcase_add_test(tests, an_image_has_no_file);
	tcase_add_test(tests, who_is_inside_hdf5_goes_first);
	tcase_add_test(tests, who_reads_inside_hdf5_does_not_wait_for_who_reads);
	return group_run();
}
