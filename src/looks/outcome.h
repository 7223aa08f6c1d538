/* SPDX-License-Identifier: BSD-3-Clause */
/* What the outcome of a call of libc's tells of a name: this is all that the hooks of names do
 * beside calling libc.  Each returns what libc did, and keeps its errno. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "looks/known.h"
#include "looks/looks.h"

#include <errno.h>
#include <fcntl.h>

/* A look that tells no more than whether it is missing. */
static inline int outcome_missed(int folder, const char *path, int rc)
{
	if (rc < 0 && errno == ENOENT)
		looks_missed(folder, path);
	return rc;
}

/* One that tells which file it is: *ST. */
static inline int outcome_looked(int folder, const char *path, const struct stat *st, int rc)
{
	if (rc == 0 && looks_any())
		known_seen(st);
	return outcome_missed(folder, path, rc);
}

/* One that tells only that something is there. */
static inline int outcome_asked(int folder, const char *path, int rc)
{
	if (rc == 0 && looks_any())
		looks_found(folder, path);
	return outcome_missed(folder, path, rc);
}

static inline int outcome_opened(int folder, const char *path, int flags, int fd)
{
	if (fd >= 0 && looks_any()) {
		if (flags & O_CREAT)
			known_made(fd);
		else
			looks_found(folder, path);
	}
	return flags & O_CREAT ? fd : outcome_missed(folder, path, fd);
}

/* What makes a name. */
static inline int outcome_made(int folder, const char *path, int rc)
{
	if (rc == 0 && looks_any())
		known_made_name(folder, path);
	return rc;
}

#endif
