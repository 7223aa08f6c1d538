/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands on files that HDF5 opens by itself, or that only look like it.
 *
 *   link SLOT NAME FILE OBJECT          an external link
 *   link-open SLOT NAME HOW             opens the dataset behind it, with the target "r", "rw",
 *                                       "rw-swmr", or with the driver "sec2" whatever the file's is
 *   virtual SLOT NAME N FILE...         a virtual dataset: N integers of "data" in each FILE; -1 if
 *                                       there is none
 *   virtual-growing SLOT NAME FILE      one as long as "data" in FILE
 *   growing SLOT NAME N VALUE           a dataset of N integers that can grow
 *   raw SLOT NAME FILE N VALUE          a dataset whose data is in FILE, without any format
 *   extent SLOT NAME                    how long a dataset is
 *   exists SLOT NAME                    "ok 1" or "ok 0": is there an object behind the name?
 *   copy SLOT NAME SLOT NAME            with what external links lead to
 *   is-accessible FILE                  "ok 1" or "ok 0"
 *   background-check SLOT NAME N VALUE  as "check", in a thread; answers when it has been started
 *   background-result                   waits for it; answers its result
 *   direct-open SLOT FILE r|rw          H5Fopen past everybody who stands before libhdf5
 *   direct-create SLOT FILE
 */
#include "actor.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 10, 0)
#define HAS_VIRTUAL
#endif
#endif

/* --- external links ---------------------------------------------------------- */

static void run_link(const struct words *w)
{
	answer_result(H5Lcreate_external(w->word[3], w->word[4], slot_of(w->word[1])->file,
					 w->word[2], H5P_DEFAULT, H5P_DEFAULT));
}

static void run_link_open(const struct words *w)
{
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS), list = H5Pcreate(H5P_FILE_ACCESS);
	const char *how = w->word[3];
	struct slot *slot = slot_of(w->word[1]);

	H5Pset_fapl_sec2(list);
	if (!strcmp(how, "sec2"))
		H5Pset_elink_fapl(access, list);
	else if (!strcmp(how, "r"))
		H5Pset_elink_acc_flags(access, H5F_ACC_RDONLY);
	else if (!strcmp(how, "rw"))
		H5Pset_elink_acc_flags(access, H5F_ACC_RDWR);
#ifdef HAS_VIRTUAL
	else
		H5Pset_elink_acc_flags(access, H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE);
#endif
	H5Pclose(list);
	errno = 0;
	slot->dataset = H5Dopen2(slot->file, w->word[2], access);
	answer_result(slot->dataset);
	H5Pclose(access);
}

static void run_exists(const struct words *w)
{
	htri_t exists;

	errno = 0;
	exists = H5Oexists_by_name(slot_of(w->word[1])->file, w->word[2], H5P_DEFAULT);
	if (exists < 0)
		answer_result(exists);
	else
		answer("ok %d", exists > 0);
}

static void run_copy(const struct words *w)
{
	hid_t list = H5Pcreate(H5P_OBJECT_COPY);

	H5Pset_copy_object(list, H5O_COPY_EXPAND_EXT_LINK_FLAG);
	errno = 0;
	answer_result(H5Ocopy(slot_of(w->word[1])->file, w->word[2], slot_of(w->word[3])->file,
			      w->word[4], list, H5P_DEFAULT));
	H5Pclose(list);
}

/* --- virtual datasets -------------------------------------------------------- */

#ifdef HAS_VIRTUAL
static hid_t filled_with_minus_one(void)
{
	hid_t list = H5Pcreate(H5P_DATASET_CREATE);
	int fill = -1;

	H5Pset_fill_value(list, H5T_NATIVE_INT, &fill);
	return list;
}

static void create_virtual(const struct words *w, hid_t space, hid_t list)
{
	hid_t dataset = H5Dcreate2(slot_of(w->word[1])->file, w->word[2], H5T_NATIVE_INT, space,
				   H5P_DEFAULT, list, H5P_DEFAULT);

	answer_result(dataset);
	if (dataset >= 0)
		H5Dclose(dataset);
	H5Pclose(list);
	H5Sclose(space);
}

static void run_virtual(const struct words *w)
{
	hsize_t n = strtoul(w->word[3], NULL, 10), first = 0;
	hsize_t all = n * (hsize_t)(w->n - 4);
	hid_t list = filled_with_minus_one();
	hid_t source = H5Screate_simple(1, &n, NULL), space = H5Screate_simple(1, &all, NULL);

	for (int i = 4; i < w->n; i++, first += n) {
		H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &n, NULL);
		H5Pset_virtual(list, space, w->word[i], "data", source);
	}
	H5Sclose(source);
	create_virtual(w, space, list);
}

static hid_t endless(void)
{
	hsize_t zero = 0, one = 1, none = 0, most = H5S_UNLIMITED;
	hid_t space = H5Screate_simple(1, &none, &most);

	H5Sselect_hyperslab(space, H5S_SELECT_SET, &zero, NULL, &most, &one);
	H5Sselect_hyperslab(space, H5S_SELECT_SET, &zero, &one, &most, NULL);
	return space;
}

static void run_virtual_growing(const struct words *w)
{
	hid_t list = filled_with_minus_one(), source = endless(), space = endless();

	H5Pset_virtual(list, space, w->word[3], "data", source);
	H5Sclose(source);
	create_virtual(w, space, list);
}
#else
static void run_virtual(const struct words *w)
{
	answer("error no virtual datasets in this HDF5 (%s)", w->word[1]);
}
#define run_virtual_growing run_virtual
#endif

