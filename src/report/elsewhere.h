/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file whom this kernel does not show, by what the timelines in LOCKEDH5_TRACE's folder
 * say of other hosts and of the outside of this container.  A timeline is foreign bytes, and may
 * lack its end: a program that was killed seems to hold its file for ever. */
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include "report/job.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is asked about. */
struct elsewhere_file {
	dev_t dev; /* 0: other hosts have the file, and number their devices otherwise */
	ino_t ino;
	const char *path; /* its last part has to be the same everywhere */
	bool hidden;	  /* its locks are not shown at all: processes of this host count, too */
};

/* Somebody who holds it.  The texts are valid UTF-8 without control characters. */
struct elsewhere {
	int pid;   /* as it is there */
	bool here; /* on this host */
	bool exclusive;
	int64_t since; /* microseconds since 1970, by the clock there */
	bool has_user;
	uint32_t user;
	char host[65], program[64], job[JOB_BYTES]; /* "" if not known */
};

/* Finds who holds the file: the first MAX of them, whose hold began last, the newest first.
 * Returns how many there are, 0 also where that can't be found out, or without LOCKEDH5_TRACE.
 * Whoever must have let go, since somebody else got a lock that does not go with it, is left out.
 * The work is bounded, so that a big folder is looked through in part: the newest files, the ends
 * of long ones.  Any thread, not in a signal handler; leaves no descriptor or memory behind;
 * preserves errno. */
int elsewhere_find(const struct elsewhere_file *file, struct elsewhere *holders, int max);

#endif
