/* The exported function with which a program reads HDF5's errors.  h5py takes the outermost one's
 * class for that of its exception: from 2.0 on, the KeyError of an object that can't be opened,
 * which get() takes for one that is not there. */
#include "inner.h"

#include <errno.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

EXPORT int H5Ewalk2(h5_id stack, int direction,
		    int (*visit)(unsigned int n, const void *entry, void *data), void *data);

int H5Ewalk2(h5_id stack, int direction,
	     int (*visit)(unsigned int n, const void *entry, void *data), void *data)
{
	int saved_errno = errno;
	const struct hdf5 *h5 = libhdf5_of_caller(HDF5_EWALK2, (const void *)H5Ewalk2, CALLER);

	if (!h5)
		return -1;
	if (stack == H5_DEFAULT)
		inner_errors_read(h5);
	errno = saved_errno;
	return h5->Ewalk2(stack, direction, visit, data);
}
