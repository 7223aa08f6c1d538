/* SPDX-License-Identifier: BSD-3-Clause */
/* Visits to the files that are created, deleted and replaced.  What each file has is checked as in
 * those that are only written in place; it begins anew, with another epoch, whenever it is created.
 */
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 50 };

static struct record record;

static int made(int file)
{
	return MADE + file % (SWMR - MADE);
}

/* Fills the file ID, which this process has just created, or found empty, and closes it.  All of it
 * is in the file before the lock goes. */
static int fill(int file, hid_t id)
{
	struct file *f = &shared->files[file];

	record_begin(file, &record, ++f->epoch);
	if (record_create(id, &record) || H5Fflush(id, H5F_SCOPE_GLOBAL) < 0) {
		fault("failed", "%s can't be filled", file_name(file));
		H5Eprint2(H5E_DEFAULT, NULL);
	}
	f->broken = 0;
	f->writing = 0;
	visit_leave(file);
	visit_close(file, id);
	me->creating = 0;
	record_done(file);
	return DONE;
}

static int create(int file, unsigned int flags)
{
	int outcome;
	hid_t id;

	record_intend(file);
	me->creating = (uint64_t)file + 1;
	id = visit_begin_new(file, flags, aligned, MAY_EXIST, &outcome);
	if (id < 0) {
		if (visit_was_overtaken())
			shared->files[file].broken = 1;
		me->creating = 0;
		record_forget(file);
		return outcome;
	}
	visit_enter(file, WRITES);
	return fill(file, id);
}

int visit_truncate(int file)
{
	return create(made(file), H5F_ACC_TRUNC);
}

/* Reads the record of the file ID, open for writing.  Returns 0, or -1 if it has none, and that is
 * explained: then it is filled and closed. */
static int read_or_fill(int file, hid_t id)
{
	if (record_read(id, &record) == 0) {
		if (record_check(file, &record))
			me->torn++;
		shared->files[file].broken = 0;
		return 0;
	}
	if (!visit_may_be_broken(file))
		fault("lost", "%s has no record", file_name(file));
	me->creating = (uint64_t)file + 1;
	/* A dataset that is there and can't be read stays in the way. */
	H5Ldelete(id, "record", H5P_DEFAULT);
	fill(file, id);
	return -1;
}

static int add(int file, hid_t id)
{
	visit_enter(file, WRITES);
	if (read_or_fill(file, id))
		return EXCUSED;
	record_advance(file, &record);
	record_write(file, id, &record, any(8) ? 0 : 1000);
	visit_leave(file);
	visit_close(file, id);
	record_done(file);
	return DONE;
}

/* As h5py's mode "a" does. */
static int open_or_create(int file)
{
	int outcome = REFUSED;

	for (int i = 0; i < TRIES && outcome == REFUSED; i++) {
		hid_t id;

		record_intend(file);
		id = visit_open(file, H5F_ACC_RDWR, H5P_DEFAULT, MAY_BE_ABSENT | MAY_BE_BROKEN,
				&outcome);
		if (id >= 0)
			return add(file, id);
		record_forget(file);
		if (outcome == EXCUSED)
			return create(file, H5F_ACC_TRUNC) == DONE ? DONE : EXCUSED;
		if (outcome == REFUSED)
			outcome = create(file, H5F_ACC_EXCL);
	}
	return outcome;
}

int visit_add(int file)
{
	return open_or_create(made(file));
}

int visit_create(int file)
{
	return create(made(file), H5F_ACC_EXCL);
}

/* Opens FILE for writing, with its record read, or else says how that ended. */
static hid_t take(int file, int *outcome)
{
	hid_t id =
		visit_open(file, H5F_ACC_RDWR, H5P_DEFAULT, MAY_BE_ABSENT | MAY_BE_BROKEN, outcome);

	if (id < 0)
		return -1;
	visit_enter(file, WRITES);
	if (read_or_fill(file, id) == 0)
		return id;
	*outcome = EXCUSED;
	return -1;
}

/* Under its lock, so that nobody's work goes with it: whoever waits comes afresh. */
int visit_delete(int file)
{
	hid_t id;
	int outcome;

	file = made(file);
	record_intend(file);
	id = take(file, &outcome);
	if (id < 0) {
		if (outcome != EXCUSED)
			record_forget(file);
		return outcome;
	}
	/* Nothing is to be added, but what a killed process was about to do is known now. */
	shared->files[file].epoch++;
	visit_leave(file);
	if (unlink(file_name(file)))
		fault("failed", "%s can't be deleted: %s", file_name(file), strerror(errno));
	visit_close(file, id);
	record_forget(file);
	return outcome;
}

/* The new file has all that the old one had, and this process's share; it takes the old one's place
 * while that is locked. */
int visit_replace(int file)
{
	char name[32];
	int outcome;
	hid_t id, new;

	file = made(file);
	record_intend(file);
	id = take(file, &outcome);
	if (id < 0) {
		if (outcome != EXCUSED)
			record_forget(file);
		return outcome;
	}
	record_advance(file, &record);
	snprintf(name, sizeof(name), "new-%d.h5", my_number);
	new = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, aligned);
	if (new < 0 || record_create(new, &record) || H5Fclose(new) < 0) {
		fault("failed", "%s can't be made: errno %d", name, errno);
		H5Eprint2(H5E_DEFAULT, NULL);
	}
	me->opens++;
	visit_leave(file);
	if (rename(name, file_name(file)))
		fault("failed", "%s can't be replaced: %s", file_name(file), strerror(errno));
	visit_close(file, id);
	record_done(file);
	return DONE;
}
