/* SPDX-License-Identifier: BSD-3-Clause */
/* One wait, from its first moment to its last: for another process's lock, or for another thread of
 * this process that is opening the same file. */
#ifndef WAIT_H
#define WAIT_H

#include "opening/opening.h"

/* Waits until o->file.fd, which somebody else holds, is locked.  Returns 0; AFRESH if another file
 * has come to stand at the path meanwhile; another negative errno that the file system failed with;
 * or, with the failure set, -EAGAIN when the patience is over and -EINTR after a signal.  In the
 * last three cases o->file.fd is still the caller's to close. Any thread. */
int wait_for_lock(struct opening *o, bool in_turn);

/* Waits until o->file.fd may go on under a lock of the program's own (guard.h): of the processes
 * that have inherited it, one at a time writes.  Returns what wait_for_lock() does, and -ENOTSUP if
 * that can't be told.  Any thread. */
int wait_for_guarded(struct opening *o);

/* Waits until held_version() is no longer VERSION.  Returns 0, or with the failure set -EAGAIN or
 * -EINTR.  Any thread. */
int wait_for_thread(struct opening *o, uint32_t version);

/* The longest that anybody waits for who looked first. */
#define LOOKER_NS 100000000

/* Waits until the socket LOOKER, which is closed then, is hung up (ticket.h); if it is negative,
 * for a moment.  Returns AFRESH, also when LOOKER_NS or the patience are over; or with the failure
 * set another negative errno.  Any thread. */
int wait_for_looker(struct opening *o, int looker);

/* Whether this thread is waiting for the file that *ST describes, and only handles a signal
 * meanwhile. */
bool wait_is_interrupted_for(const struct stat *st);

#endif
