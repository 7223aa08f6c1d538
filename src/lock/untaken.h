/* SPDX-License-Identifier: BSD-3-Clause */
/* A lock that is free and stays free, though somebody stands before it: who is stopped (SIGSTOP, a
 * debugger, a suspended job) does not take it.  One that runs takes it within microseconds, on a
 * busy machine milliseconds; so if it is free whenever one looks, nobody is about to take it. */
#ifndef UNTAKEN_H
#define UNTAKEN_H

#include "lock/filesystem.h"

#include <stdbool.h>
#include <stdint.h>

/* One wait's looks. */
struct untaken {
	int free; /* how often it was, one time after the other */
};

/* One look at FD's lock.  Returns 0 with the lock, if it has been free often enough, or -EAGAIN, or
 * another negative errno.  Any thread. */
int untaken_look(const struct filesystem *fs, int fd, bool exclusive, struct untaken *looks);

/* The next look is the last: it decides. */
void untaken_decide(struct untaken *looks);

/* How long it has to stay free until the next look (nanoseconds). */
int64_t untaken_pause(const struct filesystem *fs);

/* For who finds the file busy and may not wait: looks until the lock is taken, or is somebody's.
 * Returns as lock_try() does, at once if the file is held, else within 30 ms, on another host's
 * file system half a second.  Any thread. */
int untaken_take(const struct filesystem *fs, int fd, bool exclusive);

#endif
