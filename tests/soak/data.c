/* SPDX-License-Identifier: BSD-3-Clause */
/* Visits to the files that are written in place. */
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PAUSE_US = 3000, LOOKS = 10 };

/* What a made file may be, and a data file never. */
static int may(int file)
{
	return file < DATA_FILES ? 0 : MAY_BE_ABSENT | MAY_BE_BROKEN;
}

/* Opens FILE for reading, and ends with it closed.  How often the record is read: TIMES. */
static int read_file(int file, int times)
{
	static struct record first, again;
	int outcome;
	hid_t id = visit_open(file, H5F_ACC_RDONLY, H5P_DEFAULT, may(file), &outcome);

	if (id < 0)
		return outcome;
	visit_enter(file, READS);
	for (int i = 0; i < times; i++) {
		struct record *r = i ? &again : &first;

		if (i)
			dawdle(PAUSE_US);
		if (record_read(id, r)) {
			outcome = EXCUSED;
			if (!may(file) || !visit_may_be_broken(file))
				fault("lost", "%s has no record", file_name(file));
			break;
		}
		if (record_check(file, r))
			outcome = EXCUSED;
		if (i && memcmp(&first, &again, sizeof(first)))
			fault("mixed", "%s changed under a reader", file_name(file));
	}
	visit_leave(file);
	visit_close(file, id);
	return outcome;
}

/* Several, for they are short: most of the opens of a soak are these. */
int visit_look(int file)
{
	int outcome = DONE;

	for (int i = 0; i < LOOKS && outcome == DONE; i++)
		outcome = read_file(file, 0);
	return outcome;
}

int visit_read(int file)
{
	return read_file(file, 1);
}

int visit_reread(int file)
{
	return read_file(file, 2);
}

static int update(int file, unsigned int pause)
{
	static struct record record;
	int outcome;
	hid_t id;

	record_intend(file);
	id = visit_open(file, H5F_ACC_RDWR, any(2) ? direct : H5P_DEFAULT, 0, &outcome);
	if (id < 0) {
		record_forget(file);
		return outcome;
	}
	visit_enter(file, WRITES);
	if (record_read(id, &record)) {
		fault("lost", "%s has no record", file_name(file));
		visit_leave(file);
		visit_close(file, id);
		return REFUSED;
	}
	if (record_check(file, &record))
		me->torn++;
	record_advance(file, &record);
	if (pause)
		dawdle(pause);
	record_write(file, id, &record, pause);
	visit_leave(file);
	visit_close(file, id);
	record_done(file);
	return DONE;
}

int visit_update(int file)
{
	return update(file % DATA_FILES, 0);
}

int visit_slow_update(int file)
{
	return update(file % DATA_FILES, PAUSE_US);
}

/* The file is opened by HDF5 itself, behind an external link. */
static int read_behind(hid_t links, int file)
{
	static struct record record;
	char name[32];
	hid_t set;
	int rc;

	snprintf(name, sizeof(name), "to-%d/record", file);
	me->at = (uint64_t)file;
	me->doing = OPENING;
	errno = 0;
	set = H5Dopen2(links, name, H5P_DEFAULT);
	me->doing = INSIDE;
	if (set < 0)
		return -1;
	me->opens++;
	visit_enter(file, READS);
	rc = H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &record) < 0 ? -1 : 0;
	if (rc == 0)
		rc = record_check(file, &record) ? EXCUSED : DONE;
	else
		fault("failed", "%s, behind a link, can't be read", file_name(file));
	visit_leave(file);
	H5Dclose(set);
	return rc < 0 ? REFUSED : rc;
}

int visit_link(int file)
{
	uint64_t interrupts = me->interrupts;
	int outcome, inner;
	hid_t id = visit_open(LINKS, H5F_ACC_RDONLY, H5P_DEFAULT, 0, &outcome);

	if (id < 0)
		return outcome;
	visit_enter(LINKS, READS);
	inner = read_behind(id, file % LINKS);
	if (inner < 0) {
		inner = me->interrupts != interrupts ? INTERRUPTED : GAVE_UP;
		if (inner == GAVE_UP && patient) {
			fault("failed", "%s can't be opened behind a link",
			      file_name(file % LINKS));
			H5Eprint2(H5E_DEFAULT, NULL);
		}
	}
	visit_leave(LINKS);
	visit_close(LINKS, id);
	return inner;
}

int data_read_quietly(int file)
{
	static struct record record;
	hid_t id = H5Fopen(file_name(file), H5F_ACC_RDONLY, H5P_DEFAULT);
	int rc;

	if (id < 0)
		return errno == EAGAIN && !patient ? 0 : -1;
	rc = record_read(id, &record);
	if (rc == 0)
		record_check(file, &record);
	H5Fclose(id);
	return rc;
}
