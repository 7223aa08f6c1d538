/* SPDX-License-Identifier: BSD-3-Clause */
/* h5py, PyTables and netCDF4: each loads its libhdf5 for itself alone, and h5py never calls
 * H5Fclose. The assertions about one Python process are in clients/python_cases.py. */
#include "programs.h"
#include "support.h"

#include <stdio.h>

struct python_case {
	const char *name, *count, *modules;
};

static const struct python_case cases[] = {
	{ "held_for_writing_is_BlockingIOError", "1", "h5py" },
	{ "held_for_reading_is_BlockingIOError", "1", "h5py" },
	{ "held_behind_a_link_is_BlockingIOError", "1", "h5py" },
	{ "held_behind_a_link_is_said_again_if_nobody_read_it", "1", "h5py" },
	{ "what_is_held_behind_a_link_is_printed_once", "1", "h5py" },
	{ "exclusive_creation_of_a_held_file_is_FileExistsError", NULL, "h5py" },
	{ "another_driver_is_OSError", NULL, "h5py" },
	{ "file_objects_pass", NULL, "h5py" },
	{ "core_is_locked", "1", "h5py" },
	{ "lock_follows_the_mode", NULL, "h5py" },
	{ "no_lock_after_del", NULL, "h5py" },
	{ "lock_lasts_as_long_as_a_dataset", NULL, "h5py" },
	{ "pytables_locks", NULL, "tables" },
	{ "netcdf4_locks", NULL, "netCDF4" },
	{ "h5py_and_pytables_in_one_process", NULL, "h5py, tables" },
	{ "h5dump_waits", NULL, "h5py" },
	{ "h5ls_waits", NULL, "h5py" },
	{ "h5copy_waits_for_its_source", NULL, "h5py" },
	{ "h5copy_waits_for_its_target", NULL, "h5py" },
	{ "h5repack_waits", NULL, "h5py" },
};
static const struct python_case with_children[] = {
	{ "daemon_has_its_parents_h5py_file", NULL, "h5py" },
	{ "daemon_has_its_parents_pytables_file", NULL, "h5py, tables" },
	{ "child_that_does_nothing_keeps_no_lock_of_a_closed_file", NULL, "h5py" },
	{ "writer_process_has_the_file_that_its_parent_closes", NULL, "h5py" },
	{ "writer_process_that_is_too_late_raises", NULL, "h5py" },
	{ "subprocesses_keep_the_lock", NULL, "h5py" },
	{ "multiprocessing_children_keep_the_lock", NULL, "h5py" },
	{ "forked_child_that_closes_the_file_keeps_the_parents_lock", NULL, "h5py" },
};
enum {
	CASES = sizeof(cases) / sizeof(cases[0]),
	CHILDREN = sizeof(with_children) / sizeof(with_children[0])
};

static void run_case(const struct python_case *c, bool hdf5_locks)
{
	char command[256];
	struct outcome o;

	snprintf(command, sizeof(command), HAS_PYTHON_MODULE("%s"), c->modules);
	NEEDS(command, "no Python with that module");
	setting("LOCKEDH5_COUNT", c->count);
	setting("HDF5_USE_FILE_LOCKING", hdf5_locks ? NULL : "FALSE");
	o = RUN(PYTHON, SCRIPT("python_cases.py"), c->name);
	ck_assert_msg(o.status == 0, "%s: status %d: %s", c->name, o.status, o.err);
}

/* HDF5's own lock must not be what makes these pass. */
START_TEST(alone)
{
	run_case(&cases[_i], false);
}
END_TEST

START_TEST(with_hdf5s_own_lock)
{
	run_case(&cases[_i], true);
}
END_TEST

START_TEST(beside_its_children)
{
	run_case(&with_children[_i / 2], _i % 2);
}
END_TEST

START_TEST(other_errors_are_h5pys_own)
{
	struct outcome without, with;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	ck_assert_int_eq(RUN("mkdir", "without", "with").status, 0);
	preload(false);
	without = RUN("sh", "-c", "cd without && exec \"$0\" \"$@\"", PYTHON,
		      SCRIPT("h5py_errors.py"));
	preload(true);
	with = RUN("sh", "-c", "cd with && exec \"$0\" \"$@\"", PYTHON, SCRIPT("h5py_errors.py"));
	ck_assert_msg(without.status == 0, "%s", without.err);
	ck_assert_msg(with.status == 0, "%s", with.err);
	ck_assert_str_eq(with.out, without.out);
	ck_assert_str_eq(with.err, without.err);
	/* None of this is a reason to wait. */
	ck_assert_double_le(with.seconds, 20);
}
END_TEST

/* Mode "a" tries to open, then creates: whoever took "no such file" for a reason to wait would take
 * 90 s for every new file. */
START_TEST(mode_a_makes_a_new_file_at_once)
{
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	o = RUN(PYTHON, "-c", "import h5py; h5py.File('new.h5', 'a')['x'] = 1");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_double_le(o.seconds, 20);
	o = RUN("h5dump", "-d", "/x", "new.h5");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_str_eq(o.err, "");
}
END_TEST

int main(void)
{
	TCase *tests = group("python");

	tcase_add_loop_test(tests, alone, 0, CASES);
	tcase_add_loop_test(tests, with_hdf5s_own_lock, 0, CASES);
	tcase_add_loop_test(tests, beside_its_children, 0, CHILDREN * 2);
	tcase_add_test(tests, other_errors_are_h5pys_own);
	tcase_add_test(tests, mode_a_makes_a_new_file_at_once);
	return group_run();
}
