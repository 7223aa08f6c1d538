/* SPDX-License-Identifier: BSD-3-Clause */
/* A counter in one file, and many unmodified programs that add to it: not one addition is lost. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <stdlib.h>

enum { MOST = 16 };

/* A program to run, with the words before "sum.h5 TIMES". */
struct adder {
	const char *program, *script;
};

static struct process *add(const struct adder *a, const char *times)
{
	if (a->script)
		return START(a->program, a->script, "sum.h5", times);
	return START(a->program, "sum.h5", times);
}

/* Lets N programs at once, taken in turn from ADDERS (ends with a NULL program), add TIMES each. */
static void race(const struct adder *adders, int n, const char *times)
{
	struct process *runs[MOST];
	const struct adder *a = adders;

	counter_create("sum.h5");
	/* On a busy machine somebody may wait for long enough to say so. */
	setting("LOCKEDH5_VERBOSE", "0");
	for (int i = 0; i < n; i++) {
		runs[i] = add(a, times);
		a++;
		if (!a->program)
			a = adders;
	}
	for (int i = 0; i < n; i++)
		succeeds_silently(finish(runs[i]));
	ck_assert_int_eq(counter_number("sum.h5"), n * atoi(times));
	locks_become("sum.h5", 0, 0);
}

static const char *const hdf5_locking[] = { "TRUE", "FALSE", "BEST_EFFORT", NULL };

START_TEST(sixteen_c_programs_whatever_hdf5_does_itself)
{
	static const struct adder adders[] = { { CLIENT("counter"), NULL }, { NULL, NULL } };

	setting("HDF5_USE_FILE_LOCKING", hdf5_locking[_i]);
	race(adders, 16, "250");
}
END_TEST

START_TEST(h5py_and_pytables)
{
	static const struct adder adders[] = { { PYTHON, SCRIPT("counter_h5py.py") },
					       { PYTHON, SCRIPT("counter_pytables.py") },
					       { NULL, NULL } };

	NEEDS(HAS_PYTHON_MODULE("h5py, tables"), "no Python with h5py and PyTables");
	race(adders, 6, "50");
}
END_TEST

START_TEST(fortran)
{
	static const struct adder adders[] = { { CLIENT("counter_f90"), NULL }, { NULL, NULL } };

	NEEDS("test -x " CLIENT("counter_f90"), "no h5fc");
	race(adders, 8, "100");
}
END_TEST

START_TEST(cplusplus)
{
	static const struct adder adders[] = { { CLIENT("counter_cc"), NULL }, { NULL, NULL } };

	NEEDS("test -x " CLIENT("counter_cc"), "no h5c++");
	race(adders, 8, "100");
}
END_TEST

START_TEST(five_languages_at_once)
{
	static const struct adder adders[] = { { CLIENT("counter"), NULL },
					       { CLIENT("counter_f90"), NULL },
					       { CLIENT("counter_cc"), NULL },
					       { PYTHON, SCRIPT("counter_h5py.py") },
					       { PYTHON, SCRIPT("counter_pytables.py") },
					       { NULL, NULL } };

	NEEDS(HAS_PYTHON_MODULE("h5py, tables"), "no Python with h5py and PyTables");
	NEEDS("test -x " CLIENT("counter_f90") " && test -x " CLIENT("counter_cc"),
	      "no h5fc or h5c++");
	race(adders, 10, "50");
}
END_TEST

int main(void)
{
	TCase *tests = group("counters");

	tcase_add_loop_test(tests, sixteen_c_programs_whatever_hdf5_does_itself, 0, 4);
	tcase_add_test(tests, h5py_and_pytables);
	tcase_add_test(tests, fortran);
	tcase_add_test(tests, cplusplus);
	tcase_add_test(tests, five_languages_at_once);
	return group_run();
}
