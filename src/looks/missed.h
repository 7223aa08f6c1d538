/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a file is there against what this process has seen. */
#ifndef MISSED_H
#define MISSED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The file in question. */
struct missed_file {
	int fd;
	const char *name; /* by which it was opened */
	const struct stat *st;
	bool local; /* its times are of this host's clock */
};

/* Whether FILE is one that this process looked for in vain within the second before NOW
 * (looks_now()), and that has come to be there since, neither made by this process nor seen by it.
 * If so, *AGE is how long before NOW that was, in milliseconds.  Preserves errno; any thread; not
 * in a signal handler. */
bool missed_file(const struct missed_file *file, int64_t now, int *age);

#endif
