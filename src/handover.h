/* What HDF5 gets when it calls open(), flock() and close() itself: the descriptor that is locked
 * already, before anything is truncated. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "opening.h"

/* Before each round of O: nothing is known of the file, and nothing is in HDF5's hands. */
void handover_reset(struct opening *o);

/* After a round of O: whether it has to be done once more, because the file changed hands.  Fails
 * it after too many of them. */
bool handover_again(struct opening *o);

/* From the one to the other, HDF5's open() of o->name in this thread is answered from O.  Openings
 * may be nested. */
void handover_begin(struct opening *o);
void handover_end(struct opening *o);

/* Whether HDF5 got FD, locked, from O and has not closed it yet. */
bool handover_has(const struct opening *o, int fd);

/* Whether this thread is in an opening of that very path: open() must then be answered by
 * handover_open().  Costs next to nothing outside of openings.  Async-signal-safe. */
bool handover_expects(const char *path);

/* The HDF5 of this thread's innermost opening, if its open() can only be that of the sec2 driver;
 * else NULL. */
const struct hdf5 *handover_sec2(void);

/* Is what open(path, FLAGS, MODE) was called for: a descriptor, or -1 with errno set.  HDF5 owns
 * the descriptor then. */
int handover_open(int flags, mode_t mode);

/* Is what flock(FD, OPERATION) was called for.  Any thread; async-signal-safe. */
int handover_flock(int fd, int operation);

/* To be called before FD is closed, whoever closes it.  Any thread; async-signal-safe; preserves
 * errno. */
void handover_close(int fd);

/* H5Fstart_swmr_write() unlocks, locks and unlocks again; in the gap a queued reader would make it
 * fail.  While ON, this thread's flock() calls on held descriptors do nothing. */
void handover_swmr(bool on);

/* Turns the lock on FD into a shared one, as a SWMR writer keeps it: readers may come, and nobody
 * can truncate the file.  Returns 0 or a negative errno. */
int handover_share(int fd);

#endif
