/* SPDX-License-Identifier: BSD-3-Clause */
/* What kind of file system a file is on, and what that asks of a lock. */
#ifndef FILESYSTEM_H
#define FILESYSTEM_H

#include "lock/mounts.h"

#include <stdbool.h>
#include <sys/types.h>

/* What a file system does otherwise than one of this machine's own disks. */
enum filesystem_traits {
	/* Other hosts may use it: what this one has in its cache may be old, and the files' times
	 * are another clock's. */
	FS_REMOTE = 1 << 0,
	/* A line can be had before a file (turnstile.h), for all hosts that use it. */
	FS_LINE = 1 << 1,
	/* A flock() is a lock on all bytes, and collides with those of the line: the lock is one on
	 * the bytes before them (kernel_lock.h). */
	FS_BYTES = 1 << 2,
	/* flock() says EACCES of a file that somebody else holds. */
	FS_EACCES = 1 << 3,
	/* A lock may end in no other way than by close(), and then it need not have ended: several
	 * processes' descriptors can be one to the server (lookup_open_alone()). */
	FS_CLOSES = 1 << 4,
	/* The kernel waits badly for a lock, or not so that a signal could end it. */
	FS_POLLS = 1 << 5,
	/* What is written is not at the server when the lock ends. */
	FS_FLUSHES = 1 << 6,
	/* A lock keeps out the programs of this host alone: as the table of mounts says, */
	FS_HERE = 1 << 7,
	/* or as is likely; */
	FS_LIKELY_HERE = 1 << 8,
	/* or if the kernel shows the lock in its own lists (FUSE). */
	FS_HERE_IF_SHOWN = 1 << 9,
	/* The kernel shows none of its locks. */
	FS_HIDDEN = 1 << 10,
	/* Its server, asked who has a file (F_OFD_GETLK), tells of no readers. */
	FS_KEEPS_READERS = 1 << 11,
	/* Nothing would stop readers who overlap from keeping a writer out for ever: once a second
	 * all of them let a moment pass. */
	FS_BREATHES = 1 << 12,
	/* For a second or two a client, or more than one layer of it, believes what it knows of a
	 * file's size, also if it has been locked since. */
	FS_BELIEVES_SIZE = 1 << 13,
	/* What this host has in its caches can't be forgotten, and may be old: WHY and CHANGE. */
	FS_STALE = 1 << 14
};

struct filesystem {
	const char *name; /* "nfs", "lustre", …; "unknown" */
	int traits;	  /* of enum filesystem_traits */
	const char *why;  /* FS_HERE and its likes, FS_STALE: "is mounted with nobrl"; else NULL */
	const char *change; /* and what to do about it, an imperative */
};

/* The file system that FD is on, DEVICE as fstat() says.  Never NULL; valid for ever.  For one of
 * this machine's own it asks the kernel at most once in 10 ms.  Preserves errno; any thread; not in
 * a signal handler. */
const struct filesystem *filesystem_of(int fd, dev_t device);

/* The same by statfs()'s f_type and its mount, or NULL. */
const struct filesystem *filesystem_kind(unsigned int magic, const struct mount *m);

/* Whether what this host has cached, and the times of files, are to be believed there
 * (LOCKEDH5_COHERENCE has a say).  Any thread. */
bool filesystem_is_local(const struct filesystem *fs);

/* FD has just been locked: forgets what this host has in its cache of the file, its size included,
 * if other hosts may have written it since.  Preserves errno; any thread; async-signal-safe. */
void filesystem_forget_cache(const struct filesystem *fs, int fd);

/* Whether the lock that FD has keeps out the programs of this host alone: FS_HERE, FS_LIKELY_HERE
 * or 0.  Any thread; not in a signal handler. */
int filesystem_locks_here(const struct filesystem *fs, int fd);

/* Whether ERROR (a positive errno) tells of a server's or a disk's trouble, which passes or does
 * not, and not of whether there are locks.  Any thread. */
bool filesystem_in_trouble(int error);

/* What would help where flock() on a file of that file system fails with ERROR (a positive errno):
 * a phrase that follows "; ".  A static string.  Any thread. */
const char *filesystem_advice(int error);

#endif
