/* SPDX-License-Identifier: BSD-3-Clause */
/* Where in a loaded libhdf5 its sec2 driver calls open().  There is one such place in each copy
 * (1.8 to 2.2), and its return address tells that driver's opens from all others: other drivers',
 * external raw data files', the program's own.  The same for its core driver. */
#ifndef SITE_H
#define SITE_H

#include "hdf5/versions.h"

/* An open() that was that of H5's driver returns to CALLER: remembers it, unless that is outside of
 * H5's object (a library that wraps open() stands before us), which is reported.  Any thread; not
 * in a signal handler. */
void site_learn(const struct hdf5 *h5, const void *caller);

/* Whether site_learn() has been successful for H5. */
bool site_known(const struct hdf5 *h5);

/* The HDF5 whose driver's open() returns to CALLER, or NULL.  Costs next to nothing where
 * CALLER is another's.  Any thread; async-signal-safe, as open() is, unless it is HDF5's. */
const struct hdf5 *site_of(const void *caller);

#endif
