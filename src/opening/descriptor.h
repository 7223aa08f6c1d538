/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of a held descriptor: flock(), close(), a SWMR writer's shared lock. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

/* Is what flock(FD, OPERATION) was called for; on held descriptors nothing, in a BRACKET_SWMR:
 * H5Fstart_swmr_write() unlocks, locks and unlocks again, and in the gap a queued reader would make
 * it fail.  Any thread; async-signal-safe. */
int descriptor_flock(int fd, int operation);

/* To be called before FD is closed, whoever closes it.  Any thread; async-signal-safe; preserves
 * errno. */
void descriptor_close(int fd);

/* Turns the lock on FD into a shared one, as a SWMR writer keeps it: readers may come, and nobody
 * can truncate the file.  Returns 0 or a negative errno. */
int descriptor_share(int fd);

#endif
