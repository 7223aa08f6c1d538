#include "probe.h"

#include "inner.h"

#include <errno.h>

int probe_is_hdf5(const char *name, const void *hook, const void *caller)
{
	int result, saved_errno = errno;
	const struct hdf5 *h5 = libhdf5_of_caller(HDF5_FIS_HDF5, hook, caller);

	if (!h5)
		return -1;
	errno = saved_errno;
	inner_unlocked_begin();
	result = h5->Fis_hdf5(name);
	inner_unlocked_end();
	return result;
}

int probe_is_accessible(const char *name, h5_id fapl, const void *hook, const void *caller)
{
	int result, saved_errno = errno;
	const struct hdf5 *h5 = libhdf5_of_caller(HDF5_FIS_ACCESSIBLE, hook, caller);

	if (!h5)
		return -1;
	errno = saved_errno;
	inner_unlocked_begin();
	result = h5->Fis_accessible(name, fapl);
	inner_unlocked_end();
	return result;
}
