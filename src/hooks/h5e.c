/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported functions with which a program reads HDF5's errors and says who prints them.  h5py
 * takes the outermost error's class for that of its exception: from 2.0 on, the KeyError of an
 * object that can't be opened, which get() takes for one that is not there. */
#include "hdf5/errors.h"
#include "hooks/hook.h"
#include "opening/nested.h"

int H5Ewalk2(h5_id stack, int direction,
	     int (*visit)(unsigned int n, const void *entry, void *data), void *data)
{
	const struct hdf5 *h5 = HDF5_OF_CALL(Ewalk2);
	int saved_errno = errno;

	if (!h5)
		return -1;
	if (stack == H5_DEFAULT)
		nested_errors_read(h5);
	errno = saved_errno;
	return h5->Ewalk2(stack, direction, visit, data);
}

int H5Eset_auto1(int (*print)(void *data), void *data)
{
	const struct hdf5 *h5 = HDF5_OF_CALL(Eset_auto1);

	if (!h5)
		return -1;
	errors_printed_by(h5, (const void *)print);
	return h5->Eset_auto1(print, data);
}

int H5Eset_auto2(h5_id stack, int (*print)(h5_id stack, void *data), void *data)
{
	const struct hdf5 *h5 = HDF5_OF_CALL(Eset_auto2);

	if (!h5)
		return -1;
	errors_printed_by(h5, (const void *)print);
	return h5->Eset_auto2(stack, print, data);
}
