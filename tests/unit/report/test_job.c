/* SPDX-License-Identifier: BSD-3-Clause */
/* The batch system's job, by its variables. */
#include "report/job.h"

#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *variables[5], *job;
} jobs[] = {
	{ { NULL }, "" },
	{ { "SLURM_JOB_ID", "13" }, "slurm 13" },
	{ { "SLURM_JOB_ID", "" }, "" },
	/* Each part of an array has a number of its own, too, by which its user does not know it.
	 */
	{ { "SLURM_ARRAY_JOB_ID", "12", "SLURM_ARRAY_TASK_ID", "0" }, "slurm 12_0" },
	{ { "PBS_JOBID", "1234[5].server" }, "pbs 1234[5].server" },
	{ { "LSB_JOBID", "7", "LSB_JOBINDEX", "0" }, "lsf 7" },
	{ { "LSB_JOBID", "7", "LSB_JOBINDEX", "4" }, "lsf 7[4]" },
	{ { "LSB_JOBID", "7" }, "lsf 7" },
	{ { "JOB_ID", "8", "SGE_TASK_ID", "undefined" }, "sge 8" },
	{ { "JOB_ID", "8", "SGE_TASK_ID", "2" }, "sge 8.2" },
	{ { "JOB_ID", "anybody's" }, "" },
	{ { "FLUX_JOB_ID", "\xc6\x92oLkTLb" }, "flux \xc6\x92oLkTLb" },
	{ { "OAR_JOB_ID", "9" }, "oar 9" },
	{ { "COBALT_JOBID", "10" }, "cobalt 10" },
	{ { "LOADL_STEP_ID", "host.11.0" }, "loadleveler host.11.0" },
	{ { "PJM_JOBID", "12" }, "pjm 12" },
	/* Which is the inner one is not known. */
	{ { "PBS_JOBID", "1", "SLURM_JOB_ID", "2" }, "slurm 2" },
};

static void outside_of_a_job(void)
{
	static const char *const variables[] = {
		"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID",
		"PBS_JOBID",	"LSB_JOBID",	      "LSB_JOBINDEX",
		"JOB_ID",	"SGE_TASK_ID",	      "FLUX_JOB_ID",
		"OAR_JOB_ID",	"COBALT_JOBID",	      "LOADL_STEP_ID",
		"PJM_JOBID"
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
}

START_TEST(a_job_has_the_name_that_its_system_gives_it)
{
	char job[JOB_BYTES];

	outside_of_a_job();
	for (int i = 0; i < 4 && jobs[_i].variables[i]; i += 2)
		setenv(jobs[_i].variables[i], jobs[_i].variables[i + 1], 1);
	errno = 77;
	job_name(job, sizeof(job));
	ck_assert_str_eq(job, jobs[_i].job);
	ck_assert_int_eq(errno, 77);
	job_name(job, 4);
	ck_assert_int_le((int)strlen(job), 3);
}
END_TEST

int main(void)
{
	TCase *tests = group("job");

	tcase_add_loop_test(tests, a_job_has_the_name_that_its_system_gives_it, 0,
			    sizeof(jobs) / sizeof(jobs[0]));
	return group_run();
}
