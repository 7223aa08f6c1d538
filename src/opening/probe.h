/* SPDX-License-Identifier: BSD-3-Clause */
/* The hooked calls that only look whether a file is one of HDF5's. */
#ifndef PROBE_H
#define PROBE_H

#include "hdf5/versions.h"

/* Do what the program called H5Fis_hdf5(NAME) and H5Fis_accessible(NAME, FAPL) for and return what
 * they returned; HOOK and CALLER as in struct opening.  The file is neither locked nor waited for:
 * these calls are for files that may not be HDF5's at all, and read a few bytes that a writer does
 * not change.  Any thread; not in a signal handler. */
int probe_is_hdf5(const char *name, const void *hook, const void *caller);
int probe_is_accessible(const char *name, h5_id fapl, const void *hook, const void *caller);

#endif
