/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/versions.h"

#include "hdf5/copies.h"

#include <dlfcn.h>
#include <stdio.h>

bool hdf5_narrow_ids(const struct hdf5 *h5)
{
	return h5->version && h5->version < 11000;
}

h5_id hdf5_widen(const struct hdf5 *h5, h5_id id)
{
	return hdf5_narrow_ids(h5) ? (int32_t)id : id;
}

static h5_id id_at(const struct hdf5 *h5, const void *variable)
{
	if (!variable)
		return -1;
	if (hdf5_narrow_ids(h5))
		return *(const int32_t *)variable;
	return *(const int64_t *)variable;
}

h5_id hdf5_id(const struct hdf5 *h5, const char *name, const void *variable)
{
	h5_id id = id_at(h5, variable);

	if (id > 0 || !variable)
		return id;
	/* All ids are -1 until then. */
	if (h5->open)
		h5->open();
	id = id_at(h5, variable);
	/* In an executable that uses the variable itself, the library's is a copy that is never
	 * filled; the program's own comes first in the global scope. */
	return id > 0 ? id : id_at(h5, dlsym(RTLD_DEFAULT, name));
}

h5_id hdf5_sec2(const struct hdf5 *h5)
{
	if (h5->FD_sec2_init)
		return hdf5_widen(h5, h5->FD_sec2_init());
	return hdf5_id(h5, "H5FD_SEC2_id_g", h5->FD_SEC2);
}

/* As in C: in a Turkish locale "stdio" is not "STDIO" for toupper(). */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

h5_id hdf5_driver(const struct hdf5 *h5, const char *name)
{
	char symbol[64], variable[32];
	h5_id (*init)(void);
	size_t i;

	/* From 1.14 on some drivers do a lot to be there (subfiling wants MPI_Init_thread()), and a
	 * file's driver is there already. */
	if (h5->FDis_driver_registered_by_name && h5->FDis_driver_registered_by_name(name) <= 0)
		return -1;
	/* A function up to 1.14, and a variable from 2.0 on. */
	snprintf(symbol, sizeof(symbol), "H5FD_%s_init", name);
	init = (h5_id(*)(void))copies_symbol(h5, symbol);
	if (init)
		return hdf5_widen(h5, init());
	for (i = 0; name[i]; i++)
		variable[i] = upper(name[i]);
	variable[i] = 0;
	snprintf(symbol, sizeof(symbol), "H5FD_%s_id_g", variable);
	return hdf5_id(h5, symbol, copies_symbol(h5, symbol));
}

const char *hdf5_class_name(const struct hdf5 *h5, const void *class)
{
	/* From 1.14 on, its version and its value come first, an unsigned and an int. */
	return ((const char *const *)class)[h5->version >= 11400];
}
