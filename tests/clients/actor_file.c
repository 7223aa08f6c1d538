/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands on files and datasets.
 *
 *   driver default|list|sec2|stdio|log|core|core0|family|split|own:NAME   for what is opened from
 *        now on (default: H5P_DEFAULT; list: a file access list as it comes; core0: no backing
 *        store; own:NAME: one that the program registers by this name, with its file in memory;
 *        wrong: a list that is for no file)
 *   libver default|latest
 *   async no|none|events
 *        from now on open, create and close with H5Fopen_async..., without or with a set of events
 *   printing on|off|old
 *        HDF5's automatic printing of errors (off at first); old: by a function of the program's,
 *        set by the interface of HDF5 1.6, which prints "printed"
 *   open SLOT FILE r|rw [swmr]
 *   create SLOT FILE trunc|excl [swmr]
 *   startswmr SLOT
 *   close SLOT
 *        H5Fclose
 *   decref SLOT
 *        H5Idec_ref, as h5py closes files
 *   flush SLOT
 *   write SLOT DATASET N VALUE
 *        N integers counting up from VALUE, into a new or old dataset
 *   check SLOT DATASET N VALUE
 *        every one of them has to be there
 *   dataset-open SLOT DATASET
 *   dataset-check SLOT N VALUE
 *   dataset-close SLOT
 *   is-hdf5 FILE
 *        "ok 1" or "ok 0"
 *   can locks|marks|swmr|delete|async|threads
 *        "ok" if this HDF5 can
 */
#include "actor.h"
#include "actor_driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *driver = "default";
static bool latest;
static bool async;
static hid_t events; /* 0: none */
static struct slot slots[128];

/* --- how files are opened ------------------------------------------------ */

static void run_driver(const struct words *w)
{
	driver = strdup(w->word[1]);
	answer_ok();
}

static void run_libver(const struct words *w)
{
	latest = !strcmp(w->word[1], "latest");
	answer_ok();
}

#ifdef H5VL_CAP_FLAG_ASYNC /* HDF5 1.14 */
static void run_async(const struct words *w)
{
	async = strcmp(w->word[1], "no") != 0;
	events = !strcmp(w->word[1], "events") ? H5EScreate() : H5ES_NONE;
	answer_result(events);
}
#else
#define H5Fopen_async(name, flags, list, events) ((void)(events), H5Fopen(name, flags, list))
#define H5Fcreate_async(name, flags, creation, list, events) \
	((void)(events), H5Fcreate(name, flags, creation, list))
#define H5Fclose_async(file, events) ((void)(events), H5Fclose(file))
static void run_async(const struct words *w)
{
	answer("error no H5Fopen_async in this HDF5 (%s)", w->word[1]);
}
#endif

#ifndef H5_NO_DEPRECATED_SYMBOLS
static herr_t print_as_of_old(void *data)
{
	(void)data;
	fprintf(stderr, "printed\n");
	return 0;
}
#else
#define H5Eset_auto1(print, data) (-1)
#endif

static void run_printing(const struct words *w)
{
	bool on = !strcmp(w->word[1], "on");

	if (!strcmp(w->word[1], "old")) {
		answer_result(H5Eset_auto1(print_as_of_old, NULL));
		return;
	}
	H5Eset_auto2(H5E_DEFAULT, on ? (H5E_auto2_t)H5Eprint2 : NULL, on ? stderr : NULL);
	answer_ok();
}

static void set_driver(hid_t list)
{
	if (!strcmp(driver, "sec2"))
		H5Pset_fapl_sec2(list);
	else if (!strcmp(driver, "stdio"))
		H5Pset_fapl_stdio(list);
	else if (!strcmp(driver, "log"))
		H5Pset_fapl_log(list, NULL, 0, 0);
	else if (!strcmp(driver, "core"))
		H5Pset_fapl_core(list, 1 << 16, 1);
	else if (!strcmp(driver, "core0"))
		H5Pset_fapl_core(list, 1 << 16, 0);
	else if (!strcmp(driver, "family"))
		H5Pset_fapl_family(list, 1 << 20, H5P_DEFAULT);
	else if (!strcmp(driver, "split"))
		H5Pset_fapl_split(list, ".meta", H5P_DEFAULT, ".raw", H5P_DEFAULT);
	else if (!strncmp(driver, "own:", 4))
		set_own_driver(list, driver + 4);
}