static void run_growing(const struct words *w)
{
	hsize_t n = strtoul(w->word[3], NULL, 10), most = H5S_UNLIMITED, chunk = 100;
	hid_t space = H5Screate_simple(1, &n, &most), list = H5Pcreate(H5P_DATASET_CREATE), dataset;
	hid_t file = slot_of(w->word[1])->file;

	H5Pset_chunk(list, 1, &chunk);
	dataset =
		H5Dcreate2(file, w->word[2], H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
	H5Dclose(dataset);
	H5Pclose(list);
	H5Sclose(space);
	answer_result(write_numbers(file, w->word[2], (long)n, atoi(w->word[4])));
}

static void run_extent(const struct words *w)
{
	hid_t dataset = H5Dopen2(slot_of(w->word[1])->file, w->word[2], H5P_DEFAULT), space = -1;

	errno = 0;
	if (dataset >= 0)
		space = H5Dget_space(dataset);
	if (space < 0)
		answer_result(space);
	else
		answer("ok %lld", (long long)H5Sget_simple_extent_npoints(space));
	if (space >= 0)
		H5Sclose(space);
	if (dataset >= 0)
		H5Dclose(dataset);
}

/* --- files that take no lock -------------------------------------------------- */

static void run_raw(const struct words *w)
{
	hsize_t n = strtoul(w->word[4], NULL, 10);
	hid_t space = H5Screate_simple(1, &n, NULL), list = H5Pcreate(H5P_DATASET_CREATE), dataset;
	hid_t file = slot_of(w->word[1])->file;

	H5Pset_external(list, w->word[3], 0, H5F_UNLIMITED);
	dataset =
		H5Dcreate2(file, w->word[2], H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
	H5Dclose(dataset);
	H5Pclose(list);
	H5Sclose(space);
	answer_result(write_numbers(file, w->word[2], (long)n, atoi(w->word[5])));
}

static void run_is_accessible(const struct words *w)
{
#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 12, 0)
	htri_t is = H5Fis_accessible(w->word[1], H5P_DEFAULT);

	if (is < 0)
		answer_result(is);
	else
		answer("ok %d", is > 0);
	return;
#endif
#endif
	answer("error no H5Fis_accessible in this HDF5 (%s)", w->word[1]);
}

/* --- in a thread -------------------------------------------------------------- */

static struct {
	pthread_t thread;
	hid_t file;
	char name[256], result[8192];
	long n;
	int value;
} background;

static void *check_in_thread(void *data)
{
	hid_t dataset;
	int found = 0;
	long right = -1;

	(void)data;
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	errno = 0;
	dataset = H5Dopen2(background.file, background.name, H5P_DEFAULT);
	if (dataset >= 0)
		right = check_numbers(dataset, background.n, background.value, &found);
	if (right < 0)
		describe_result(-1, background.result, sizeof(background.result));
	else
		snprintf(background.result, sizeof(background.result), "%s",
			 right == background.n ? "ok" : "error wrong value");
	if (dataset >= 0)
		H5Dclose(dataset);
	return NULL;
}

static void run_background_check(const struct words *w)
{
	background.file = slot_of(w->word[1])->file;
	snprintf(background.name, sizeof(background.name), "%s", w->word[2]);
	background.n = atol(w->word[3]);
	background.value = atoi(w->word[4]);
	pthread_create(&background.thread, NULL, check_in_thread, NULL);
	answer_ok();
}

static void run_background_result(const struct words *w)
{
	(void)w;
	pthread_join(background.thread, NULL);
	answer("%s", background.result);
}

/* --- past everybody ----------------------------------------------------------- */

/* libhdf5's own function, whatever was preloaded. */
static void *own_function(const char *name)
{
	Dl_info info;
	void *library = NULL;

	if (dladdr(dlsym(RTLD_DEFAULT, "H5get_libversion"), &info))
		library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	return library ? dlsym(library, name) : NULL;
}

static void run_direct_open(const struct words *w)
{
	hid_t (*open)(const char *, unsigned, hid_t) = own_function("H5Fopen");

	errno = 0;
	slot_of(w->word[1])->file = open(
		w->word[2], !strcmp(w->word[3], "rw") ? H5F_ACC_RDWR : H5F_ACC_RDONLY, H5P_DEFAULT);
	answer_result(slot_of(w->word[1])->file);
}

static void run_direct_create(const struct words *w)
{
	hid_t (*create)(const char *, unsigned, hid_t, hid_t) = own_function("H5Fcreate");

	errno = 0;
	slot_of(w->word[1])->file = create(w->word[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	answer_result(slot_of(w->word[1])->file);
}

const struct command inner_commands[] = {
	{ "link", run_link, 4 },
	{ "link-open", run_link_open, 3 },
	{ "virtual", run_virtual, 4 },
	{ "virtual-growing", run_virtual_growing, 3 },
	{ "growing", run_growing, 4 },
	{ "raw", run_raw, 5 },
	{ "extent", run_extent, 2 },
	{ "exists", run_exists, 2 },
	{ "copy", run_copy, 4 },
	{ "is-accessible", run_is_accessible, 1 },
	{ "background-check", run_background_check, 4 },
	{ "background-result", run_background_result, 0 },
	{ "direct-open", run_direct_open, 3 },
	{ "direct-create", run_direct_create, 2 },
	{ NULL, NULL, 0 },
};
