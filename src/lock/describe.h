/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file, in words. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stddef.h>

/* Writes a phrase on who holds the file behind FD, to follow "the file is ": "held by 1234 (h5copy,
 * exclusive, running since 14:03:22)", with "stopped" before the time if it is, and a clause if the
 * process is an ancestor of this one and may be waiting for it; "held by 5 readers: 12 (…), 13 (…),
 * 14 (…) and 2 more".  For a file that somebody must hold, but nobody here does: "held by 4711 on
 * node17 (h5copy, exclusive since 14:03:22, user 1000, job slurm 12345_6), as its timeline says" if
 * LOCKEDH5_TRACE's folder knows, else "held by another host or container".  The first time is that
 * of the process, for the kernel does not tell when a lock was taken.  Returns the number of
 * holders that the kernel shows, or a negative errno (with a phrase all the same).  Preserves
 * errno. */
int describe_holders(int fd, char *text, size_t size);

#endif
