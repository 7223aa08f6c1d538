/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/open_file.h"

#include "hdf5/driver.h"
#include "lock/held.h"
#include "opening/bracket.h"
#include "opening/descriptor.h"
#include "opening/quiet.h"
#include "report/report.h"

#include <errno.h>

/* The descriptor of an open file, if we hold it, or -1. */
static int held_descriptor(const struct hdf5 *h5, h5_id file)
{
	int fd = driver_descriptor(h5, file);
	struct held h;

	return fd >= 0 && held_get(fd, &h) ? fd : -1;
}

static int call_close(const struct hdf5 *h5, h5_id file, const struct hdf5_async *async)
{
	if (!async)
		return h5->Fclose(file);
	return h5->Fclose_async(async->file, async->function, async->line, file, async->events);
}

int open_file_close(h5_id file, const struct hdf5_async *async, const void *hook,
		    const void *caller)
{
	const struct hdf5 *h5 =
		copies_of_caller(async ? HDF5_Fclose_async : HDF5_Fclose, hook, caller);
	int fd = -1, rc, saved_errno = errno;
	struct held h;

	if (!h5)
		return -1;
	/* An asynchronous close may well be still to come. */
	if (report_wanted(REPORT_WAIT) && !(async && async->events))
		fd = held_descriptor(h5, file);
	errno = saved_errno;
	rc = call_close(h5, file, async);
	if (rc >= 0 && fd >= 0 && held_get(fd, &h))
		report(REPORT_WAIT,
		       "descriptor %d stays locked after H5Fclose: something in the file, or "
		       "another "
		       "handle of it, is still open",
		       fd);
	return rc;
}

int open_file_start_swmr_write(h5_id file, const void *hook, const void *caller)
{
	const struct hdf5 *h5 = copies_of_caller(HDF5_Fstart_swmr_write, hook, caller);
	int fd, rc, saved_errno = errno;
	struct bracket_mark mark;
	struct quiet *quiet;

	bracket_sweep(&mark);
	if (!h5)
		return -1;
	fd = held_descriptor(h5, file);
	quiet = quiet_begin(h5, BRACKET_SWMR, &mark);
	if (!quiet)
		return -1;
	errno = saved_errno;
	rc = h5->Fstart_swmr_write(file);
	saved_errno = errno;
	/* With HDF5's own locking off it never called flock(): the lock is shared here. */
	if (rc >= 0 && fd >= 0)
		descriptor_share(fd);
	errno = saved_errno;
	quiet_end(quiet, rc);
	return rc;
}
