/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker.h"

#include <string.h>
#include <unistd.h>

/* --- what is done --------------------------------------------------------------------------- */

/* epoch << 40 | count << 1 | intent, in one word: who reads it reads what was true at one time. */
struct done {
	uint64_t epoch, count;
	bool intent;
};

static struct done unpack(uint64_t w)
{
	return (struct done){ w >> 40, w >> 1 & ((1ULL << 39) - 1), w & 1 };
}

static uint64_t pack(uint64_t epoch, uint64_t count, bool intent)
{
	return epoch << 40 | count << 1 | intent;
}

/* Whether an earlier process in this slot was killed with an intent that nobody has looked up. */
static bool unresolved;

void record_intend(int file)
{
	word *done = &shared->files[file].done[my_number];

	unresolved = *done & 1;
	*done |= 1;
}

void record_forget(int file)
{
	if (!unresolved)
		shared->files[file].done[my_number] &= ~1ULL;
}

void record_done(int file)
{
	word *done = &shared->files[file].done[my_number];
	struct done d = unpack(*done);

	*done = pack(d.epoch, d.count + 1, false);
}

/* --- pages ---------------------------------------------------------------------------------- */

static uint64_t filler(const struct page *p, unsigned int i)
{
	return (p->sequence + p->place) * 0x9e3779b97f4a7c15 + p->epoch + i;
}

static uint64_t sum_of(const struct page *p)
{
	uint64_t sum = p->place ^ p->epoch ^ p->sequence ^ p->writer;

	for (int i = 0; i < SLOTS; i++)
		sum = sum * 31 + p->counters[i];
	return sum;
}

static void finish(int file, struct record *r)
{
	for (int n = 0; n < PAGES; n++) {
		struct page *p = &r->pages[n];

		if (n)
			*p = r->pages[0];
		p->place = (uint64_t)file << 8 | (unsigned int)n;
		for (unsigned int i = 0; i < sizeof(p->filler) / 8; i++)
			p->filler[i] = filler(p, i);
		p->sum = sum_of(p);
	}
}

static bool whole(int file, const struct page *p, int n)
{
	uint64_t wrong =
		(p->place ^ ((uint64_t)file << 8 | (unsigned int)n)) | (p->sum ^ sum_of(p));

	for (unsigned int i = 0; i < sizeof(p->filler) / 8; i++)
		wrong |= p->filler[i] ^ filler(p, i);
	return !wrong;
}

static bool same(const struct page *a, const struct page *b)
{
	return a->epoch == b->epoch && a->sequence == b->sequence && a->writer == b->writer &&
	       !memcmp(a->counters, b->counters, sizeof(a->counters));
}

/* --- the check ------------------------------------------------------------------------------ */

static bool killed_while_writing(int file)
{
	uint64_t writing = shared->files[file].writing;

	return writing == TORN || (writing && visit_killed((int)writing - 1)) ||
	       /* Its slot was emptied between the two looks. */
	       (writing && shared->files[file].writing == TORN);
}

static int check_pages(int file, const struct record *r)
{
	for (int n = 0; n < PAGES; n++) {
		const struct page *p = &r->pages[n];

		if (whole(file, p, n) && same(p, r->pages))
			continue;
		/* The first page is written first, and as a whole: it is always good. */
		if (n && whole(file, p, n) && killed_while_writing(file))
			return -1;
		fault("mixed",
		      "file %d, page %d: epoch %llu, sequence %llu, writer %llu, %s; page 0: epoch "
		      "%llu, "
		      "sequence %llu, writer %llu; writing: %llu",
		      file, n, (unsigned long long)p->epoch, (unsigned long long)p->sequence,
		      (unsigned long long)p->writer, whole(file, p, n) ? "whole" : "not whole",
		      (unsigned long long)r->pages[0].epoch,
		      (unsigned long long)r->pages[0].sequence,
		      (unsigned long long)r->pages[0].writer,
		      (unsigned long long)shared->files[file].writing);
		return 0;
	}
	return 0;
}

bool record_is_whole(const struct record *r)
{
	int file = (int)(r->pages[0].place >> 8);

	for (int n = 0; n < PAGES; n++)
		if (!whole(file, &r->pages[n], n) || !same(&r->pages[n], r->pages))
			return false;
	return true;
}

