#include "libhdf5.h"

#include "caller.h"
#include "report.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const function_names[HDF5_FUNCTIONS] = {
	[HDF5_FOPEN] = "H5Fopen",
	[HDF5_FCREATE] = "H5Fcreate",
	[HDF5_FCLOSE] = "H5Fclose",
	[HDF5_FOPEN_ASYNC] = "H5Fopen_async",
	[HDF5_FCREATE_ASYNC] = "H5Fcreate_async",
	[HDF5_FCLOSE_ASYNC] = "H5Fclose_async",
	[HDF5_FDELETE] = "H5Fdelete",
	[HDF5_FSTART_SWMR_WRITE] = "H5Fstart_swmr_write",
	[HDF5_FIS_HDF5] = "H5Fis_hdf5",
	[HDF5_FIS_ACCESSIBLE] = "H5Fis_accessible",
	[HDF5_DREAD] = "H5Dread",
	[HDF5_DREAD_MULTI] = "H5Dread_multi",
	[HDF5_DREAD_ASYNC] = "H5Dread_async",
	[HDF5_DREAD_MULTI_ASYNC] = "H5Dread_multi_async",
	[HDF5_DWRITE] = "H5Dwrite",
	[HDF5_DWRITE_MULTI] = "H5Dwrite_multi",
	[HDF5_DWRITE_ASYNC] = "H5Dwrite_async",
	[HDF5_DWRITE_MULTI_ASYNC] = "H5Dwrite_multi_async",
	[HDF5_DGET_SPACE] = "H5Dget_space",
	[HDF5_DGET_SPACE_ASYNC] = "H5Dget_space_async",
	[HDF5_DVLEN_GET_BUF_SIZE] = "H5Dvlen_get_buf_size",
	[HDF5_OEXISTS_BY_NAME] = "H5Oexists_by_name",
	[HDF5_OCOPY] = "H5Ocopy",
	[HDF5_OCOPY_ASYNC] = "H5Ocopy_async",
	[HDF5_EWALK2] = "H5Ewalk2",
};

#define ENTRY(symbol, member)                         \
	{                                             \
		symbol, offsetof(struct hdf5, member) \
	}
static const struct {
	const char *symbol;
	size_t offset;
} table[] = {
	ENTRY("H5Fopen", Fopen),
	ENTRY("H5Fcreate", Fcreate),
	ENTRY("H5Fclose", Fclose),
	ENTRY("H5Fopen_async", Fopen_async),
	ENTRY("H5Fcreate_async", Fcreate_async),
	ENTRY("H5Fclose_async", Fclose_async),
	ENTRY("H5Fdelete", Fdelete),
	ENTRY("H5Fstart_swmr_write", Fstart_swmr_write),
	ENTRY("H5Fget_vfd_handle", Fget_vfd_handle),
	ENTRY("H5FDopen", FDopen),
	ENTRY("H5Fis_hdf5", Fis_hdf5),
	ENTRY("H5Fis_accessible", Fis_accessible),
	ENTRY("H5Dread", Dread),
	ENTRY("H5Dread_multi", Dread_multi),
	ENTRY("H5Dread_async", Dread_async),
	ENTRY("H5Dread_multi_async", Dread_multi_async),
	ENTRY("H5Dwrite", Dwrite),
	ENTRY("H5Dwrite_multi", Dwrite_multi),
	ENTRY("H5Dwrite_async", Dwrite_async),
	ENTRY("H5Dwrite_multi_async", Dwrite_multi_async),
	ENTRY("H5Dget_space", Dget_space),
	ENTRY("H5Dget_space_async", Dget_space_async),
	ENTRY("H5Dvlen_get_buf_size", Dvlen_get_buf_size),
	ENTRY("H5Oexists_by_name", Oexists_by_name),
	ENTRY("H5Ocopy", Ocopy),
	ENTRY("H5Ocopy_async", Ocopy_async),
	ENTRY("H5open", open),
	ENTRY("H5get_libversion", get_libversion),
	ENTRY("H5Iis_valid", Iis_valid),
	ENTRY("H5Pget_driver", Pget_driver),
	ENTRY("H5Pcopy", Pcopy),
	ENTRY("H5Pclose", Pclose),
	ENTRY("H5Pset_fapl_sec2", Pset_fapl_sec2),
	ENTRY("H5Pget_fapl_core", Pget_fapl_core),
	ENTRY("H5Pget_vol_cap_flags", Pget_vol_cap_flags),
	ENTRY("H5P_LST_FILE_ACCESS_ID_g", P_LST_FILE_ACCESS),
	ENTRY("H5FD_sec2_init", FD_sec2_init),
	ENTRY("H5FD_SEC2_id_g", FD_SEC2),
	ENTRY("H5Eauto_is_v2", Eauto_is_v2),
	ENTRY("H5Eget_auto1", Eget_auto1),
	ENTRY("H5Eset_auto1", Eset_auto1),
	ENTRY("H5Eget_auto2", Eget_auto2),
	ENTRY("H5Eset_auto2", Eset_auto2),
	ENTRY("H5Eclear2", Eclear2),
	ENTRY("H5Ecreate_stack", Ecreate_stack),
	ENTRY("H5Eget_current_stack", Eget_current_stack),
	ENTRY("H5Eset_current_stack", Eset_current_stack),
	ENTRY("H5Ewalk2", Ewalk2),
	ENTRY("H5Epush2", Epush2),
};

