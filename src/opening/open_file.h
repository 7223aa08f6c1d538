/* SPDX-License-Identifier: BSD-3-Clause */
/* The hooked calls on files that are open already. */
#ifndef OPEN_FILE_H
#define OPEN_FILE_H

#include "hdf5/versions.h"

/* Does what the program called H5Fclose(FILE) for, or with ASYNC H5Fclose_async, and returns what
 * it returned; HOOK and CALLER as in struct opening.  The lock ends with HDF5's descriptor, not
 * here; a file that stays locked, because something in it is still open, is reported.  Any thread;
 * not in a signal handler. */
int open_file_close(h5_id file, const struct hdf5_async *async, const void *hook,
		    const void *caller);

/* The same for H5Fstart_swmr_write(FILE): the writer's lock becomes a shared one. */
int open_file_start_swmr_write(h5_id file, const void *hook, const void *caller);

#endif
