#include "site.h"

#include "report.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

/* More copies of HDF5 than anybody has in one process. */
enum { SITES = 16 };

/* Filled from the front and never emptied; read without a lock. */
static struct site {
	const struct hdf5 *_Atomic h5;
	const void *_Atomic address;
} sites[SITES];

/* Whether ADDRESS is in H5's object: it may have been unloaded, and something else be there. */
static bool is_within(const struct hdf5 *h5, const void *address)
{
	Dl_info info;

	return dladdr(address, &info) && info.dli_fbase == h5->base &&
	       strcmp(info.dli_fname, h5->path) == 0;
}

bool site_known(const struct hdf5 *h5)
{
	for (int i = 0; i < SITES && sites[i].h5; i++)
		if (sites[i].h5 == h5)
			return true;
	return false;
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
	if (!is_within(h5, caller)) {
		say_that_somebody_stands_between(caller);
		return;
	}
	/* Two threads may learn the same site at once, which does no harm. */
	for (int i = 0; i < SITES; i++) {
		const struct hdf5 *none = NULL;

		if (atomic_compare_exchange_strong(&sites[i].h5, &none, h5)) {
			sites[i].address = caller;
			return;
		}
	}
}

const struct hdf5 *site_of(const void *caller)
{
	for (int i = 0; i < SITES && sites[i].h5; i++)
		if (sites[i].address == caller && is_within(sites[i].h5, caller))
			return sites[i].h5;
	return NULL;
}