/* Nobody can make his count one more while this process has the file: so the words may be read
 * after the record. */
static void check_count(int file, const struct page *p, int slot)
{
	struct done d = unpack(shared->files[file].done[slot]);
	uint64_t count = p->counters[slot], least = d.epoch == p->epoch ? d.count : 0;

	if (d.epoch <= p->epoch && count >= least && count <= least + d.intent)
		return;
	fault(d.epoch > p->epoch || count < least ? "lost" : "mixed",
	      "file %d: slot %d has done %llu in epoch %llu%s; there are %llu in epoch %llu, "
	      "sequence "
	      "%llu",
	      file, slot, (unsigned long long)d.count, (unsigned long long)d.epoch,
	      d.intent ? ", perhaps one more" : "", (unsigned long long)count,
	      (unsigned long long)p->epoch, (unsigned long long)p->sequence);
}

int record_check(int file, const struct record *r)
{
	int rc = check_pages(file, r);

	for (int slot = 0; slot < SLOTS; slot++)
		check_count(file, &r->pages[0], slot);
	return rc;
}

/* --- reading and writing -------------------------------------------------------------------- */

int record_read(hid_t id, struct record *r)
{
	hid_t set = H5Dopen2(id, "record", H5P_DEFAULT);
	int rc = -1;

	if (set < 0)
		return -1;
	if (H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, r) >= 0)
		rc = 0;
	H5Dclose(set);
	return rc;
}

void record_advance(int file, struct record *r)
{
	struct page *p = &r->pages[0];
	word *done = &shared->files[file].done[my_number];

	/* An intent of a killed process in this slot is looked up here. */
	*done = pack(p->epoch, p->counters[my_number], true);
	unresolved = false;
	p->counters[my_number]++;
	p->sequence++;
	p->writer = (uint64_t)my_number;
	finish(file, r);
}

void record_begin(int file, struct record *r, uint64_t epoch)
{
	memset(r, 0, sizeof(*r));
	r->pages[0].epoch = epoch;
	record_advance(file, r);
}

static herr_t write_words(hid_t set, const struct record *r, hsize_t from, hsize_t count)
{
	hid_t memory = H5Screate_simple(1, &count, NULL), space = H5Dget_space(set);
	herr_t rc;

	H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, NULL, &count, NULL);
	rc = H5Dwrite(set, H5T_NATIVE_UINT64, memory, space, H5P_DEFAULT,
		      (const uint64_t *)r + from);
	H5Sclose(space);
	H5Sclose(memory);
	return rc;
}

void record_write(int file, hid_t id, const struct record *r, unsigned int pause)
{
	enum { ALL = PAGES * WORDS, HALF = ALL / 2 };
	hid_t set = H5Dopen2(id, "record", H5P_DEFAULT);
	herr_t rc = -1;

	shared->files[file].writing = (uint64_t)my_number + 1;
	if (set >= 0 && !pause)
		rc = H5Dwrite(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, r);
	if (set >= 0 && pause) {
		rc = write_words(set, r, 0, HALF);
		/* HDF5's buffer is for one dataset that is open: what is in it is written. */
		H5Dclose(set);
		dawdle(pause);
		set = H5Dopen2(id, "record", H5P_DEFAULT);
		rc = rc < 0 || set < 0 ? -1 : write_words(set, r, HALF, ALL - HALF);
	}
	if (rc < 0 || H5Dclose(set) < 0)
		fault("failed", "file %d can't be written", file);
	shared->files[file].writing = 0;
}

int record_create(hid_t id, const struct record *r)
{
	hsize_t words = PAGES * WORDS;
	hid_t space = H5Screate_simple(1, &words, NULL), early = H5Pcreate(H5P_DATASET_CREATE), set;
	int rc = -1;

	H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
	set = H5Dcreate2(id, "record", H5T_NATIVE_UINT64, space, H5P_DEFAULT, early, H5P_DEFAULT);
	if (set >= 0 && H5Dwrite(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, r) >= 0 &&
	    H5Dclose(set) >= 0)
		rc = 0;
	H5Pclose(early);
	H5Sclose(space);
	return rc;
}
