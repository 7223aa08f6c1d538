/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting for one descriptor's lock, in line with those who want the same file. */
#ifndef LINE_H
#define LINE_H

#include "lock/filesystem.h"

#include <stdbool.h>
#include <stdint.h>

/* What a wait asks of its caller, each with ARG. */
struct lock_waiter {
	/* Whether to go on (0), after a signal or a pause, or how to end the wait: a negative
	 * errno, or a number of the caller's from 200 on, which the wait returns. */
	int (*interrupted)(void *arg);
	/* A signal shall interrupt the wait at this time (monotonic_ns()), if nothing does before.
	 * After that time, and after INTERRUPTED, it is called again.  INT64_MAX: never. */
	void (*look_at)(void *arg, int64_t when);
	void *arg;
};

/* Waits for FD's lock in the kernel's queue.  With IN_TURN the wait begins at the turnstile, where
 * a waiter stops those who come later, unless nobody can stand there; but a file that is free for
 * 20 ms (on another host's file system, some seconds) behind those who stand before is taken.
 * Returns 0 with the lock, what INTERRUPTED said, or another negative errno if the file system
 * can't lock.  Any thread. */
int line_wait(const struct filesystem *fs, int fd, bool exclusive, bool in_turn,
	      const struct lock_waiter *w);

/* The same where no signal can interrupt a system call in time, or where the kernel waits badly:
 * looks every few milliseconds; on another host's file system at most 8 times a second, all who
 * wait for the file together, as long as these are not many.  Calls INTERRUPTED after each pause,
 * which a signal ends, and never LOOK_AT. */
int line_poll(const struct filesystem *fs, int fd, bool exclusive, bool in_turn,
	      const struct lock_waiter *w);

#endif
