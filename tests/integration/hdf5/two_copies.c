/* SPDX-License-Identifier: BSD-3-Clause */
/* Two real copies of HDF5 in one process, as an h5py and a netCDF4 have them that bring their own.
 * One of them is made here: clients/own_hdf5.  (copies.c is about more copies, which are fakes.) */
#include "programs.h"
#include "support.h"

#include <string.h>

#define REAL	  CLIENT("real.so") /* an extension module with the HDF5 of the tests */
#define OWN_REAL  "own/real.so"	    /* the same with one of its own */
#define HOST(...) RUN(CLIENT("fake_host"), __VA_ARGS__)

static const char sentence[] = "this process has it open already, through another copy of the HDF5 "
			       "library than ";

static void make_own(const char *module)
{
	struct outcome o;

	preload(false);
	o = RUN(SCRIPT("own_hdf5"), "own", module);
	preload(true);
	ck_assert_msg(o.status == 0, "%s%s", o.out, o.err);
	setting("LD_LIBRARY_PATH", "own");
	setting("PYTHONPATH", "own");
}

/* --- extension modules in C ------------------------------------------------------------------- */

START_TEST(second_open_fails_at_once)
{
	struct outcome o;

	make_own(REAL);
	h5_file("data.h5", 1);
	o = HOST("try", REAL, "data.h5", "try", OWN_REAL, "data.h5", "locks", "-", "close", REAL,
		 "locks", "-", "try", OWN_REAL, "data.h5", "try", REAL, "data.h5", "locks", "-");
	outputs(o, "real.so: has it\nreal.so: fails\nlocks: 1\nlocks: 0\n"
		   "real.so: has it\nreal.so: fails\nlocks: 1\n");
	ck_assert_double_le(o.seconds, 20);
	ck_assert_msg(strstr(o.err, sentence), "%s", o.err);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(different_files_work)
{
	struct outcome o;

	make_own(REAL);
	h5_file("data.h5", 1);
	h5_file("other.h5", 2);
	o = HOST("try", REAL, "data.h5", "try", OWN_REAL, "other.h5", "locks", "-", "close", REAL,
		 "locks", "-", "close", OWN_REAL, "locks", "-");
	outputs(o, "real.so: has it\nreal.so: has it\nlocks: 2\nlocks: 1\nlocks: 0\n");
	ck_assert_str_eq(o.err, "");
	h5_file_is("data.h5", 1);
	h5_file_is("other.h5", 2);
}
END_TEST

/* --- h5py and netCDF4 ---------------------------------------------------------------------------
 */

#define NEEDS_BOTH() \
	NEEDS(HAS_PYTHON_MODULE("h5py, netCDF4"), "no Python with both h5py and netCDF4")

static void make_own_netcdf4(void)
{
	struct outcome o;

	preload(false);
	o = RUN(PYTHON, "-c",
		"import netCDF4, os\n"
		"data = netCDF4.Dataset('data.nc', 'w')\n"
		"data.createDimension('n', 3)\n"
		"data.createVariable('x', 'i4', ('n',))[:] = [1, 2, 3]\n"
		"data.close()\n"
		"print(os.path.dirname(netCDF4.__file__), end='')");
	preload(true);
	ck_assert_msg(o.status == 0, "%s", o.err);
	make_own(o.out);
}

static const struct {
	const char *name;
	bool fails; /* and says so */
} cases[] = {
	{ "h5py_first", true },
	{ "netcdf4_first", true },
	{ "two_files", false },
	{ "two_readers", false },
};

START_TEST(in_python)
{
	struct outcome o;

	NEEDS_BOTH();
	make_own_netcdf4();
	o = RUN(PYTHON, SCRIPT("two_copies.py"), cases[_i].name);
	ck_assert_msg(o.status == 0, "%s: %s%s", cases[_i].name, o.out, o.err);
	if (cases[_i].fails)
		ck_assert_msg(strstr(o.err, sentence), "netCDF4 does not say why, nor we: %s",
			      o.err);
	else
		ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(both_copies_of_both_processes_take_turns)
{
	struct process *p[2];
	struct outcome o;

	NEEDS_BOTH();
	make_own_netcdf4();
	for (int i = 0; i < 2; i++)
		p[i] = START(PYTHON, SCRIPT("two_copies.py"), "in_turn");
	for (int i = 0; i < 2; i++) {
		o = finish(p[i]);
		ck_assert_msg(o.status == 0, "%s%s", o.out, o.err);
	}
	o = RUN(PYTHON, "-c", "import h5py; print(h5py.File('data.nc', 'r')['x'][0])");
	ck_assert_str_eq(o.out, "81\n");
}
END_TEST

int main(void)
{
	TCase *tests = group("two copies");

	tcase_add_test(tests, second_open_fails_at_once);
	tcase_add_test(tests, different_files_work);
	tcase_add_loop_test(tests, in_python, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, both_copies_of_both_processes_take_turns);
	return group_run();
}
