/* SPDX-License-Identifier: BSD-3-Clause */
/* h5py, h5dump and h5copy on external links and virtual datasets, while others write what is behind
 * them. */
#include "programs.h"
#include "support.h"

#include <string.h>

static const char *const locking[] = { NULL, "FALSE" };
enum { LOCKINGS = 2, PROCESSES = 4 };

/* h5py has them since 2.9. */
#define NEEDS_VIRTUAL                                                                       \
	NEEDS(PYTHON " -c 'import h5py; h5py.VirtualLayout' && h5dump --version >/dev/null" \
		     " && h5copy --version >/dev/null",                                     \
	      "no h5py with virtual datasets, or no HDF5 tools")

static struct outcome script(const char *what, const char *argument)
{
	struct outcome o = RUN(PYTHON, SCRIPT("inner_h5py.py"), what, argument);

	ck_assert_msg(o.status == 0, "%s: %s", what, o.err);
	return o;
}

static void begin(int test)
{
	setting("HDF5_USE_FILE_LOCKING", locking[test % LOCKINGS]);
	script("make", "4");
}

/* Four instances, each with its own parent file. */
static void run_four(const char *what, const char *times, struct process *with)
{
	static const char *const numbers[PROCESSES] = { "0", "1", "2", "3" };
	struct process *processes[PROCESSES];

	for (int i = 0; i < PROCESSES; i++)
		processes[i] = START(PYTHON, SCRIPT("inner_h5py.py"), what, numbers[i], times);
	for (int i = 0; i < PROCESSES; i++) {
		struct outcome o = finish(processes[i]);

		ck_assert_msg(o.status == 0, "%s: %s", what, o.err);
	}
	if (with) {
		struct outcome o = finish(with);

		ck_assert_msg(o.status == 0, "%s", o.err);
	}
	locks_are("target.h5", 0, 0);
}

START_TEST(no_update_through_a_link_is_lost)
{
	NEEDS_VIRTUAL;
	begin(_i);
	run_four("count", "100", NULL);
	ck_assert_str_eq(script("total", NULL).out, "400\n");
}
END_TEST

static const struct {
	const char *what, *times;
} readers[] = { { "read", "40" }, { "dump", "15" }, { "copy", "15" } };
enum { READERS = 3 };

START_TEST(no_reader_sees_half_of_a_write_or_nothing)
{
	NEEDS_VIRTUAL;
	begin(_i);
	run_four(readers[_i / LOCKINGS].what, readers[_i / LOCKINGS].times,
		 START(PYTHON, SCRIPT("inner_h5py.py"), "write", "300"));
}
END_TEST

START_TEST(h5py_is_told_what_was_refused)
{
	struct actor *holder;

	NEEDS_VIRTUAL;
	begin(_i);
	holder = actor_new();
	actor_ok(holder, "open t target.h5 rw");
	setting("LOCKEDH5_COUNT", "1");
	script("refused", NULL);
	actor_ok(holder, "close t");
}
END_TEST

/* Who has the interpreter lock waits for HDF5's mutex, and who has that one waits for the file: if
 * it gave the interpreter lock away meanwhile, it would never get it back. */
START_TEST(python_threads_do_not_lock_each_other_out)
{
	struct actor *holder;
	struct process *reader;
	struct outcome o;

	NEEDS_VIRTUAL;
	NEEDS(HAS_PYTHON_MODULE("tables"), "no Python with PyTables");
	begin(_i);
	holder = actor_new();
	for (int i = 0; i < 5; i++) {
		actor_ok(holder, "open t target.h5 rw");
		reader = START(PYTHON, SCRIPT("inner_h5py.py"), "threads");
		locks_waiting("target.h5", 1);
		actor_ok(holder, "close t");
		o = finish(reader);
		ck_assert_msg(o.status == 0, "%s", o.err);
	}
}
END_TEST

/* The tools print nothing where there is nothing, and so have to say why. */
START_TEST(h5dump_does_not_fill_in_what_it_can_not_have)
{
	struct actor *holder;
	struct outcome o;

	NEEDS_VIRTUAL;
	begin(_i);
	holder = actor_new();
	actor_ok(holder, "open t target.h5 rw");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "1.5");
	o = RUN("h5dump", "-y", "-d", "/virtual", "parent0.h5");
	ck_assert_int_ne(o.status, 0);
	ck_assert_msg(!strstr(o.out, "-1"), "%s", o.out);
	ck_assert_msg(strstr(o.err, "gives up opening") && strstr(o.err, "target.h5"), "%s", o.err);
	o = RUN("h5dump", "-y", "-d", "/data", "parent0.h5");
	ck_assert_msg(!strstr(o.out, "DATA {"), "%s", o.out);
	ck_assert_msg(strstr(o.err, "gives up opening") && strstr(o.err, "target.h5"), "%s", o.err);
	actor_ok(holder, "close t");
	o = RUN("h5dump", "-y", "-d", "/virtual", "parent0.h5");
	ck_assert_msg(o.status == 0 && !strstr(o.out, "-1"), "%s", o.out);
}
END_TEST

/* Plugins come and go, and bring their libhdf5 along to another place each time. */
START_TEST(a_link_is_waited_for_in_every_copy_that_was_ever_loaded)
{
	struct actor *holder;
	struct outcome o;

	h5_file("target.h5", 1);
	holder = actor_new();
	actor_ok(holder, "create p parent.h5 trunc");
	actor_ok(holder, "link p x target.h5 data");
	actor_ok(holder, "close p");
	actor_ok(holder, "open t target.h5 rw");
	setting("LOCKEDH5_COUNT", "1");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	o = RUN(CLIENT("reloading"), CLIENT("reloaded.so"), "40", "parent.h5", "x");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_str_eq(o.out, "40 addresses, 0 followed\n");
	actor_ok(holder, "close t");
	o = RUN(CLIENT("reloading"), CLIENT("reloaded.so"), "3", "parent.h5", "x");
	ck_assert_str_eq(o.out, "3 addresses, 3 followed\n");
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inner_programs");

	tcase_add_loop_test(tests, no_update_through_a_link_is_lost, 0, LOCKINGS);
	tcase_add_loop_test(tests, no_reader_sees_half_of_a_write_or_nothing, 0,
			    READERS * LOCKINGS);
	tcase_add_loop_test(tests, h5py_is_told_what_was_refused, 0, LOCKINGS);
	tcase_add_loop_test(tests, python_threads_do_not_lock_each_other_out, 0, LOCKINGS);
	tcase_add_loop_test(tests, h5dump_does_not_fill_in_what_it_can_not_have, 0, LOCKINGS);
	tcase_add_test(tests, a_link_is_waited_for_in_every_copy_that_was_ever_loaded);
	return group_run();
}
