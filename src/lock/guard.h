/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are locked already when HDF5 opens them, by the program itself: flock() on another
 * descriptor of the same file, or on one that it has inherited, as under flock(1).  A lock of ours
 * would wait for that one; so that one is the lock, and it lasts as long as HDF5 has the file open.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

/* HDF5's descriptor FD goes on under the exclusive lock that belongs to the descriptor OWN, until
 * guard_end(FD).  Takes a copy of OWN, so that the program may close it.  Returns 0, -ESTALE if OWN
 * is no longer that file or no longer locked, or another negative errno.  Any thread. */
int guard_begin(int fd, int own);

/* FD is closed now.  OURS: this process opened it, else it was forked since.  Preserves errno; any
 * thread; async-signal-safe. */
void guard_end(int fd, bool ours);

/* The program calls flock(FD, OPERATION).  Returns true if that would end or weaken a lock that
 * HDF5's open files rely on: it is done in guard_end() then.  Preserves errno; any thread;
 * async-signal-safe. */
bool guard_defers(int fd, int operation);

#endif
