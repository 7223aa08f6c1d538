/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/driver.h"

#include "hdf5/errors.h"
#include "hdf5/versions.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char unnamed[] = "of an unknown name";

/* Drivers that keep the file's bytes in the one file that is named, as sec2 does, those for which
 * there is no file that anybody here could lock, and others.  What is not in the list can't be
 * named, and counts as one of these. */
static const struct known {
	const char *name; /* as in its H5FD_NAME_init */
	const char *label;
	bool same_bytes, no_file;
} known[] = {
	{ "stdio", "stdio", true, false },
	{ "log", "log", true, false },
	{ "direct", "direct", true, false },
	{ "core", "core", false, false },
	{ "family", "family", false, false },
	{ "multi", "multi (split)", false, false },
	{ "mpio", "mpio", false, false },
	{ "splitter", "splitter", false, false },
	{ "mirror", "mirror", false, false },
	{ "onion", "onion", false, false },
	{ "subfiling", "subfiling", false, false },
	{ "ioc", "ioc", false, false },
	{ "ros3", "ros3", false, true },
	{ "hdfs", "hdfs", false, true },
};

/* Of the drivers that programs bring along: h5py's for Python's file objects (2.10 to 3.16), and
 * netCDF's for what it reads from a web server.  Any other may well have a file. */
static const char *const without_file[] = { "fileobj", "http" };

/* The drivers that the program has registered, the last one first; they are few, and stay. */
struct registered {
	const void *object;
	h5_id id;
	char *name;
	struct registered *next;
};

static struct registered *_Atomic registered;

/* Some of HDF5's own drivers come that way, too (stdio and multi, in all versions). */
static bool is_hdf5(const struct hdf5 *h5, const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fbase == h5->object;
}

void driver_registered(const struct hdf5 *h5, const void *class, h5_id id, const void *caller)
{
	struct registered *r;

	if (id <= 0 || is_hdf5(h5, caller))
		return;
	r = calloc(1, sizeof(*r));
	/* Without memory it is one of an unknown name, and refused as such. */
	if (!r)
		return;
	r->object = h5->object;
	r->id = id;
	r->name = strdup(hdf5_class_name(h5, class));
	r->next = registered;
	while (!atomic_compare_exchange_weak(&registered, &r->next, r))
		;
}

static const struct registered *find_registered(const struct hdf5 *h5, h5_id id)
{
	const struct registered *r = registered;

	while (r && (r->object != h5->object || r->id != id))
		r = r->next;
	return r;
}

static bool has_no_file(const struct registered *r)
{
	for (size_t i = 0; r->name && i < sizeof(without_file) / sizeof(without_file[0]); i++)
		if (strcmp(r->name, without_file[i]) == 0)
			return true;
	return false;
}

/* HDF5 tells no driver's name: it is asked for the id of each. */
static const struct known *find_known(const struct hdf5 *h5, h5_id id)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hdf5_driver(h5, known[i].name) == id)
			return &known[i];
	return NULL;
}

/* HDF5_DRIVER (1.14 and later) changes what the default list says, so that has to be asked, too;
 * H5Pget_driver(H5P_DEFAULT) fails in every version. */
static h5_id actual_list(const struct hdf5 *h5, h5_id fapl)
{
	if (fapl != H5_DEFAULT)
		return fapl;
	return hdf5_id(h5, "H5P_LST_FILE_ACCESS_ID_g", h5->P_LST_FILE_ACCESS);
}

/* The driver's id, without a word from HDF5 if LIST is not an access list. */
static h5_id driver_id(const struct hdf5 *h5, h5_id fapl)
{
	struct errors_printing printing = { .off = false };
	h5_id list = actual_list(h5, fapl), driver;

	if (!h5->Pget_driver || list <= 0)
		return -1;
	if (fapl != H5_DEFAULT)
		errors_printing_off(h5, &printing);
	driver = h5->Pget_driver(list);
	errors_printing_on(h5, &printing);
	return hdf5_widen(h5, driver);
}

