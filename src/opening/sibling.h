/* SPDX-License-Identifier: BSD-3-Clause */
/* The same file in other openings of this process: open already, or about to be in another thread.
 * Nobody waits for oneself. */
#ifndef SIBLING_H
#define SIBLING_H

#include "opening/opening.h"

#include <stdint.h>

/* Whether this process has o's file, or another of its threads is about to; then waits for that
 * thread.  VERSION is held_version() from before o was entered as held.  Returns 0 if not, or if it
 * makes no difference to o, or if HDF5 has it to share (o->file.target is TARGET_OURS then);
 * AFRESH; or a negative errno with the failure set.  Any thread. */
int sibling_has_it(struct opening *o, uint32_t version);

/* For o that has just got its lock: if another thread waits for it within HDF5, whose mutex it has,
 * o could not enter HDF5.  Then o lets go and waits for that thread.  Returns 0 if there is none,
 * AFRESH, or a negative errno with the failure set.  Any thread. */
int sibling_goes_first(struct opening *o, uint32_t version);

#endif
