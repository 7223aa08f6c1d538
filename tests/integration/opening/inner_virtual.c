/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual datasets: the files that HDF5 opens behind one are locked, and none of them is left out
 * because it is held. */
#include "parent.h"

/* An actor that will hold a source; whoever meets it gives up at once. */
static struct actor *begin(int test)
{
	begin_with_parent(test);
	setting("LOCKEDH5_COUNT", "1");
	return actor_new();
}

START_TEST(a_read_without_its_source_fails)
{
	static const char *const checks[] = { "check p twice %d 1", "dataset-check p %d 1" };
	const char *held = _i / LOCKINGS % 2 ? "second.h5" : "target.h5";
	const char *check = checks[_i / LOCKINGS / 2];
	struct actor *holder, *reader;

	NEEDS_HDF5_WITH("virtual");
	holder = begin(_i);
	reader = with_parent("r");
	actor_ok(reader, "dataset-open p twice");
	actor_ok(holder, "open t %s rw", held);
	for (int i = 0; i < 3; i++)
		gave_up(actor_ask(reader, check, 2 * NUMBERS), held);
	actor_ok(holder, "close t");
	actor_ok(reader, check, 2 * NUMBERS);
	actor_ok(reader, "dataset-close p");
	actor_ok(reader, "close p");
	locks_are(held, 0, 0);
}
END_TEST

/* HDF5 keeps a source open as long as the virtual dataset. */
START_TEST(a_source_is_locked_while_its_dataset_is_open)
{
	struct actor *reader;

	NEEDS_HDF5_WITH("virtual");
	begin_with_parent(_i);
	reader = with_parent("r");
	actor_ok(reader, "dataset-open p v");
	actor_ok(reader, "dataset-check p %d 1", NUMBERS);
	locks_are("target.h5", 1, 0);
	actor_ok(reader, "dataset-close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(a_write_without_its_source_fails)
{
	struct actor *holder, *writer;

	NEEDS_HDF5_WITH("virtual");
	holder = begin(_i);
	writer = with_parent("rw");
	actor_ok(holder, "open t second.h5 r");
	gave_up(actor_ask(writer, "write p twice %d 9", 2 * NUMBERS), "second.h5");
	actor_ok(holder, "check t data %d %d", NUMBERS, 1 + NUMBERS);
	actor_ok(holder, "close t");
	ck_assert_int_eq(actor_end(writer), 0);
	h5_file_is("target.h5", 1);
	h5_file_is("second.h5", 1 + NUMBERS);
	writer = with_parent("rw");
	actor_ok(writer, "write p twice %d 9", 2 * NUMBERS);
	actor_ok(writer, "close p");
	h5_file_is("target.h5", 9);
	h5_file_is("second.h5", 9 + NUMBERS);
}
END_TEST

START_TEST(the_size_without_its_source_is_not_zero)
{
	struct actor *holder, *reader;

	NEEDS_HDF5_WITH("virtual");
	holder = begin(_i);
	actor_ok(holder, "create g growing.h5 trunc");
	actor_ok(holder, "growing g data 500 1");
	actor_ok(holder, "close g");
	actor_ok(holder, "open p parent.h5 rw");
	actor_ok(holder, "virtual-growing p g growing.h5");
	actor_ok(holder, "close p");
	reader = with_parent("r");
	actor_ok(holder, "open g growing.h5 rw");
	gave_up(actor_ask(reader, "extent p g"), "growing.h5");
	gave_up(actor_ask(reader, "check p g 500 1"), "growing.h5");
	actor_ok(holder, "close g");
	ck_assert_str_eq(actor_ok(reader, "extent p g"), "500");
	actor_ok(reader, "check p g 500 1");
}
END_TEST

int main(void)
{
	TCase *tests = group("inner_virtual");

	tcase_add_loop_test(tests, a_read_without_its_source_fails, 0, 4 * LOCKINGS);
	tcase_add_loop_test(tests, a_source_is_locked_while_its_dataset_is_open, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_write_without_its_source_fails, 0, LOCKINGS);
	tcase_add_loop_test(tests, the_size_without_its_source_is_not_zero, 0, LOCKINGS);
	return group_run();
}
