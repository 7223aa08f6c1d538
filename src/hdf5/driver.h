/* SPDX-License-Identifier: BSD-3-Clause */
/* A file's driver: sec2, core or nothing. */
#ifndef DRIVER_H
#define DRIVER_H

#include "hdf5/versions.h"
#include "report/settings.h"

enum driver_action {
	DRIVER_LOCK,	  /* sec2: lock the file as long as it is open */
	DRIVER_LOCK_READ, /* core without a backing store: a shared lock while it reads the file */
	DRIVER_LOCK_CORE, /* core with one: it keeps the descriptor, as sec2 does */
	DRIVER_NO_FILE,	  /* what it opens is no file here: there is nothing to lock */
	DRIVER_MAKE_SEC2, /* open it with sec2 instead */
	DRIVER_GO_UNLOCKED, /* the policy lets it pass */
	DRIVER_FAIL	    /* the policy refuses it */
};

struct driver {
	enum driver_action action;
	const char *name; /* for messages; stays for ever */
};

/* What POLICY asks of the driver that the access list FAPL (or H5P_DEFAULT) names in H5.  A list
 * that is not valid gets DRIVER_LOCK: HDF5 itself will refuse it.  Any thread. */
struct driver driver_of(const struct hdf5 *h5, h5_id fapl, enum driver_policy policy);

/* What POLICY asks of HDF5's own driver NAME ("log"), where no access list can be asked.  Any
 * thread; async-signal-safe. */
struct driver driver_named(const char *name, enum driver_policy policy);

/* H5 has given ID to a driver of CLASS, which was registered with the return address CALLER:
 * remembers its name, if it is one of the program's own.  Any thread. */
void driver_registered(const struct hdf5 *h5, const void *class, h5_id id, const void *caller);

/* Whether a call with FAPL and a set of events may return before the file is open: the VOL
 * connector is an asynchronous one. */
bool driver_opens_later(const struct hdf5 *h5, h5_id fapl);

/* The descriptor of H5's open FILE, whose driver is sec2; -1 if H5 does not tell. */
int driver_descriptor(const struct hdf5 *h5, h5_id file);

/* A copy of FAPL (or of H5P_DEFAULT) with the sec2 driver, or -1. */
h5_id driver_sec2_copy(const struct hdf5 *h5, h5_id fapl);

/* Closes such a copy, leaving this thread's error stack as it is. */
void driver_close_copy(const struct hdf5 *h5, h5_id copy);

#endif
