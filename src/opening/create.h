/* SPDX-License-Identifier: BSD-3-Clause */
/* A file that HDF5 creates: what its open() with O_CREAT gets. */
#ifndef CREATE_H
#define CREATE_H

#include "opening/opening.h"

/* Is what HDF5's open(o->call.name, FLAGS, MODE) was called for, FLAGS with O_CREAT, where there
 * was no file: the descriptor, locked, which HDF5 owns then; or a negative errno.  Any thread. */
int create_file(struct opening *o, int flags, mode_t mode);

/* Ends HDF5's call, which is made again: returns -EAGAIN.  HDF5 is told that it fails, in silence.
 */
int create_start_over(struct opening *o);

#endif
