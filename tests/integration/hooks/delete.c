/* SPDX-License-Identifier: BSD-3-Clause */
/* H5Fdelete: a file that somebody uses is not deleted.  Both with the real one, from HDF5 1.12 on,
 * and with a libhdf5 that does what it does (clients/fake_hdf5.c), for the systems without. */
#include "programs.h"
#include "support.h"

#include <string.h>
#include <sys/stat.h>

#define DELETE	    CLIENT("delete.so")
#define EXTENSION_1 CLIENT("extension_1.so")
#define EXTENSION_2 CLIENT("extension_2.so")
#define HOST(...)   RUN(CLIENT("fake_host"), __VA_ARGS__)

enum { FAKE, REAL };

/* --- a program that deletes a file and ends ------------------------------------------------- */

static struct process *start_deleting(int kind, const char *file)
{
	if (kind == FAKE)
		return START(CLIENT("fake_host"), "delete", DELETE, file);
	return START("sh", "-c", "echo delete $0 | " ACTOR, file);
}

static struct outcome deleting(int kind, const char *file)
{
	return finish(start_deleting(kind, file));
}

static void assert_deleted(struct outcome o, const char *file)
{
	ck_assert_msg(!strncmp(o.out, "ok", 2) || strstr(o.out, "delete.so: 0\n"), "%s%s", o.out,
		      o.err);
	ck_assert(!file_exists(file));
}

static void assert_kept(struct outcome o, const char *file, const char *reason)
{
	ck_assert_msg(strstr(o.out, reason), "\"%s\" is not in: %s%s", reason, o.out, o.err);
	ck_assert_msg(strstr(o.out, "error") && !strstr(o.out, "delete.so: 0\n"), "%s", o.out);
	ck_assert(file_exists(file));
}

/* --- others use it --------------------------------------------------------------------------- */

START_TEST(file_that_nobody_uses_is_deleted)
{
	struct outcome o;

	if (_i == REAL)
		NEEDS_HDF5_WITH("delete");
	h5_file("data.h5", 1);
	o = deleting(_i, "data.h5");
	assert_deleted(o, "data.h5");
	ck_assert_str_eq(o.err, "");
	if (_i == FAKE)
		ck_assert_str_eq(o.out, "copy 2: H5Fdelete data.h5\n"
					"copy 2: locked\n"
					"delete.so: 0\n");
}
END_TEST

START_TEST(what_can_not_be_deleted_fails_as_without_the_library)
{
	struct outcome o;

	NEEDS_HDF5_WITH("delete");
	o = deleting(REAL, "missing.h5");
	ck_assert_msg(strstr(o.out, "error errno=2 "), "%s%s", o.out, o.err);
	file_write("text", "This is not an HDF5 file.");
	o = deleting(REAL, "text");
	assert_kept(o, "text", "not an HDF5 file");
	locks_are("text", 0, 0);
}
END_TEST

static const char *const uses[] = { "open a data.h5 r", "open a data.h5 rw",
				    "open a data.h5 rw swmr" };

