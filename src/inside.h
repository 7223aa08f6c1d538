/* HDF5 inside the executable (libhdf5.a): no function of it can be stepped in front of, but the
 * open() of its sec2 driver comes to us like any other. */
#ifndef INSIDE_H
#define INSIDE_H

#include "hdf5.h"

/* The function of the sec2 driver that calls open(), in 1.8 and in 1.10 to 2.2; ends with NULL. Its
 * symbol is a local one.  Its name is also a string in the executable, which HDF5 puts into its
 * errors and which strip(1) leaves alone. */
extern const char *const inside_sec2_open[];

/* The HDF5 inside the executable, one without any function, if it is what calls open(…, FLAGS) with
 * the return address CALLER; else NULL.  Known exactly where the executable has a symbol table.
 * Where it has none and LOCKEDH5_FILES is set, it may be every open() in an executable that has
 * HDF5 inside, and LOCKEDH5_FILES has to tell.  Costs next to nothing after the first open() in the
 * executable; preserves errno; any thread; async-signal-safe. */
const struct hdf5 *inside_opens(const void *caller, int flags);

/* To be called when flock() is, with its return address: says once if the executable has an HDF5
 * inside whose files go unlocked, because nothing tells which they are.  Preserves errno; any
 * thread; async-signal-safe once settings() has been called. */
void inside_flocks(const void *caller);

#endif
