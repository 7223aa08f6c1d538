/* SPDX-License-Identifier: BSD-3-Clause */
/* What kind of file system a file is on, and what that asks of a lock. */
#ifndef FILESYSTEM_H
#define FILESYSTEM_H

#include <stdbool.h>
#include <sys/types.h>

/* The name of the file system that FD is on ("nfs", "lustre", …), or "unknown".  A static string.
 * Any thread. */
const char *filesystem_name(int fd);

/* Whether flock() and fcntl() locks on the file behind FD, whose device is DEVICE, are two
 * different things, as they are on local file systems; on network file systems each may stand for
 * the other. Any thread. */
bool filesystem_has_separate_locks(int fd, dev_t device);

/* What would help where flock() on a file of that file system fails with ERROR (a positive errno):
 * a phrase that follows "; ".  A static string.  Any thread. */
const char *filesystem_advice(int error);

#endif
