/* One wait, from its first moment to its last: for another process's lock, or for another thread of
 * this process that is opening the same file. */
#ifndef WAIT_H
#define WAIT_H

#include "opening.h"

/* Waits until o->fd, which somebody else holds, is locked.  Returns 0; -ESTALE if another file has
 * come to stand at the path meanwhile; another negative errno that the file system failed with; or,
 * with the failure set, -EAGAIN when the patience is over and -EINTR after a signal.  In the last
 * three cases o->fd is still the caller's to close. Any thread. */
int wait_for_lock(struct opening *o, bool in_turn);

/* Waits until held_version() is no longer VERSION.  Returns 0, or with the failure set -EAGAIN or
 * -EINTR.  Any thread. */
int wait_for_thread(struct opening *o, uint32_t version);

/* Whether the file at o->name is no longer the one that o->st describes. */
bool wait_replaced(const struct opening *o);

#endif
