/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 inside the executable, and its other drivers. */
#include "inside.h"
#include "programs.h"
#include "support.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char *const drivers[] = { "log", "stdio" };
enum { DRIVERS = 2 };

/* HDF5's tools try one driver after the other. */
START_TEST(a_refusal_is_for_whatever_driver_comes_next)
{
	struct actor *holder, *a;

	NEEDS_STATIC();
	holder = dynamic_holder(_i / DRIVERS, "rw");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_error(a, "open f data.h5 rw");
	actor_ok(a, "driver %s", drivers[_i % DRIVERS]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "create f data.h5 trunc");
	actor_error(a, "open f data.h5 r");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(no_driver_opens_with_a_bad_setting)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_WAIT", "[");
	a = actor_inside_with(_i / DRIVERS, drivers[_i % DRIVERS]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "open f data.h5 r");
	actor_error(a, "create f new.h5 trunc");
	ck_assert(!file_exists("new.h5"));
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* With symbols: it can be told which driver it is. */
START_TEST(another_driver_is_refused)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_LOG", "log");
	a = actor_inside_with(0, drivers[_i]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "open f data.h5 r");
	ck_assert_int_eq(actor_end(a), 0);
	has(file_text("log"), drivers[_i]);
	ck_assert_int_eq(times_in_file("log", "LOCKEDH5_DRIVER=replace"), 1);
	h5_file_is("data.h5", 1);
}
END_TEST

static void opens_locked(struct actor *a)
{
	actor_ok(a, "open f data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "write f data %d 9", NUMBERS);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	h5_file_is("data.h5", 9);
	actor_ok(a, "create f new.h5 trunc");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "close f");
	locks_are("new.h5", 0, 0);
	actor_ok(a, "create f new.h5 trunc");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}

START_TEST(another_driver_is_locked_where_it_may_be_replaced)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_inside_with(_i / DRIVERS, drivers[_i % DRIVERS]);
	opens_locked(a);
}
END_TEST

START_TEST(core_is_locked)
{
	struct actor *a;

	NEEDS_STATIC();
	a = actor_inside_with(_i, "core");
	opens_locked(a);
}
END_TEST

START_TEST(another_driver_may_pass)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_LOG", "log");
	setting("LOCKEDH5_DRIVER", "pass");
	a = actor_inside_with(0, drivers[_i]);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "close f");
	ck_assert_int_eq(actor_end(a), 0);
	has(file_text("log"), "opened unlocked");
	has(file_text("log"), drivers[_i]);
}
END_TEST

/* What is in the stream's buffer is written before the next one has the file. */
START_TEST(a_stream_is_flushed_before_it_is_unlocked)
{
	struct actor *a, *b;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	b = dynamic_actor();
	inside_use(0);
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_new();
	actor_ok(a, "driver stdio");
	for (int i = 2; i < 20; i++) {
		actor_ok(a, "open f data.h5 rw");
		actor_ok(a, "write f data %d %d", NUMBERS, i);
		actor_tell(b, "open f data.h5 r");
		locks_waiting("data.h5", 1);
		actor_ok(a, "close f");
		actor_answer_ok(b);
		actor_ok(b, "check f data %d %d", NUMBERS, i);
		actor_ok(b, "close f");
	}
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST
/* The stream's last bytes are in its buffer until it is closed. */
START_TEST(what_is_in_a_streams_buffer_is_written_under_the_lock)
{
	const char *at, *unlock = NULL;
	struct actor *a;

	NEEDS_STATIC();
	NEEDS("strace -o /dev/null true", "no strace, or it may not trace");
	setting("LOCKEDH5_DRIVER", "replace");
	setenv("LOCKEDH5_TEST_UNDER", "strace -o trace -P data.h5 -e trace=write,flock", 1);
	a = actor_inside_with(0, "stdio");
	unsetenv("LOCKEDH5_TEST_UNDER");
	actor_ok(a, "open f data.h5 rw");
	actor_ok(a, "write f data %d 2", NUMBERS);
	actor_ok(a, "close f");
	ck_assert_int_eq(actor_end(a), 0);
	for (at = file_text("trace"); (at = strstr(at, "flock(")); at++)
		if (!strncmp(at + strcspn(at, ","), ", LOCK_UN)", 10))
			unlock = at;
	ck_assert_ptr_nonnull(unlock);
	has(file_text("trace"), "write(");
	ck_assert_msg(!strstr(unlock, "write("), "%s", file_text("trace"));
}
END_TEST

/* The kernel would keep it for as long as the child lives. */
START_TEST(a_streams_lock_ends_when_it_is_closed_and_a_child_has_a_copy)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_inside_with(0, "stdio");
	actor_ok(a, "open f data.h5 rw");
	actor_ok(a, "fork live");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "child-end");
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inside_drivers");

	tcase_add_loop_test(tests, a_refusal_is_for_whatever_driver_comes_next, 0,
			    INSIDE_KINDS * DRIVERS);
	tcase_add_loop_test(tests, no_driver_opens_with_a_bad_setting, 0, INSIDE_KINDS * DRIVERS);
	tcase_add_loop_test(tests, another_driver_is_refused, 0, DRIVERS);
	tcase_add_loop_test(tests, another_driver_is_locked_where_it_may_be_replaced, 0,
			    INSIDE_KINDS * DRIVERS);
	tcase_add_loop_test(tests, core_is_locked, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, another_driver_may_pass, 0, DRIVERS);
	tcase_add_test(tests, a_stream_is_flushed_before_it_is_unlocked);
	tcase_add_test(tests, what_is_in_a_streams_buffer_is_written_under_the_lock);
	tcase_add_test(tests, a_streams_lock_ends_when_it_is_closed_and_a_child_has_a_copy);
	return group_run();
}
