/* SPDX-License-Identifier: BSD-3-Clause */
/* parent.h5, and the files that HDF5 opens by itself for who reads it. */
#ifndef PARENT_H
#define PARENT_H

#include "support.h"

/* Tests loop over these settings of HDF5_USE_FILE_LOCKING: none, and FALSE. */
enum { LOCKINGS = 2 };

/* Sets the one that is for test number TEST (the remainder of it by LOCKINGS), and makes, without
 * the library:
 * - target.h5 and second.h5, with NUMBERS integers in "data", which go on from one to the other;
 * - parent.h5 with the external links "x" to target.h5, "missing" to a file that is not there, and
 *   "self" to "own", 100 integers from 5 in parent.h5;
 * - if HDF5 has virtual datasets, in parent.h5 "v" of target.h5, "twice" of target.h5 and
 * second.h5, and "nothing" of a file that is not there. */
void begin_with_parent(int test);
/* An actor that has parent.h5 open as "p" in this mode ("r", "rw"). */
struct actor *with_parent(const char *mode);
/* Whether the actor's HDF5 has virtual datasets. */
bool has_virtual(struct actor *);

#endif
