/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/job.h"

#include "system/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The variables that batch systems set in their jobs, and how they write the part of a job of many
 * (an array): "12345_6", "123[4]", "123.4". */
static const struct batch_system {
	const char *name, *job;
	const char *part; /* NULL: it is in the job's number */
	const char *before, *after;
	const char *no_part; /* what the variable is in a job that is not of many */
	bool needs_part;     /* without, JOB is not set, or may be anybody's variable */
} systems[] = {
	{ "slurm", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "_", "", "", true },
	{ .name = "slurm", .job = "SLURM_JOB_ID" },
	{ .name = "pbs", .job = "PBS_JOBID" },
	{ "lsf", "LSB_JOBID", "LSB_JOBINDEX", "[", "]", "0", false },
	{ "sge", "JOB_ID", "SGE_TASK_ID", ".", "", "undefined", true },
	{ .name = "flux", .job = "FLUX_JOB_ID" },
	{ .name = "oar", .job = "OAR_JOB_ID" },
	{ .name = "cobalt", .job = "COBALT_JOBID" },
	{ .name = "loadleveler", .job = "LOADL_STEP_ID" },
	{ .name = "pjm", .job = "PJM_JOBID" },
};

/* NULL: not set, or empty. */
static const char *variable(const char *name)
{
	const char *value = name ? secure_getenv(name) : NULL;

	return value && *value ? value : NULL;
}

void job_name(char *to, size_t size)
{
	struct text text;

	text_begin(&text, to, size);
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		const struct batch_system *s = &systems[i];
		const char *job = variable(s->job), *part = variable(s->part);

		if (!job || (s->needs_part && !part))
			continue;
		text_add(&text, "%s %s", s->name, job);
		if (part && strcmp(part, s->no_part) != 0)
			text_add(&text, "%s%s%s", s->before, part, s->after);
		return;
	}
}
