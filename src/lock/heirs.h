/* SPDX-License-Identifier: BSD-3-Clause */
/* A lock that several processes have: at a fork() the child gets every open file's descriptor, and
 * with it the lock, which belongs to all copies of the descriptor.  It has to stay with those who
 * use the file: the process that opened it, until it closes it, and every child that has read or
 * written it.  They tell each other through memory that they share, without a descriptor or any
 * other trace, so that nothing is left of a process that ends in whatever way. */
#ifndef HEIRS_H
#define HEIRS_H

#include "lock/filesystem.h"

#include <stdbool.h>
#include <stdint.h>

/* One lock, as its entry in held.c knows it. */
struct heirs {
	uint32_t place;	 /* 0: nothing is shared */
	uint32_t number; /* a place is used again, for another lock */
};

/* Why a child may not use a file. */
enum heirs_verdict {
	HEIRS_USE,	/* it may */
	HEIRS_AGAIN,	/* it may: the lock was let go, and this process has taken it again */
	HEIRS_UNKNOWN,	/* its parent did not know of it */
	HEIRS_HELD,	/* its lock was let go, and somebody else has it */
	HEIRS_CHANGED,	/* its lock was let go, and somebody else has written it since */
	HEIRS_UNCERTAIN /* its lock was let go, and whether somebody else has written can't be told
			 */
};

/* To be called before a fork(), for a lock that this process has: from now on children may share
 * it.  Nothing is shared where there is no memory.  Any thread. */
struct heirs heirs_new(void);
/* To be called before a fork(), for a lock that this process has inherited. */
void heirs_passed_on(struct heirs h);
/* The lock had been let go before anybody could know of H.  Any thread. */
void heirs_void(struct heirs h);

/* In a child, before it uses the file behind its descriptor FD, on FS, for the first time: with
 * HEIRS_USE or HEIRS_AGAIN, it has the lock (EXCLUSIVE or shared) from now on until heirs_leave()
 * or its end; it may have been let go meanwhile, if nobody else has written the file.  Any thread;
 * async-signal-safe; may wait for a moment. */
enum heirs_verdict heirs_use(struct heirs h, const struct filesystem *fs, int fd, bool exclusive);

/* This process closes FD: as the one that opened the file (OPENED), or as a child that has used it.
 * Returns whether it has let the lock go; else it stays with those who use the file, or with
 * those who have it open when this process ends. Any thread; async-signal-safe; may wait for a
 * moment. */
bool heirs_leave(struct heirs h, const struct filesystem *fs, int fd, bool opened);

/* In a child that has used it: whether nobody else uses the file.  Any thread. */
bool heirs_alone(struct heirs h);

/* To be called in a child: what it is going to share itself is its own.  NOTHING: it has inherited
 * no lock, and is alone, so that what its parent shared can go.  Async-signal-safe. */
void heirs_begin_anew(bool nothing);

#endif
