/* SPDX-License-Identifier: BSD-3-Clause */
/* A lock that this process has on a file by itself, for which it would wait to the end of its
 * patience: flock() on another descriptor than HDF5's, which it may have inherited. */
#ifndef OWN_LOCK_H
#define OWN_LOCK_H

#include "opening/opening.h"

/* For o->file.fd, which somebody else holds: looks whether that is this process.  Returns 0 if the
 * file is locked by that (o->file.lock says how); -EAGAIN if it is not so; AFRESH; or a negative
 * errno with the failure set.  Any thread. */
int own_lock_use(struct opening *o);

#endif
