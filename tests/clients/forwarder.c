/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that stands before some of HDF5's functions, as profilers do, and forwards the calls.
 * It prints "forwarded N" when the program ends.  How it finds the next one:
 *
 *   (nothing)   RTLD_NEXT at the first call of each (Darshan, Recorder)
 *   -DEARLY     RTLD_NEXT when it is loaded
 *   -DLINKED    it links libhdf5, of which it asks the version first (Darshan as it is built)
 *   -DOPENED    dlopen() of that libhdf5 at the first call (TAU)
 *   -DALL       it stands before what we ask HDF5 for, too
 */
#define _GNU_SOURCE
#include <hdf5.h>

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef H5open

static int calls;

#ifdef OPENED
static int find_hdf5(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	if (!strstr(info->dlpi_name, "libhdf5"))
		return 0;
	*(char **)data = strdup(info->dlpi_name);
	return 1;
}

static void *look_up(const char *name)
{
	static void *handle;
	char *path = NULL;

	if (!handle) {
		dl_iterate_phdr(find_hdf5, &path);
		handle = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
		free(path);
	}
	return handle ? dlsym(handle, name) : NULL;
}
#else
static void *look_up(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}
#endif

static void *real(const char *name, void **pointer)
{
	if (!*pointer)
		*pointer = look_up(name);
	if (!*pointer) {
		fprintf(stderr, "failed to map symbol: %s\n", name);
		exit(1);
	}
	return *pointer;
}

#define FORWARD(type, name, parameters, arguments)                     \
	static void *real_##name;                                      \
	type name parameters                                           \
	{                                                              \
		typedef type(*function) parameters;                    \
                                                                       \
		calls++;                                               \
		return ((function)real(#name, &real_##name))arguments; \
	}

FORWARD(hid_t, H5Fopen, (const char *name, unsigned flags, hid_t list), (name, flags, list))
FORWARD(hid_t, H5Fcreate, (const char *name, unsigned flags, hid_t creation, hid_t list),
	(name, flags, creation, list))
FORWARD(herr_t, H5Fclose, (hid_t file), (file))

#ifdef ALL
FORWARD(herr_t, H5open, (void), ())
FORWARD(herr_t, H5get_libversion, (unsigned *major, unsigned *minor, unsigned *release),
	(major, minor, release))
FORWARD(hid_t, H5Pget_driver, (hid_t list), (list))
FORWARD(hid_t, H5Pcopy, (hid_t list), (list))
FORWARD(herr_t, H5Pclose, (hid_t list), (list))
FORWARD(herr_t, H5Pset_fapl_sec2, (hid_t list), (list))
FORWARD(H5FD_t *, H5FDopen, (const char *name, unsigned flags, hid_t list, haddr_t most),
	(name, flags, list, most))
FORWARD(herr_t, H5Ewalk2, (hid_t stack, H5E_direction_t direction, H5E_walk2_t visit, void *data),
	(stack, direction, visit, data))
#endif

__attribute__((constructor)) static void begin(void)
{
#ifdef EARLY
	real("H5Fopen", &real_H5Fopen);
	real("H5Fcreate", &real_H5Fcreate);
	real("H5Fclose", &real_H5Fclose);
#endif
}

__attribute__((destructor)) static void end(void)
{
#ifdef LINKED
	unsigned major, minor, release;

	H5get_libversion(&major, &minor, &release);
#endif
	if (calls)
		fprintf(stderr, "forwarded %d\n", calls);
}
