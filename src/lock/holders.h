/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file and who waits for it now, with flock(), as HDF5 and this library do, or at the
 * turnstile (see lock.h).  Whether they have this library makes no difference.  All for any thread,
 * not for signal handlers; no descriptor is left behind. */
#ifndef HOLDERS_H
#define HOLDERS_H

#include "system/proc.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The places in line, from the turnstile backwards, and one more, each of one byte (turnstile.h).
 * Not side by side: the kernel would make one lock of those that a descriptor has at two of them.
 */
#define HOLDERS_TURNSTILE (1LL << 62)
#define HOLDERS_SECOND	  ((1LL << 62) + 256)
#define HOLDERS_THIRD	  ((1LL << 62) + 512)
#define HOLDERS_GUARDED	  ((1LL << 62) + 1024)

struct holder {
	pid_t pid;	/* who took the lock or asks for it; 0 or less if the kernel does not say:
			   at the turnstile, and where another host does */
	bool exclusive; /* else shared */
	bool waiting;	/* else it holds */
	bool turnstile; /* waits there, or behind it, so that nobody overtakes it, and is not yet in
			   the queue behind the holders */
	bool left;	/* the process that took the lock has ended, or has no descriptor of it any
			   more: a child of it keeps the lock */
	struct proc_facts process;
};

/* Finds the first MAX holders and waiters of the file behind FD, any descriptor of it, O_PATH will
 * do; in the kernel's order, each holder before those who wait for it.  Returns how many there are,
 * which may be more than MAX, or a negative errno if /proc can't be read.  The kernel shows neither
 * what other hosts hold nor what other containers do: 0 does not mean that the file is free if a
 * lock on it has just been refused. */
int holders_find(int fd, struct holder *holders, int max);

/* The same of those who hold alone. */
int holders_only(int fd, struct holder *holders, int max);

/* Whether somebody stands at the turnstile of the file behind FD; true if that can't be read. */
bool holders_at_turnstile(int fd);

/* Whether somebody waits for an fcntl() lock on the file behind FD for which the turnstile, or
 * another such lock, is in the way. */
bool holders_turnstile_in_the_way(int fd);

/* Whether process PID has a descriptor that a flock() on this file belongs to: 1, 0, -EXDEV if only
 * on another file that has the same name in the kernel's lists, or another negative errno if its
 * descriptors can't be seen.  The second asks about one descriptor. */
int holders_has_lock(pid_t pid, const struct proc_name *name);
int holders_has_lock_on(pid_t pid, int fd, const struct proc_name *name);

/* Whether this process's own descriptor FD has a flock() to it.  Fills *LOCK with its pid, who took
 * it, and exclusive.  1, 0 or a negative errno. */
int holders_own_lock(int fd, const struct proc_name *name, struct holder *lock);

/* Whether process PID stands in line with that descriptor, and sets *EXCLUSIVE to whether it does
 * so to write.  One that runs waits for the file; one that is stopped is in no queue. */
bool holders_stands_with(pid_t pid, int fd, const struct proc_name *name, bool *exclusive);

#endif
