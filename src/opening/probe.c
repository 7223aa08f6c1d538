/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/probe.h"

#include "opening/bracket.h"
#include "opening/quiet.h"

#include <errno.h>

/* H5Fis_accessible(NAME, FAPL), or H5Fis_hdf5(NAME).  What HDF5 opens for it is not locked. */
static int probe(enum hdf5_function function, const char *name, h5_id fapl, const void *hook,
		 const void *caller)
{
	int result, saved_errno = errno;
	struct bracket_mark mark;
	const struct hdf5 *h5;
	struct quiet *quiet;

	h5 = copies_of_caller(function, hook, caller);
	bracket_sweep(&mark);
	quiet = h5 ? quiet_begin(h5, BRACKET_UNLOCKED, &mark) : NULL;
	if (!quiet)
		return -1;
	errno = saved_errno;
	result = function == HDF5_Fis_hdf5 ? h5->Fis_hdf5(name) : h5->Fis_accessible(name, fapl);
	quiet_end(quiet, result);
	return result;
}

int probe_is_hdf5(const char *name, const void *hook, const void *caller)
{
	return probe(HDF5_Fis_hdf5, name, H5_DEFAULT, hook, caller);
}

int probe_is_accessible(const char *name, h5_id fapl, const void *hook, const void *caller)
{
	return probe(HDF5_Fis_accessible, name, fapl, hook, caller);
}
