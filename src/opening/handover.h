/* SPDX-License-Identifier: BSD-3-Clause */
/* What HDF5 gets when it calls open(), flock() and close() itself: the descriptor that is locked
 * already, before anything is truncated. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "opening/opening.h"

/* Before each round of O: nothing is known of the file, and nothing is in HDF5's hands. */
void handover_reset(struct opening *o);

/* After a round of O: whether it has to be done once more, because the file changed hands.  Fails
 * it after too many of them. */
bool handover_again(struct opening *o);

/* Whether HDF5 got FD, locked, from O and has not closed it yet. */
bool handover_has(const struct opening *o, int fd);

/* Whether this thread is in an opening of that very path: open() must then be answered by
 * handover_open().  Costs next to nothing outside of openings.  Async-signal-safe. */
bool handover_expects(const char *path);

/* The HDF5 of this thread's innermost opening, if its open() can only be that of the driver that it
 * stands for (sec2 or core); else NULL. */
const struct hdf5 *handover_sec2(void);

/* Is what open(path, FLAGS, MODE) was called for: a descriptor, or -1 with errno set.  HDF5 owns
 * the descriptor then. */
int handover_open(int flags, mode_t mode);

#endif