hid_t access_list(void)
{
	hid_t list;

	if (!strcmp(driver, "default") && !latest)
		return H5P_DEFAULT;
	if (!strcmp(driver, "wrong"))
		return H5Pcreate(H5P_DATASET_CREATE);
	list = H5Pcreate(H5P_FILE_ACCESS);
	set_driver(list);
	if (latest)
		H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	return list;
}

void done_with_access(hid_t list)
{
	if (list != H5P_DEFAULT)
		H5Pclose(list);
}

#ifndef H5F_ACC_SWMR_WRITE /* before HDF5 1.10 */
#define H5F_ACC_SWMR_WRITE 0
#define H5F_ACC_SWMR_READ  0
#endif

hid_t open_file(const char *name, const char *mode, bool swmr)
{
	hid_t list = access_list(), file;
	unsigned flags;

	if (!strcmp(mode, "rw"))
		flags = H5F_ACC_RDWR | (swmr ? H5F_ACC_SWMR_WRITE : 0);
	else
		flags = H5F_ACC_RDONLY | (swmr ? H5F_ACC_SWMR_READ : 0);
	errno = 0;
	file = async ? H5Fopen_async(name, flags, list, events) : H5Fopen(name, flags, list);
	if (file >= 0) /* another HDF5 call would clear the error stack */
		done_with_access(list);
	return file;
}

hid_t create_file(const char *name, const char *how, bool swmr)
{
	hid_t list = access_list(), file;
	unsigned flags = !strcmp(how, "excl") ? H5F_ACC_EXCL : H5F_ACC_TRUNC;

	if (swmr)
		flags |= H5F_ACC_SWMR_WRITE;
	errno = 0;
	file = async ? H5Fcreate_async(name, flags, H5P_DEFAULT, list, events)
		     : H5Fcreate(name, flags, H5P_DEFAULT, list);
	if (file >= 0)
		done_with_access(list);
	return file;
}

herr_t close_file(hid_t file)
{
	errno = 0;
	return async ? H5Fclose_async(file, events) : H5Fclose(file);
}

/* --- numbers ------------------------------------------------------------- */

static hid_t make_dataset(hid_t file, const char *name, long n)
{
	hsize_t size = (hsize_t)n;
	hid_t space = H5Screate_simple(1, &size, NULL);
	hid_t dataset = H5Dcreate2(file, name, H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT,
				   H5P_DEFAULT);

	if (dataset >= 0)
		H5Sclose(space);
	return dataset;
}

int write_numbers(hid_t file, const char *name, long n, int value)
{
	int *numbers = malloc((size_t)n * sizeof(int));
	hid_t dataset;
	herr_t result = -1;

	for (long i = 0; i < n; i++)
		numbers[i] = value + (int)i;
	if (H5Lexists(file, name, H5P_DEFAULT) > 0)
		dataset = H5Dopen2(file, name, H5P_DEFAULT);
	else
		dataset = make_dataset(file, name, n);
	if (dataset >= 0)
		result = H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
	if (result >= 0)
		result = H5Dclose(dataset);
	free(numbers);
	return result;
}

long check_numbers(hid_t dataset, long n, int value, int *found)
{
	hid_t space = H5Dget_space(dataset);
	int *numbers;
	long i;

	if (space < 0)
		return -1;
	*found = 0;
	if (H5Sget_simple_extent_npoints(space) != n)
		return 0;
	H5Sclose(space);
	numbers = malloc((size_t)n * sizeof(int));
	if (H5Dread(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) < 0) {
		free(numbers);
		return -1;
	}
	for (i = 0; i < n && numbers[i] == value + (int)i; i++)
		;
	if (i < n)
		*found = numbers[i];
	free(numbers);
	return i;
}

static void answer_check(hid_t dataset, long n, int value)
{
	int found = 0;
	long right = check_numbers(dataset, n, value, &found);

	if (right < 0)
		answer_result(-1);
	else if (right == n)
		answer_ok();
	else
		answer("error wrong value: number %ld is %d", right, found);
}

/* --- commands ------------------------------------------------------------ */

struct slot *slot_of(const char *name)
{
	static bool cleared;

	for (int i = 0; i < 128 && !cleared; i++)
		slots[i].file = slots[i].dataset = -1;
	cleared = true;
	return &slots[name[0] & 127];
}

