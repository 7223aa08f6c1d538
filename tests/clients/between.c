/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that forwards three of HDF5's functions to the fake that is called fake_2.so, and has
 * none of its variables.  It is loaded with an extension, so that nobody finds either by
 * RTLD_NEXT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

typedef long hid_t;

static void *real(const char *name)
{
	void *fake = dlopen("fake_2.so", RTLD_NOW | RTLD_NOLOAD), *found;

	found = fake ? dlsym(fake, name) : NULL;
	if (!found)
		abort();
	return found;
}

hid_t H5Fopen(const char *name, unsigned flags, hid_t list);
hid_t H5Fopen(const char *name, unsigned flags, hid_t list)
{
	return ((hid_t(*)(const char *, unsigned, hid_t))real("H5Fopen"))(name, flags, list);
}

hid_t H5Fcreate(const char *name, unsigned flags, hid_t creation, hid_t list);
hid_t H5Fcreate(const char *name, unsigned flags, hid_t creation, hid_t list)
{
	return ((hid_t(*)(const char *, unsigned, hid_t, hid_t))real("H5Fcreate"))(name, flags,
										   creation, list);
}

int H5Fclose(hid_t id);
int H5Fclose(hid_t id)
{
	return ((int (*)(hid_t))real("H5Fclose"))(id);
}
