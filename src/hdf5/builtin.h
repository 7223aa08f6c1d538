/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 inside the executable (libhdf5.a): no function of it can be stepped in front of, but the
 * open() of its drivers, and the fopen() of one, come to us like any other. */
#ifndef BUILTIN_H
#define BUILTIN_H

#include "hdf5/versions.h"

/* Who opens a file. */
struct builtin {
	const struct hdf5 *h5; /* the HDF5 inside, one without any function; NULL: it is not HDF5 */
	const char *driver;    /* its driver; "sec2" where that can't be told */
};

/* Whether it is the HDF5 inside the executable that calls open(PATH, FLAGS), or fopen(PATH, MODE),
 * with the return address CALLER.  Known exactly where the executable has a symbol table.  Where it
 * has none and LOCKEDH5_FILES is set, it may be every open() in an executable that has HDF5 inside,
 * and LOCKEDH5_FILES has to tell; where the executable can't be read at the moment, it may be every
 * one of an HDF5 file.  Costs next to nothing after the first open() in an executable without HDF5;
 * preserves errno; any thread; async-signal-safe. */
struct builtin builtin_opens(const void *caller, const char *path, int flags);
struct builtin builtin_streams(const void *caller, const char *path, const char *mode);

/* What open() is asked for by fopen(…, MODE), for HDF5's modes ("rb", "rb+", "wb+"); -1 for others.
 */
int builtin_flags(const char *mode);

/* To be called when an open(…, FLAGS) with this return address has given FD, and when flock() is
 * called: says once if the executable has an HDF5 inside whose files go unlocked, because nothing
 * tells which they are.  Preserves errno; any thread; async-signal-safe once settings() has been
 * called. */
void builtin_opened(const void *caller, int flags, int fd);
void builtin_flocks(const void *caller);

#endif
