/* SPDX-License-Identifier: BSD-3-Clause */
/* An opening for as long as its call lasts.  A callback of the program's within HDF5 may end it by
 * a jump; then the thread's next call of a hook clears up after it. */
#ifndef ONGOING_H
#define ONGOING_H

#include "opening/bracket.h"
#include "opening/opening.h"

/* Begins it: a copy of START, its name too, that lives until ongoing_end(); MARK must live as long
 * as the call, on the stack.  The thread can't be cancelled until then: as within HDF5's
 * thread-safe builds, it must not end with a lock in hand.  Returns NULL, with errno ENOMEM, if
 * there is no memory.  Any thread; not in a signal handler. */
struct opening *ongoing_begin(const struct opening *start, struct bracket_mark *mark);

/* Ends it; what it has of the file must have been settled.  Preserves errno. */
void ongoing_end(struct opening *o);

/* This thread's innermost opening, if HDF5's open() is answered from it at this moment; else NULL.
 * Async-signal-safe. */
struct opening *ongoing_that_answers(void);

/* Whether FD is what another opening has of its file, in the middle of which this one is: a
 * callback of the program's within HDF5 has called HDF5 again.  Only for the thread of both. */
bool ongoing_has(const struct opening *o, int fd);

#endif
