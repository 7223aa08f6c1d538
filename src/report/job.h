/* SPDX-License-Identifier: BSD-3-Clause */
/* Which job of a cluster's batch system this process belongs to. */
#ifndef JOB_H
#define JOB_H

#include <stddef.h>

/* Room for a system's name and a job's number, which some systems follow with a host's name. */
enum { JOB_BYTES = 160 };

/* Writes the batch system and the job's number as its own commands take it, "slurm 12345_6", as the
 * environment says now; "" outside of a job.  Any thread, as far as getenv(); not in a signal
 * handler.  Preserves errno. */
void job_name(char *text, size_t size);

#endif
