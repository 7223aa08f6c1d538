/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptors on which this process holds locks, or waits for them.  Every entry belongs to the
 * process that made it: after a fork, the child's copies only say what its parent had, and which
 * locks it may share (heirs.h).  Nothing here blocks for more than a moment, and nothing is written
 * in a vfork()ed child, which shares our memory. */
#ifndef HELD_H
#define HELD_H

#include "lock/entries.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Enters FD, which refers to the file that *ST describes, on FS; an old entry for that number is
 * overwritten.  Returns 0, -EMFILE if the number is beyond what the table can hold, or -ENOMEM.
 * Any thread; not in a signal handler. */
int held_add(int fd, const struct stat *st, const struct filesystem *fs, enum held_state state,
	     enum held_lock lock, const void *library);

/* Changes the entry of FD, which must be this process's own.  Any thread. */
void held_change(int fd, enum held_state state, enum held_lock lock);

/* Turns the lock that HDF5's open file FD has into another by flock(FD, OPERATION), and enters that
 * it is LOCK now; where a file that is shared can't be written (CIFS), an exclusive one stays.
 * Returns 0 or a negative errno.  Any thread; async-signal-safe. */
int held_relock(int fd, int operation, enum held_lock lock);

/* Fills *H with the entry of FD, if it is still true: HDF5 or the program may have closed the
 * descriptor, or put another file there, behind our back (dup2, close_range).  Preserves errno; any
 * thread; async-signal-safe. */
bool held_get(int fd, struct held *h);

/* Whether the descriptor FD is the program's own business: it has no entry, nor is there a lock of
 * ours on it that is just being let go.  *TICKET changes with each entry of FD, and at its end:
 * if it is the same before and after a look at FD, what was seen was not one of ours.  Preserves
 * errno; any thread. */
bool held_is_foreign(int fd, uint32_t *ticket);

/* Fills *H with another entry than FD's for the file that *ST describes, if there is one that is
 * still true: of several, our own that is open, else our own, else an inherited one.  Of those that
 * only wait, it finds the ones that came before FD's, so that of two threads exactly one defers to
 * the other; but who waits within HDF5 comes before all who would open the file through the same
 * copy of it.  Any thread. */
bool held_find(const struct stat *st, int fd, struct held *h);

/* For a thread that is within HDF5 and wants the file that *ST describes: lets go of the lock on
 * FD, which another thread has and can't bring into HDF5 meanwhile.  Returns false if that has just
 * happened, or if the entry is no longer that file's. */
bool held_revoke(int fd, const struct stat *st);
/* HDF5 gets FD now: HELD_HANDED.  Returns false if the lock was revoked.  Only for the thread that
 * made the entry. */
bool held_commit(int fd);

/* Whether any thread of this process waits within HDF5; costs next to nothing. */
bool held_any_inside(void);

/* Fills *H with this process's own next open file from descriptor FD on, and returns its number, or
 * -1 if there is none.  Any thread. */
int held_next(int fd, struct held *h);

/* Whether this process has any entry; costs next to nothing.  Async-signal-safe. */
bool held_any(void);

/* Forgets FD and lets its lock go, if that is this process's own, or one that it has inherited and
 * used, and no other process uses it.  Returns whether it was let go (or, with HELD_UNLOCKED, our
 * own), with the entry in *H.  Preserves errno; any thread; async-signal-safe; does nothing in a
 * vfork()ed child.  Not left to close(), for a child may have a copy of the descriptor: one that
 * was forked, or for a moment one that is about to execute a program. */
bool held_release(int fd, struct held *h);
/* The same without the entry. */
bool held_close(int fd);

/* Forgets FD, this process's own, and leaves its lock alone: another descriptor, a copy of it, has
 * that now.  Any thread. */
void held_moved(int fd);

/* Forgets and closes *FD, unless it is negative, and makes it -1.  Any thread. */
void held_drop(int *fd);

/* A number that changes when an opening of this process has ended (see held_wake). */
uint32_t held_version(void);
/* Wakes the threads that wait until another thread's opening has ended. */
void held_wake(void);
/* Blocks until held_version() is no longer VERSION, or until a signal handler has run.  Returns 0
 * or -EINTR.  Any thread; not in a signal handler. */
int held_sleep(uint32_t version);

#endif
