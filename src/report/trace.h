/* SPDX-License-Identifier: BSD-3-Clause */
/* The timeline of this process's waits and holds.  Each event is appended to LOCKEDH5_TRACE's
 * HOST-PID.trace as one line, which "lockedh5 trace" (command/trace/) merges with those of other
 * processes.  The first four columns, separated by tabs, are the time, the thread, the descriptor
 * and what happened; the last one shows whether the line is whole. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Without LOCKEDH5_TRACE all of these do nothing.  All of them take no lock, leave no descriptor
 * behind and, once settings() has been called, preserve errno.  None may be called in a vfork()ed
 * child.  A timeline that can't be written is reported once and does not stop the program. */

/* The time for the events below: CLOCK_REALTIME, which other hosts have, too, in microseconds.
 * Without LOCKEDH5_TRACE 0.  Any thread; async-signal-safe. */
int64_t trace_now(void);

/* From now on this thread waits for the file called NAME...  Any thread; not in a signal handler.
 */
void trace_wait(const char *name, bool exclusive);
/* ...until now, when RESULT, 0 or a negative errno, has come of it. */
void trace_wait_over(int result);

/* From now on this process has a lock on FD, which refers to the file INO on the device DEV.  To be
 * called with the lock in hand: two processes' times must never overlap where their locks don't.
 * Any thread; not in a signal handler. */
void trace_hold(int fd, dev_t dev, ino_t ino, bool exclusive);
/* It had that lock until BEFORE, and has another kind since now.  Any thread; async-signal-safe. */
void trace_change(int fd, int64_t before, bool exclusive);
/* It had that lock until BEFORE.  Any thread; async-signal-safe: a lock ends in close(). */
void trace_release(int fd, int64_t before);

#endif
