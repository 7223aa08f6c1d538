/* sec2 or nothing: what to do about an access list's driver. */
#ifndef DRIVER_H
#define DRIVER_H

#include "hdf5.h"
#include "settings.h"

enum driver_action {
	DRIVER_LOCK,	  /* sec2: lock the file as long as it is open */
	DRIVER_LOCK_READ, /* core without a backing store: a shared lock while it reads the file */
	DRIVER_MAKE_SEC2, /* open it with sec2 instead */
	DRIVER_GO_UNLOCKED, /* the policy lets it pass */
	DRIVER_FAIL	    /* the policy refuses it */
};

struct driver {
	enum driver_action action;
	const char *name; /* a static string, for messages */
};

/* What POLICY asks of the driver that the access list FAPL (or H5P_DEFAULT) names in H5.  A list
 * that is not valid gets DRIVER_LOCK: HDF5 itself will refuse it.  Any thread. */
struct driver driver_of(const struct hdf5 *h5, h5_id fapl, enum driver_policy policy);

/* A copy of FAPL (or of H5P_DEFAULT) with the sec2 driver, or -1. */
h5_id driver_sec2_copy(const struct hdf5 *h5, h5_id fapl);

/* Closes such a copy, leaving this thread's error stack as it is. */
void driver_close_copy(const struct hdf5 *h5, h5_id copy);

#endif
