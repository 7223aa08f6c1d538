/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported function with which a program registers a file driver of its own. */
#include "hdf5/driver.h"
#include "hdf5/versions.h"
#include "hooks/hook.h"

h5_id H5FDregister(const void *class)
{
	const struct hdf5 *h5 = HDF5_OF_CALL(FDregister);
	h5_id id;

	if (!h5)
		return -1;
	id = h5->FDregister(class);
	driver_registered(h5, class, hdf5_widen(h5, id), CALLER);
	return id;
}
