/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/site.h"

#include "hdf5/copies.h"
#include "report/report.h"

#include <dlfcn.h>
#include <stdatomic.h>

/* H5's own place: it has as many as it is for drivers, so that none can be wanting. */
static const void *_Atomic *place_of(const struct hdf5 *h5)
{
	return h5 == h5->core ? &h5->sites->core : &h5->sites->sec2;
}

bool site_known(const struct hdf5 *h5)
{
	return !h5->sites || *place_of(h5);
}

/* ThreadSanitizer's runtime does, for one: all of the program's opens come from there. */
static void say_that_somebody_stands_between(const void *caller)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	Dl_info info;

	if (atomic_flag_test_and_set(&said))
		return;
	report(REPORT_PROBLEM,
	       "HDF5's open() comes through %s: what HDF5 opens by itself, behind external links "
	       "and "
	       "in virtual datasets, can't be told from other files, and is not locked",
	       dladdr(caller, &info) ? info.dli_fname : "unknown code");
}

void site_learn(const struct hdf5 *h5, const void *caller)
{
	if (site_known(h5))
		return;
	if (!copies_contain(h5, caller)) {
		say_that_somebody_stands_between(caller);
		return;
	}
	/* Two threads may learn the same site at once, which does no harm. */
	*place_of(h5) = caller;
}

const struct hdf5 *site_of(const void *caller)
{
	for (const struct hdf5 *h5 = copies_first(); h5; h5 = h5->next) {
		if (h5->sites->sec2 == caller && copies_contain(h5, caller))
			return h5;
		if (h5->sites->core == caller && copies_contain(h5, caller))
			return h5->core;
	}
	return NULL;
}