START_TEST(file_in_use_is_not_deleted)
{
	struct actor *a = actor_new();
	struct outcome o;

	if (_i % 2 == REAL)
		NEEDS_HDF5_WITH("delete");
	actor_ok(a, "libver latest");
	actor_ok(a, "create a data.h5 excl");
	actor_ok(a, "write a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	actor_ok(a, "%s", uses[_i / 2]);
	setting("LOCKEDH5_COUNT", "1");
	o = deleting(_i % 2, "data.h5");
	assert_kept(o, "data.h5", "can't delete 'data.h5': it is held by ");
	ck_assert_ptr_nonnull(strstr(o.out, "(actor, "));
	ck_assert_ptr_nonnull(strstr(o.out, "errno = 11"));
	ck_assert_ptr_nonnull(strstr(o.out, "unable to delete file"));
	actor_ok(a, "check a data %d 1", NUMBERS);
	actor_ok(a, "dataset-open a data");
	actor_ok(a, "close a");
	assert_kept(deleting(_i % 2, "data.h5"), "data.h5", "errno = 11");
	actor_ok(a, "dataset-close a");
	assert_deleted(deleting(_i % 2, "data.h5"), "data.h5");
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* Whoever stands behind it in the queue finds no file when it is gone, or makes a new one. */
START_TEST(waits_its_turn)
{
	struct actor *a, *b;
	struct process *deleter;

	if (_i == REAL)
		NEEDS_HDF5_WITH("delete");
	h5_file("data.h5", 1);
	for (int creates = 0; creates < 2; creates++) {
		a = actor_new();
		b = actor_new();
		actor_ok(a, creates ? "create a data.h5 trunc" : "open a data.h5 rw");
		actor_ok(a, "write a data %d 2", NUMBERS);
		deleter = start_deleting(_i, "data.h5");
		locks_waiting("data.h5", 1);
		actor_tell(b, creates ? "create b data.h5 trunc" : "open b data.h5 rw");
		locks_waiting("data.h5", 2);
		actor_ok(a, "check a data %d 2", NUMBERS);
		ck_assert(file_exists("data.h5"));
		actor_ok(a, "close a");
		if (creates) {
			actor_answer_ok(b);
			locks_are("data.h5", 0, 1);
			actor_ok(b, "write b data %d 3", NUMBERS);
			actor_ok(b, "close b");
			ck_assert_ptr_nonnull(
				strstr(finish(deleter).out, _i == REAL ? "ok" : ": 0"));
			h5_file_is("data.h5", 3);
		} else {
			assert_deleted(finish(deleter), "data.h5");
			ck_assert_ptr_nonnull(strstr(actor_answer_error(b), "errno=2 "));
		}
		ck_assert_int_eq(actor_end(a), 0);
		ck_assert_int_eq(actor_end(b), 0);
	}
}
END_TEST

/* Another file has come to stand there while it waited, and that one is in use, too. */
START_TEST(file_that_was_renamed_into_its_place_is_waited_for)
{
	struct actor *a = actor_new(), *b = actor_new();
	struct process *deleter;

	if (_i == REAL)
		NEEDS_HDF5_WITH("delete");
	h5_file("data.h5", 1);
	h5_file("new.h5", 2);
	actor_ok(a, "open a data.h5 rw");
	actor_ok(b, "open b new.h5 rw");
	deleter = start_deleting(_i, "data.h5");
	locks_waiting("data.h5", 1);
	ck_assert_int_eq(RUN("mv", "new.h5", "data.h5").status, 0);
	actor_ok(a, "close a");
	locks_waiting("data.h5", 1);
	actor_ok(b, "check b data %d 2", NUMBERS);
	ck_assert(file_exists("data.h5"));
	actor_ok(b, "close b");
	assert_deleted(finish(deleter), "data.h5");
}
END_TEST

/* That may be after the lock is taken, and before HDF5 looks. */
START_TEST(file_that_was_renamed_into_its_place_is_not_deleted_unlocked)
{
	struct actor *b = actor_new();
	struct outcome o;

	h5_file("data.h5", 1);
	h5_file("new.h5", 2);
	actor_ok(b, "open b new.h5 rw");
	setting("FAKE_REPLACED_BY", "new.h5");
	setting("LOCKEDH5_COUNT", "1");
	o = deleting(FAKE, "data.h5");
	assert_kept(o, "data.h5", "data.h5 is replaced\n");
	ck_assert_ptr_nonnull(strstr(o.out, "can't delete 'data.h5': it is held by "));
	actor_ok(b, "close b");
	h5_file_is("data.h5", 2);
}
END_TEST

/* Where the folder allows it, that is no reason not to delete it. */
START_TEST(file_that_may_not_be_written_is_waited_for)
{
	struct actor *a = actor_new();
	struct process *deleter;

	NEEDS("setpriv --reuid 65534 --clear-groups test -x " DELETE,
	      "this user can't become another one, or that one can't come here");
	h5_file("data.h5", 1);
	ck_assert_int_eq(chmod("data.h5", 0444), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
	actor_ok(a, "open a data.h5 r");
	deleter = START("setpriv", "--reuid", "65534", "--clear-groups", CLIENT("fake_host"),
			"delete", DELETE, "data.h5");
	locks_waiting("data.h5", 1);
	actor_ok(a, "check a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	assert_deleted(finish(deleter), "data.h5");
}
END_TEST

/* Who creates it, who reads it and who deletes it see all of it or nothing. */
START_TEST(nobody_loses_a_file_at_work)
{
	struct actor *creator, *reader, *deleter;
	const char *seen;

	NEEDS_HDF5_WITH("delete");
	creator = actor_new();
	reader = actor_new();
	deleter = actor_new();
	actor_tell(reader, "watch data.h5 %d stop", NUMBERS);
	actor_tell(deleter, "delete-many data.h5 stop");
	actor_ok(creator, "create-many data.h5 %d 300 keep", NUMBERS);
	file_write("stop", "");
	seen = actor_answer_ok(reader);
	ck_assert_msg(strstr(seen, "broken=0"), "%s", seen);
	ck_assert_str_ne(actor_answer_ok(deleter), "0");
}
END_TEST

/* --- the program itself uses it --------------------------------------------------------------- */

START_TEST(own_open_file_is_not_deleted)
{
	static const char *const own[] = { DELETE, EXTENSION_2, EXTENSION_1 };
	struct outcome o;

	file_write("a", "aaaa");
	o = HOST("open", own[_i], "a", "delete", DELETE, "a", "close", own[_i]);
	assert_kept(o, "a", "can't delete 'a': this process has it open itself");
	assert_deleted(deleting(FAKE, "a"), "a");
}
END_TEST

START_TEST(own_open_file_is_not_deleted_by_the_real_one)
{
	struct actor *a = actor_new();
	const char *error;

	NEEDS_HDF5_WITH("delete");
	actor_ok(a, "create a data.h5 excl");
	actor_ok(a, "write a data %d 1", NUMBERS);
	actor_ok(a, "dataset-open a data");
	for (int i = 0; i < 2; i++) {
		error = actor_error(a, "delete data.h5");
		ck_assert_msg(strstr(error, "errno=16 "), "%s", error);
		ck_assert_msg(strstr(error, "this process has it open itself"), "%s", error);
		actor_ok(a, i ? "dataset-close a" : "close a");
	}
	h5_file_is("data.h5", 1);
	actor_ok(a, "delete data.h5");
	ck_assert(!file_exists("data.h5"));
}
END_TEST

/* --- other drivers
 * -------------------------------------------------------------------------------- */

START_TEST(other_drivers_are_as_with_opening)
{
	struct actor *holder = actor_new(), *a;

	NEEDS_HDF5_WITH("delete");
	h5_file("data.h5", 1);
	actor_ok(holder, "open h data.h5 r");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_ok(a, "driver stdio");
	ck_assert_ptr_nonnull(strstr(actor_error(a, "delete data.h5"), "LOCKEDH5_DRIVER"));
	actor_ok(a, "driver core0");
	actor_ok(a, "delete data.h5"); /* of a file in memory nothing is left to delete */
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_new();
	actor_ok(a, "driver stdio");
	gave_up(actor_ask(a, "delete data.h5"), "data.h5");
	ck_assert(file_exists("data.h5"));
	setting("LOCKEDH5_DRIVER", "pass");
	a = actor_new();
	actor_ok(a, "driver stdio");
	actor_ok(a, "delete data.h5");
	ck_assert(!file_exists("data.h5"));
}
END_TEST

int main(void)
{
	TCase *tests = group("delete");

	tcase_add_loop_test(tests, file_that_nobody_uses_is_deleted, FAKE, REAL + 1);
	tcase_add_test(tests, what_can_not_be_deleted_fails_as_without_the_library);
	tcase_add_loop_test(tests, file_in_use_is_not_deleted, 0, 6);
	tcase_add_loop_test(tests, waits_its_turn, FAKE, REAL + 1);
	tcase_add_loop_test(tests, file_that_was_renamed_into_its_place_is_waited_for, FAKE,
			    REAL + 1);
	tcase_add_test(tests, file_that_was_renamed_into_its_place_is_not_deleted_unlocked);
	tcase_add_test(tests, file_that_may_not_be_written_is_waited_for);
	tcase_add_test(tests, nobody_loses_a_file_at_work);
	tcase_add_loop_test(tests, own_open_file_is_not_deleted, 0, 3);
	tcase_add_test(tests, own_open_file_is_not_deleted_by_the_real_one);
	tcase_add_test(tests, other_drivers_are_as_with_opening);
	return group_run();
}
