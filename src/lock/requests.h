/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks and requests for locks as the kernel shows them, a line each: in /proc/locks and on the
 * page of a descriptor.  All for any thread, not for signal handlers. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "system/proc.h"

#include <stdbool.h>
#include <sys/types.h>

struct request {
	bool flock, ofd; /* else a POSIX lock, or a lease */
	bool bytes;	 /* one on the bytes that stand for a flock(): kernel_lock.h */
	bool exclusive;
	bool waits;
	pid_t pid;	      /* of an OFD lock none: -1 */
	long long start, end; /* LLONG_MAX: of the file */
};

/* Reads a line.  False if it is about another file than NAME. */
bool requests_parse(const char *line, const struct proc_name *name, struct request *r);

/* Whether it is a lock of the file, as HDF5 and this library take it, or a request for one. */
bool requests_lock(const struct request *r);
/* Whether it is of that place in line, or of any: other bytes, and more of them, are other
 * programs' business. */
bool requests_stand_at(const struct request *r, long long place);
bool requests_in_line(const struct request *r);

/* Whether /proc/locks has such a line about the file behind FD; true if that can't be read. */
bool requests_any(int fd, bool (*is_one)(const struct request *));

/* Whether the page of process PID's descriptor FD shows such a lock on the file, which fills *LOCK:
 * 1, 0 or a negative errno.  PID 0: of this process. */
int requests_shown(pid_t pid, int fd, const struct proc_name *name,
		   bool (*is_one)(const struct request *), struct request *lock);

#endif