static struct hdf5 *load(void *module, const void *base, const char *path)
{
	struct hdf5 *h5 = calloc(1, sizeof(*h5));
	unsigned int major, minor, release;

	if (!h5)
		return NULL;
	h5->base = base;
	h5->path = strdup(path);
	if (!h5->path) {
		free(h5);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		void *address = dlsym(module, table[i].symbol);

		memcpy((char *)h5 + table[i].offset, &address, sizeof(address));
	}
	if (h5->get_libversion && h5->get_libversion(&major, &minor, &release) >= 0)
		h5->version = major * 10000 + minor * 100 + release;
	return h5;
}

/* Every libhdf5 seen so far.  One that was unloaded stays in the list: loaded again at the same
 * place from the same file, it is the same. */
struct known {
	struct hdf5 *h5;
	const void *Fopen;
	struct known *next;
};

static const struct hdf5 *of_function(const void *function)
{
	static struct known *_Atomic all;
	struct known *k;
	const void *base;
	Dl_info info;
	void *module = caller_module(function, &base);

	if (!module || !dladdr(function, &info))
		return NULL;
	for (k = all; k; k = k->next)
		if (k->h5->base == base && k->Fopen == dlsym(module, "H5Fopen") &&
		    strcmp(k->h5->path, info.dli_fname) == 0)
			break;
	if (!k && (k = calloc(1, sizeof(*k)))) {
		/* Two threads may both come here: two descriptions of one library do no harm. */
		k->h5 = load(module, base, info.dli_fname);
		k->Fopen = dlsym(module, "H5Fopen");
		k->next = all;
		while (k->h5 && !atomic_compare_exchange_weak(&all, &k->next, k))
			;
	}
	dlclose(module);
	return k ? k->h5 : NULL;
}

const struct hdf5 *libhdf5_of_caller(enum hdf5_function function, const void *hook,
				     const void *caller)
{
	/* A program has few places that open files.  Failures are not remembered: the library that
	 * was missing may be loaded next. */
	static _Thread_local struct {
		const void *caller;
		unsigned long long generation;
		const struct hdf5 *h5;
	} last[HDF5_FUNCTIONS];
	unsigned long long generation = caller_generation();
	const char *name = function_names[function];
	void *found;

	if (last[function].h5 && last[function].caller == caller &&
	    last[function].generation == generation)
		return last[function].h5;
	found = caller_function(name, hook, caller);
	last[function].h5 = found ? of_function(found) : NULL;
	last[function].caller = caller;
	last[function].generation = generation;
	if (!last[function].h5) {
		report(REPORT_PROBLEM,
		       "%s was called, but which HDF5 library was meant can't be told: none is "
		       "loaded, "
		       "or several are and the call came from outside of all their users; "
		       "the call fails",
		       name);
		errno = ENOSYS;
	}
	return last[function].h5;
}

const char *libhdf5_function_name(enum hdf5_function function)
{
	return function_names[function];
}

void *libhdf5_symbol(const struct hdf5 *h5, const char *name)
{
	const void *base;
	void *module = caller_module((const void *)h5->Fopen, &base);
	void *found = module ? dlsym(module, name) : NULL;

	if (module)
		dlclose(module);
	return found;
}
