/* SPDX-License-Identifier: BSD-3-Clause */
/* Visits to the file of the SWMR writers: each begins it anew, and lets readers in while it grows.
 */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>

enum { ROWS = 64, STEPS = 8 };

#if H5_VERSION_GE(1, 10, 0)

static hid_t latest(void)
{
	static hid_t list;

	if (!list) {
		list = H5Pcreate(H5P_FILE_ACCESS);
		H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	}
	return list;
}

static hid_t create_rows(hid_t id)
{
	hsize_t none = 0, most = H5S_UNLIMITED, chunk = ROWS;
	hid_t space = H5Screate_simple(1, &none, &most), chunks = H5Pcreate(H5P_DATASET_CREATE),
	      set;

	H5Pset_chunk(chunks, 1, &chunk);
	set = H5Dcreate2(id, "rows", H5T_NATIVE_UINT64, space, H5P_DEFAULT, chunks, H5P_DEFAULT);
	H5Pclose(chunks);
	H5Sclose(space);
	return set;
}

/* Row I is epoch << 32 | I. */
static herr_t append(hid_t set, uint64_t epoch, hsize_t from)
{
	hsize_t all = from + ROWS, count = ROWS;
	uint64_t rows[ROWS];
	hid_t memory, space;
	herr_t rc;

	for (hsize_t i = 0; i < ROWS; i++)
		rows[i] = epoch << 32 | (from + i);
	if (H5Dset_extent(set, &all) < 0)
		return -1;
	memory = H5Screate_simple(1, &count, NULL);
	space = H5Dget_space(set);
	H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, NULL, &count, NULL);
	rc = H5Dwrite(set, H5T_NATIVE_UINT64, memory, space, H5P_DEFAULT, rows);
	H5Sclose(space);
	H5Sclose(memory);
	return rc < 0 ? rc : H5Dflush(set);
}

static int write_rows(hid_t id)
{
	struct file *f = &shared->files[SWMR];
	uint64_t epoch = ++f->epoch;
	hid_t set = create_rows(id);
	herr_t rc = set < 0 ? -1 : append(set, epoch, 0);

	/* Before the readers can come. */
	visit_enter(SWMR, WRITES_SWMR);
	if (rc >= 0)
		rc = H5Fstart_swmr_write(id);
	for (int i = 1; rc >= 0 && i < STEPS; i++) {
		dawdle(500);
		rc = append(set, epoch, (hsize_t)i * ROWS);
	}
	if (rc < 0)
		H5Eprint2(H5E_DEFAULT, NULL);
	H5Dclose(set);
	return rc < 0 ? -1 : 0;
}

int visit_swmr_write(int file)
{
	int outcome;
	hid_t id;

	(void)file;
	me->creating = SWMR + 1;
	id = visit_begin_new(SWMR, H5F_ACC_TRUNC, latest(), MAY_EXIST, &outcome);
	if (id < 0) {
		me->creating = 0;
		return outcome;
	}
	visit_enter(SWMR, WRITES);
	if (write_rows(id))
		fault("failed", "%s can't be written", file_name(SWMR));
	/* While no other creator can be there, and be killed. */
	shared->files[SWMR].broken = 0;
	visit_leave(SWMR);
	visit_close(SWMR, id);
	me->creating = 0;
	return DONE;
}

/* How many rows there are, or -1 if they can't be read or are not those of EPOCH. */
static int read_rows(hid_t id, uint64_t epoch)
{
	hid_t set = H5Dopen2(id, "rows", H5P_DEFAULT), space;
	uint64_t rows[ROWS * STEPS];
	hssize_t count = -1;

	if (set < 0)
		return -1;
	space = H5Dget_space(set);
	count = H5Sget_simple_extent_npoints(space);
	H5Sclose(space);
	if (count < 0 || count > ROWS * STEPS ||
	    (count && H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) < 0))
		count = -1;
	for (hssize_t i = 0; i < count; i++)
		if (rows[i] != (epoch << 32 | (uint64_t)i))
			count = -1;
	H5Dclose(set);
	return (int)count;
}

int visit_swmr_read(int file)
{
	struct file *f = &shared->files[SWMR];
	uint64_t epoch;
	int outcome;
	hid_t id;

	(void)file;
	id = visit_open(SWMR, H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, latest(),
			MAY_BE_ABSENT | MAY_BE_BROKEN, &outcome);
	if (id < 0)
		return outcome;
	visit_enter(SWMR, READS);
	epoch = f->epoch;
	if (read_rows(id, epoch) < 0) {
		outcome = EXCUSED;
		if (!f->broken && !visit_may_be_broken(SWMR))
			fault("mixed", "%s, epoch %llu, is not what its writer wrote",
			      file_name(SWMR), (unsigned long long)epoch);
	}
	if (f->epoch != epoch)
		fault("mixed", "%s began anew under a reader", file_name(SWMR));
	visit_leave(SWMR);
	visit_close(SWMR, id);
	return outcome;
}

#else

int visit_swmr_write(int file)
{
	(void)file;
	return REFUSED;
}

int visit_swmr_read(int file)
{
	(void)file;
	return REFUSED;
}

#endif
