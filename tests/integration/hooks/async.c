/* SPDX-License-Identifier: BSD-3-Clause */
/* H5Fopen_async, H5Fcreate_async and H5Fclose_async: as their namesakes, whether HDF5 is given a
 * set of events or none. */
#include "programs.h"
#include "support.h"

#include <string.h>

static const char *const events[] = { "none", "events" };

static struct actor *async_actor(int test)
{
	struct actor *actor = actor_new();

	actor_ok(actor, "async %s", events[test]);
	return actor;
}

START_TEST(lock_lasts_as_long_as_the_file_is_open)
{
	struct actor *a;

	NEEDS_HDF5_WITH("async");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	h5_file("data.h5", 1);
	a = async_actor(_i);
	actor_ok(a, "open a data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "check a data %d 1", NUMBERS);
	actor_ok(a, "dataset-open a data");
	actor_ok(a, "close a");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "dataset-close a");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open a data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close a");
	actor_ok(a, "create a new.h5 excl");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "close a");
	locks_are("new.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(waits_and_then_has_the_file)
{
	static const char *const ways[] = { "open b data.h5 r", "open b data.h5 rw",
					    "create b data.h5 trunc" };
	struct actor *a, *b;

	NEEDS_HDF5_WITH("async");
	h5_file("data.h5", 1);
	for (int i = 0; i < 3; i++) {
		a = async_actor(_i);
		b = async_actor(_i);
		actor_ok(a, "open a data.h5 rw");
		actor_tell(b, "%s", ways[i]);
		locks_waiting("data.h5", 1);
		actor_ok(a, "write a data %d %d", NUMBERS, i);
		actor_ok(a, "close a");
		actor_answer_ok(b);
		locks_are("data.h5", i == 0, i != 0);
		if (i < 2)
			actor_ok(b, "check b data %d %d", NUMBERS, i);
		actor_ok(b, "close b");
		ck_assert_int_eq(actor_end(a), 0);
		ck_assert_int_eq(actor_end(b), 0);
	}
}
END_TEST

START_TEST(gives_up_and_leaves_no_trace)
{
	struct actor *a, *b;
	const char *error;

	NEEDS_HDF5_WITH("async");
	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	a = async_actor(_i);
	b = async_actor(_i);
	actor_ok(a, "open a data.h5 rw");
	gave_up(actor_ask(b, "create b data.h5 trunc"), "data.h5");
	gave_up(actor_ask(b, "open b data.h5 r"), "data.h5");
	actor_ok(a, "close a");
	h5_file_is("data.h5", 1);
	error = actor_error(b, "open b missing.h5 r");
	ck_assert_msg(strstr(error, "errno=2 "), "%s", error);
	ck_assert_int_eq(actor_end(b), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(no_increment_is_lost)
{
	struct actor *a[4];

	NEEDS_HDF5_WITH("async");
	preload(false);
	a[0] = actor_new();
	actor_ok(a[0], "create a data.h5 excl");
	actor_ok(a[0], "write a counter 1 0");
	ck_assert_int_eq(actor_end(a[0]), 0);
	preload(true);
	for (int i = 0; i < 4; i++) {
		a[i] = async_actor(_i);
		actor_tell(a[i], "increment data.h5 50");
	}
	for (int i = 0; i < 4; i++)
		actor_answer_ok(a[i]);
	actor_ok(a[0], "open a data.h5 r");
	actor_ok(a[0], "check a counter 1 200");
}
END_TEST

/* --- with a libhdf5 that tells what it was called with (clients/fake_hdf5.c) --------------- */

#define ASYNC_0	  CLIENT("async_0.so") /* without a set of events */
#define ASYNC_7	  CLIENT("async_7.so")
#define HOST(...) RUN(CLIENT("fake_host"), __VA_ARGS__)

START_TEST(every_argument_arrives)
{
	static const char expected[] =
		"copy 2: H5Fopen_async a from ext.c:4000000001 extension_open events 7\n"
		"async_7.so: 2500\n"
		"locks: 1\n"
		"copy 2: H5Fclose_async from ext.c:4000000003 extension_close events 7\n"
		"copy 2: H5Fclose\n"
		"locks: 0\n"
		"copy 2: H5Fcreate_async b from ext.c:4000000002 extension_create events 7\n"
		"async_7.so: 2500\n"
		"copy 2: H5Fopen_async a from ext.c:4000000001 extension_open events 0\n"
		"async_0.so: 2501\n"
		"locks: 2\n";
	struct outcome o;

	file_write("a", "aaaa");
	o = HOST("open", ASYNC_7, "a", "locks", "-", "close", ASYNC_7, "locks", "-", "create",
		 ASYNC_7, "b", "open", ASYNC_0, "a", "locks", "-");
	ck_assert_str_eq(o.err, "");
	ck_assert_str_eq(o.out, expected);
}
END_TEST

/* It opens the file on a thread of its own, some time after the call. */
START_TEST(asynchronous_connector_is_refused)
{
	struct outcome o;

	file_write("a", "aaaa");
	setting("FAKE_ASYNCHRONOUS", "1");
	o = HOST("open", ASYNC_7, "a", "create", ASYNC_7, "a", "locks", "-", "open", ASYNC_0, "a",
		 "locks", "-");
	ck_assert_msg(strstr(o.out, "can't open 'a' for writing: the VOL connector is an "
				    "asynchronous one"),
		      "%s%s", o.out, o.err);
	ck_assert_ptr_nonnull(strstr(o.out, "error in H5Fopen_async: "));
	ck_assert_ptr_nonnull(strstr(o.out, "can't create 'a': the VOL connector"));
	ck_assert_ptr_nonnull(strstr(o.out, "error in H5Fcreate_async: "));
	ck_assert_ptr_nonnull(strstr(o.out, "LOCKEDH5_DRIVER=pass"));
	ck_assert_ptr_nonnull(strstr(o.out, "async_7.so: -1\nlocks: 0\n"));
	ck_assert_int_eq(file_size("a"), 4);
	/* Without a set of events the call is over when the file is open. */
	ck_assert_ptr_nonnull(strstr(o.out, "async_0.so: 2500\nlocks: 1\n"));
}
END_TEST

START_TEST(asynchronous_connector_may_pass)
{
	struct outcome o;

	file_write("a", "aaaa");
	setting("FAKE_ASYNCHRONOUS", "1");
	setting("LOCKEDH5_DRIVER", "pass");
	o = HOST("open", ASYNC_7, "a");
	ck_assert_msg(strstr(o.out, "H5Fopen_async a from"), "%s%s", o.out, o.err);
	ck_assert_ptr_nonnull(strstr(o.out, "async_7.so: 2500\n"));
	ck_assert_msg(strstr(o.err, "unlocked"), "not a word: %s", o.err);
}
END_TEST

int main(void)
{
	TCase *tests = group("async");

	tcase_add_loop_test(tests, lock_lasts_as_long_as_the_file_is_open, 0, 2);
	tcase_add_loop_test(tests, waits_and_then_has_the_file, 0, 2);
	tcase_add_loop_test(tests, gives_up_and_leaves_no_trace, 0, 2);
	tcase_add_loop_test(tests, no_increment_is_lost, 0, 2);
	tcase_add_test(tests, every_argument_arrives);
	tcase_add_test(tests, asynchronous_connector_is_refused);
	tcase_add_test(tests, asynchronous_connector_may_pass);
	return group_run();
}
