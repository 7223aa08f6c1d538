/* SPDX-License-Identifier: BSD-3-Clause */
/* File systems whose locks are not enough: that have none, or whose locks keep out the programs of
 * this host alone.  Whether one goes on there is the user's to say. */
#ifndef WEAK_LOCK_H
#define WEAK_LOCK_H

#include "opening/opening.h"

/* The file system that FD is on can't lock it, as the errno ERROR says.  Returns 0 if the file may
 * be opened unlocked, or a negative errno with the failure set.  Any thread. */
int weak_lock_none(struct opening *o, int fd, int error);

/* The file, on FS, is locked, but what is read from it may be old: warns, once in a process, unless
 * LOCKEDH5_COHERENCE is set.  Any thread. */
void weak_lock_stale(const struct opening *o, const struct filesystem *fs);

/* FD, on FS, is about to be locked, or (LOCKED) has just been: may this host's lock be all?  Some
 * file systems tell only then.  Returns as the first. */
int weak_lock_here(struct opening *o, const struct filesystem *fs, int fd, bool locked);

#endif