static void run_open(const struct words *w)
{
	struct slot *slot = slot_of(w->word[1]);

	slot->file = open_file(w->word[2], w->word[3], !strcmp(w->word[4], "swmr"));
	answer_result(slot->file);
}

static void run_create(const struct words *w)
{
	struct slot *slot = slot_of(w->word[1]);

	slot->file = create_file(w->word[2], w->word[3], !strcmp(w->word[4], "swmr"));
	answer_result(slot->file);
}

static void run_startswmr(const struct words *w)
{
#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 10, 0)
	errno = 0;
	answer_result(H5Fstart_swmr_write(slot_of(w->word[1])->file));
	return;
#endif
#endif
	answer("error no SWMR in this HDF5 (%s)", w->word[1]);
}

static void run_close(const struct words *w)
{
	answer_result(close_file(slot_of(w->word[1])->file));
}

static void run_decref(const struct words *w)
{
	errno = 0;
	answer_result(H5Idec_ref(slot_of(w->word[1])->file));
}

static void run_flush(const struct words *w)
{
	answer_result(H5Fflush(slot_of(w->word[1])->file, H5F_SCOPE_GLOBAL));
}

static void run_write(const struct words *w)
{
	hid_t file = slot_of(w->word[1])->file;

	answer_result(write_numbers(file, w->word[2], atol(w->word[3]), atoi(w->word[4])));
}

static void run_check(const struct words *w)
{
	hid_t dataset = H5Dopen2(slot_of(w->word[1])->file, w->word[2], H5P_DEFAULT);

	if (dataset < 0) {
		answer_result(dataset);
		return;
	}
	answer_check(dataset, atol(w->word[3]), atoi(w->word[4]));
	H5Dclose(dataset);
}

static void run_dataset_open(const struct words *w)
{
	struct slot *slot = slot_of(w->word[1]);

	slot->dataset = H5Dopen2(slot->file, w->word[2], H5P_DEFAULT);
	answer_result(slot->dataset);
}

static void run_dataset_check(const struct words *w)
{
	answer_check(slot_of(w->word[1])->dataset, atol(w->word[2]), atoi(w->word[3]));
}

static void run_dataset_close(const struct words *w)
{
	answer_result(H5Dclose(slot_of(w->word[1])->dataset));
}

static void run_is_hdf5(const struct words *w)
{
	htri_t is = H5Fis_hdf5(w->word[1]);

	if (is < 0)
		answer_result(is);
	else
		answer("ok %d", is > 0);
}

static void run_can(const struct words *w)
{
	static const struct {
		const char *what;
		bool can;
	} since[] = {
#ifdef H5_VERSION_GE
		{ "locks", H5_VERSION_GE(1, 10, 0) },
		{ "marks", H5_VERSION_GE(1, 10, 0) }, /* of who writes a file, in it */
		{ "swmr", H5_VERSION_GE(1, 10, 0) },
		{ "virtual", H5_VERSION_GE(1, 10, 0) }, /* datasets */
		{ "async", H5_VERSION_GE(1, 14, 0) },
#endif
		{ NULL, false },
	};
	bool can = (!strcmp(w->word[1], "threads") && thread_safe_hdf5()) ||
		   (!strcmp(w->word[1], "delete") && can_delete());

	for (int i = 0; since[i].what; i++)
		can = can || (since[i].can && !strcmp(since[i].what, w->word[1]));
	answer(can ? "ok" : "error this HDF5 can't");
}

const struct command file_commands[] = {
	{ "driver", run_driver, 1 },
	{ "libver", run_libver, 1 },
	{ "async", run_async, 1 },
	{ "printing", run_printing, 1 },
	{ "open", run_open, 3 },
	{ "create", run_create, 3 },
	{ "startswmr", run_startswmr, 1 },
	{ "close", run_close, 1 },
	{ "decref", run_decref, 1 },
	{ "flush", run_flush, 1 },
	{ "write", run_write, 4 },
	{ "check", run_check, 4 },
	{ "dataset-open", run_dataset_open, 2 },
	{ "dataset-check", run_dataset_check, 3 },
	{ "dataset-close", run_dataset_close, 1 },
	{ "is-hdf5", run_is_hdf5, 1 },
	{ "can", run_can, 1 },
	{ NULL, NULL, 0 },
};