/* Whether the core driver of LIST keeps the file in memory, without a backing store. */
static bool in_memory(const struct hdf5 *h5, h5_id list)
{
	unsigned int backing_store = 0; /* in 1.8 an int, later a bool */
	size_t increment;

	return h5->Pget_fapl_core && h5->Pget_fapl_core(list, &increment, &backing_store) >= 0 &&
	       !backing_store;
}

static enum driver_action action_for(const struct known *k, enum driver_policy policy)
{
	if (k && k->no_file)
		return DRIVER_NO_FILE;
	if (policy == DRIVER_PASS)
		return DRIVER_GO_UNLOCKED;
	if (policy == DRIVER_REPLACE && k && k->same_bytes)
		return DRIVER_MAKE_SEC2;
	return DRIVER_FAIL;
}

static struct driver of_program(const struct registered *r, enum driver_policy policy)
{
	struct driver driver = { .action =
					 has_no_file(r) ? DRIVER_NO_FILE : action_for(NULL, policy),
				 .name = r->name ? r->name : unnamed };

	return driver;
}

static struct driver of_hdf5(const struct known *k, enum driver_policy policy)
{
	struct driver driver = { .action = action_for(k, policy), .name = k ? k->label : unnamed };

	if (k && strcmp(k->name, "core") == 0)
		driver.action = DRIVER_LOCK_CORE;
	return driver;
}

struct driver driver_of(const struct hdf5 *h5, h5_id fapl, enum driver_policy policy)
{
	struct driver driver = { .action = DRIVER_LOCK, .name = "sec2" };
	h5_id id = driver_id(h5, fapl);
	const struct registered *r;

	if (id < 0 || id == hdf5_sec2(h5))
		return driver;
	r = find_registered(h5, id);
	if (r)
		return of_program(r, policy);
	driver = of_hdf5(find_known(h5, id), policy);
	if (driver.action == DRIVER_LOCK_CORE && in_memory(h5, actual_list(h5, fapl)))
		driver.action = DRIVER_LOCK_READ;
	return driver;
}

struct driver driver_named(const char *name, enum driver_policy policy)
{
	struct driver sec2 = { .action = DRIVER_LOCK, .name = name };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return of_hdf5(&known[i], policy);
	return sec2;
}

h5_id driver_sec2_copy(const struct hdf5 *h5, h5_id fapl)
{
	h5_id copy;

	if (!h5->Pcopy || !h5->Pclose || !h5->Pset_fapl_sec2)
		return -1;
	copy = h5->Pcopy(actual_list(h5, fapl));
	if (hdf5_widen(h5, copy) < 0)
		return -1;
	if (h5->Pset_fapl_sec2(copy) < 0) {
		h5->Pclose(copy);
		return -1;
	}
	return copy;
}

void driver_close_copy(const struct hdf5 *h5, h5_id copy)
{
	h5_id stack = -1;

	/* Every API call but those of the stack itself begins by clearing it. */
	if (h5->Eget_current_stack && h5->Eset_current_stack)
		stack = hdf5_widen(h5, h5->Eget_current_stack());
	h5->Pclose(copy);
	if (stack > 0)
		h5->Eset_current_stack(stack);
}

/* H5VL_CAP_FLAG_ASYNC of H5VLpublic.h, the same in 1.14 and 2.2. */
#define ASYNCHRONOUS 2

bool driver_opens_later(const struct hdf5 *h5, h5_id fapl)
{
	struct errors_printing printing = { .off = false };
	uint64_t flags = 0;
	int rc = -1;

	errors_printing_off(h5, &printing);
	if (h5->Pget_vol_cap_flags)
		rc = h5->Pget_vol_cap_flags(fapl, &flags);
	errors_printing_on(h5, &printing);
	return rc >= 0 && (flags & ASYNCHRONOUS);
}

int driver_descriptor(const struct hdf5 *h5, h5_id file)
{
	struct errors_printing printing = { .off = false };
	void *handle = NULL;
	int fd = -1;

	errors_printing_off(h5, &printing);
	/* Of the core driver's file it gives a pointer into memory (1.8 to 2.2). */
	if (h5 != h5->core && h5->Fget_vfd_handle &&
	    h5->Fget_vfd_handle(file, H5_DEFAULT, &handle) >= 0 && handle)
		fd = *(int *)handle;
	errors_printing_on(h5, &printing);
	return fd;
}
