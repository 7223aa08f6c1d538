/* SPDX-License-Identifier: BSD-3-Clause */
/* How HDF5's versions differ in their ids. */
#ifndef VERSIONS_H
#define VERSIONS_H

#include "hdf5/copies.h"

#include <stdbool.h>

/* An id as H5's callers and functions pass it, in 64 bits: negative if and only if it means
 * failure. */
h5_id hdf5_widen(const struct hdf5 *h5, h5_id id);

/* Whether H5's ids have 32 bits: 1.8. */
bool hdf5_narrow_ids(const struct hdf5 *h5);

/* The value of H5's id variable NAME ("H5E_FILE_g"), which is at VARIABLE, initialising that HDF5
 * if need be; -1 if VARIABLE is NULL.  Any thread. */
h5_id hdf5_id(const struct hdf5 *h5, const char *name, const void *variable);

/* The id of the sec2 driver; that of the driver NAME, as in its H5FD_NAME_init; -1 if H5 has no
 * such, or (from 1.14 on) has not made it ready yet. */
h5_id hdf5_sec2(const struct hdf5 *h5);
h5_id hdf5_driver(const struct hdf5 *h5, const char *name);

/* The name in CLASS, an H5FD_class_t of H5's. */
const char *hdf5_class_name(const struct hdf5 *h5, const void *class);

#endif
