/* SPDX-License-Identifier: BSD-3-Clause */
/* Other libraries that stand before HDF5's functions (profilers), behind us or before us: they see
 * the calls, and HDF5 is what stands at the end. */
#include "counter.h"
#include "parent.h"
#include "programs.h"

#include <stdio.h>

static const char *const forwarders[] = {
	CLIENT("forwarder_lazy.so"),   CLIENT("forwarder_early.so"), CLIENT("forwarder_linked.so"),
	CLIENT("forwarder_opened.so"), CLIENT("forwarder_all.so"),
};
enum { OPENED = 3, PLACES = 2, KINDS = sizeof(forwarders) / sizeof(forwarders[0]) * PLACES };

/* What stands before us and asks HDF5's own handle leads past us, as a program does that loads HDF5
 * that way. */
static bool leads_past_us(int test)
{
	return test == OPENED * PLACES + 1;
}

/* Programs that are started from now on have the forwarder of test number TEST, before or behind.
 */
static void use(int test)
{
	const char *forwarder = forwarders[test / PLACES];

	if (test % PLACES)
		setting("LD_PRELOAD", forwarder);
	else
		preload_before(forwarder);
}

START_TEST(a_driver_is_refused_and_hdf5_says_why)
{
	struct actor *a;
	const char *answer;

	if (leads_past_us(_i))
		return;
	use(_i);
	a = actor_new();
	actor_ok(a, "driver stdio");
	answer = actor_error(a, "create f data.h5 trunc");
	has(answer, "the file driver is stdio");
	ck_assert(!file_exists("data.h5"));
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(a_file_is_locked_and_waited_for)
{
	struct actor *a, *b;

	if (leads_past_us(_i))
		return;
	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	use(_i);
	a = actor_new();
	b = actor_new();
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_tell(b, "open f data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(a, "close f");
	actor_answer_ok(b);
	actor_ok(b, "check f data %d 1", NUMBERS);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

START_TEST(what_is_behind_a_link_is_locked)
{
	struct actor *a, *b;

	if (leads_past_us(_i))
		return;
	begin_with_parent(1);
	setting("LOCKEDH5_COUNT", "1");
	use(_i);
	a = with_parent("r");
	actor_ok(a, "dataset-open p x");
	locks_are("target.h5", 1, 0);
	actor_ok(a, "dataset-close p");
	b = actor_new();
	actor_ok(b, "open t target.h5 rw");
	has(actor_error(a, "dataset-open p x"), "errno = 11");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* Only where it stands behind us; before us, TAU's way leads past us. */
START_TEST(the_forwarder_sees_the_calls)
{
	struct outcome o;

	use(_i * PLACES);
	counter_create("sum.h5");
	o = RUN(CLIENT("counter"), "sum.h5", "3");
	ck_assert_int_eq(o.status, 0);
	/* Each addition opens and closes it. */
	has(o.err, _i == KINDS / PLACES - 1 ? "forwarded " : "forwarded 6\n");
}
END_TEST

int main(void)
{
	TCase *tests = group("forwarders");

	tcase_add_loop_test(tests, a_driver_is_refused_and_hdf5_says_why, 0, KINDS);
	tcase_add_loop_test(tests, a_file_is_locked_and_waited_for, 0, KINDS);
	tcase_add_loop_test(tests, what_is_behind_a_link_is_locked, 0, KINDS);
	tcase_add_loop_test(tests, the_forwarder_sees_the_calls, 0, KINDS / PLACES);
	return group_run();
}
