/* Who holds a file and who waits for it now, with flock(), as HDF5 and this library do, or at the
 * turnstile (see lock.h).  Whether they have this library makes no difference.  All for any thread,
 * not for signal handlers; no descriptor is left behind. */
#ifndef HOLDERS_H
#define HOLDERS_H

#include "proc.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct holder {
	pid_t pid;	/* who took the lock or asks for it; 0 or less if the kernel does not say:
			   at the turnstile, and where another host does */
	bool exclusive; /* else shared */
	bool waiting;	/* else it holds */
	bool turnstile; /* waits there, so that nobody overtakes it, and is not yet in the queue
			   behind the holders */
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

/* Writes a phrase on who holds the file behind FD, to follow "the file is ": "held by 1234 (h5copy,
 * exclusive, running since 14:03:22)", "held by 5 readers: 12 (…), 13 (…), 14 (…) and 2 more", or
 * "held by another host or container" for a file that somebody must hold, but nobody here does.
 * The time is that of the process, for the kernel does not tell when a lock was taken.  Returns the
 * number of holders found, or a negative errno (with a phrase all the same).  Preserves errno. */
int holders_describe(int fd, char *text, size_t size);

/* Whether process PID has a descriptor that a flock() on this file belongs to: 1, 0, -EXDEV if only
 * on another file that has the same name in the kernel's lists, or another negative errno if its
 * descriptors can't be seen.  The second asks about one descriptor. */
int holders_has_lock(pid_t pid, const struct proc_name *name);
int holders_has_lock_on(pid_t pid, int fd, const struct proc_name *name);

#endif
