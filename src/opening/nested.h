/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that HDF5 opens by itself: the targets of external links and the sources of virtual
 * datasets.  They get the lock, the waiting and the error of all others, but inside HDF5: its mutex
 * is held meanwhile, and so is Python's interpreter lock. */
#ifndef NESTED_H
#define NESTED_H

#include "hdf5/versions.h"
#include "opening/bracket.h"

#include <sys/types.h>

/* Is what H5 called open(PATH, FLAGS, MODE) for: waits for the file's lock if need be.  Returns the
 * descriptor, HDF5's to close, or -1 with errno set.  Where this process holds the file already,
 * the descriptor has no lock of its own: HDF5 compares, closes it and shares what it has.  A
 * refusal is kept for the call of HDF5 that is under way; that call's error says why (see
 * nested_call_begin). H5 may be one without any function (HDF5 inside an executable): then standard
 * error says it.  Any thread; not in a signal handler. */
int nested_open(const struct hdf5 *h5, const char *path, int flags, mode_t mode);

/* The same for HDF5's DRIVER ("log", "stdio") in a program that has HDF5 inside, where no call of
 * HDF5's can be refused: its file is, or is opened as LOCKEDH5_DRIVER says. */
int nested_open_by(const struct hdf5 *h5, const char *driver, const char *path, int flags,
		   mode_t mode);

/* From now on files that HDF5 creates by itself are not locked: new members of a family that
 * LOCKEDH5_DRIVER=pass let pass.  (Links and virtual datasets create nothing.)  Any thread. */
void nested_parts_unlocked(void);

/* Makes sure that H5's opens by sec2 are recognised (see site.h), though H5 has not opened anything
 * with sec2 yet.  Not within an opening.  Any thread. */
void nested_prepare(const struct hdf5 *h5);

/* Around a call of HDF5 that may take a file which can't be had for one that is not there: a read
 * of a virtual dataset then gives fill values (1.10 to 2.2).  The second one returns RESULT, what
 * the real function returned; or -1 with errno and the error stack set, as if FUNCTION had failed,
 * if a file was refused meanwhile.  May be nested.  Any thread. */
int nested_call_begin(struct bracket_mark *mark);
h5_id nested_call_end(int bracket, const struct hdf5 *h5, enum hdf5_function function,
		      h5_id result);

/* Before the program reads the errors of H5's last call in this thread: if that failed for a file
 * that was refused, they are that file's sentence and nothing else.  Any thread. */
void nested_errors_read(const struct hdf5 *h5);

#endif
