/* SPDX-License-Identifier: BSD-3-Clause */
/* What all hooks of HDF5 are made of. */
#ifndef HOOK_H
#define HOOK_H

#include "hdf5/copies.h"
#include "hooks/export.h"

#include <errno.h>

/* Where the program goes on after the hook: tells which library called. */
#define CALLER __builtin_return_address(0)

#define HOOKED(result, name, parameters) EXPORT result H5##name parameters;
#include "hdf5/functions.def"

/* The HDF5 that a call of H5NAME was meant for, or NULL with errno set.  errno stays as it is if
 * there is one. */
#define HDF5_OF_CALL(name) hook_copy(HDF5_##name, (const void *)H5##name, CALLER)

static inline const struct hdf5 *hook_copy(enum hdf5_function function, const void *hook,
					   const void *caller)
{
	int saved_errno = errno;
	const struct hdf5 *h5 = copies_of_caller(function, hook, caller);

	if (h5)
		errno = saved_errno;
	return h5;
}

#endif
