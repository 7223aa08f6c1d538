/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 built for MPI, under mpirun: ranks that open files one by one take turns, and what they open
 * together, with the mpio driver, is refused or goes unlocked, as LOCKEDH5_DRIVER says. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

/* Four ranks on this host, however few processors it has; mpirun is not happy with root. */
#define MPIRUN "mpirun", "--allow-run-as-root", "--oversubscribe", "-np", "4"
#define RANKS  CLIENT("mpi_counter")

static bool is_here(const char *test)
{
	return needs(test, "test -x " RANKS, "no HDF5 for MPI (h5pcc)") &&
	       needs(test, "mpirun --version | grep -q 'Open MPI'", "no mpirun of Open MPI") &&
	       needs(test, "ldd " RANKS " | grep -q hdf5", "h5pcc -shlib links HDF5 statically");
}

/* "lockedh5" preloads the library into the ranks alone.  With PRELOADED mpirun has it, too, as in a
 * job script with "lockedh5 env", and its ranks inherit it. */
static void prepare(bool preloaded)
{
	counter_file("sum.h5");
	preload(preloaded);
}

/* --- each rank by itself ------------------------------------------------------ */

START_TEST(ranks_take_turns)
{
	if (!is_here(__func__))
		return;
	prepare(false);
	succeeds(RUN(MPIRUN, LAUNCHER, RANKS, "sum.h5", "50"));
	ck_assert_int_eq(counter_number("sum.h5"), 200);
	locks_become("sum.h5", 0, 0);
}
END_TEST

START_TEST(mpirun_itself_may_have_the_library)
{
	if (!is_here(__func__))
		return;
	prepare(true);
	succeeds(RUN(MPIRUN, RANKS, "sum.h5", "50"));
	ck_assert_int_eq(counter_number("sum.h5"), 200);
}
END_TEST

START_TEST(two_jobs_take_turns)
{
	struct process *job;

	if (!is_here(__func__))
		return;
	prepare(false);
	job = START(MPIRUN, LAUNCHER, RANKS, "sum.h5", "25");
	succeeds(RUN(MPIRUN, LAUNCHER, RANKS, "sum.h5", "25"));
	succeeds(finish(job));
	ck_assert_int_eq(counter_number("sum.h5"), 200);
}
END_TEST

/* --- all ranks together ------------------------------------------------------- */

static void refused(struct outcome o)
{
	ck_assert_msg(o.status != 0, "it was not refused: %s", o.err);
	has(o.err, "can't create 'sum.h5': the file driver is mpio");
	has(o.err, "LOCKEDH5_DRIVER=pass to go on unlocked (MPI-IO)");
}

START_TEST(mpio_is_refused)
{
	if (!is_here(__func__))
		return;
	prepare(true);
	refused(RUN(MPIRUN, RANKS, "sum.h5", "mpio"));
	setting("LOCKEDH5_DRIVER", "replace");
	refused(RUN(MPIRUN, RANKS, "sum.h5", "mpio"));
	ck_assert_int_eq(counter_number("sum.h5"), 0);
}
END_TEST

START_TEST(mpio_works_with_driver_pass)
{
	struct outcome o;

	if (!is_here(__func__))
		return;
	prepare(true);
	setting("LOCKEDH5_DRIVER", "pass");
	o = RUN(MPIRUN, RANKS, "ranks.h5", "mpio");
	succeeds(o);
	has(o.err, "'ranks.h5' is opened unlocked");
	has(o.err, "(mpio), because of LOCKEDH5_DRIVER=pass");
	has(RUN("h5dump", "-y", "-w", "0", "ranks.h5").out, "0, 1, 2, 3\n");
}
END_TEST

START_TEST(driver_pass_still_locks_what_ranks_open_by_themselves)
{
	struct outcome o;

	if (!is_here(__func__))
		return;
	prepare(true);
	setting("LOCKEDH5_DRIVER", "pass");
	o = RUN(MPIRUN, RANKS, "sum.h5", "50");
	succeeds(o);
	ck_assert_msg(!strstr(o.err, "unlocked"), "%s", o.err);
	ck_assert_int_eq(counter_number("sum.h5"), 200);
}
END_TEST

int main(void)
{
	TCase *tests = group("mpi");

	tcase_add_test(tests, ranks_take_turns);
	tcase_add_test(tests, mpirun_itself_may_have_the_library);
	tcase_add_test(tests, two_jobs_take_turns);
	tcase_add_test(tests, mpio_is_refused);
	tcase_add_test(tests, mpio_works_with_driver_pass);
	tcase_add_test(tests, driver_pass_still_locks_what_ranks_open_by_themselves);
	return group_run();
}
