#include "driver.h"

#include <string.h>

/* Drivers that keep the file's bytes in the one file that is named, as sec2 does, and those that
 * don't.  What is not in the list can't be named, and counts as one that doesn't. */
static const struct {
	const char *name; /* as in its H5FD_NAME_init */
	const char *label;
	bool same_bytes;
} known[] = {
	{ "stdio", "stdio", true },	     { "log", "log", true },
	{ "direct", "direct", true },	     { "core", "core", false },
	{ "family", "family", false },	     { "multi", "multi (split)", false },
	{ "mpio", "mpio", false },	     { "splitter", "splitter", false },
	{ "mirror", "mirror", false },	     { "onion", "onion", false },
	{ "subfiling", "subfiling", false }, { "ioc", "ioc", false },
	{ "ros3", "ros3", false },	     { "hdfs", "hdfs", false },
};

/* Its index in the list, or -1. */
static int find_known(const struct hdf5 *h5, h5_id driver)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hdf5_driver(h5, known[i].name) == driver)
			return (int)i;
	return -1;
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
	struct hdf5_printing printing = { .off = false };
	h5_id list = actual_list(h5, fapl), driver;

	if (!h5->Pget_driver || list <= 0)
		return -1;
	if (fapl != H5_DEFAULT)
		hdf5_printing_off(h5, &printing);
	driver = h5->Pget_driver(list);
	hdf5_printing_on(h5, &printing);
	return hdf5_widen(h5, driver);
}

struct driver driver_of(const struct hdf5 *h5, h5_id fapl, enum driver_policy policy)
{
	struct driver driver = { .action = DRIVER_LOCK, .name = "sec2" };
	h5_id id = driver_id(h5, fapl);
	int index;

	if (id < 0 || id == hdf5_sec2(h5))
		return driver;
	index = find_known(h5, id);
	driver.name = index < 0 ? "of an unknown name" : known[index].label;
	if (strcmp(driver.name, "core") == 0 && hdf5_in_memory(h5, actual_list(h5, fapl)))
		driver.action = DRIVER_LOCK_READ;
	else if (policy == DRIVER_PASS)
		driver.action = DRIVER_GO_UNLOCKED;
	else if (policy == DRIVER_REPLACE && index >= 0 && known[index].same_bytes)
		driver.action = DRIVER_MAKE_SEC2;
	else
		driver.action = DRIVER_FAIL;
	return driver;
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
