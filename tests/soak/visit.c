/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define OVERTAKEN_NS 50000000

const char *file_name(int file)
{
	static const char *const names[FILES] = { "data-0.h5", "data-1.h5", "data-2.h5",
						  "data-3.h5", "links.h5",  "made-0.h5",
						  "made-1.h5", "swmr.h5" };

	return names[file];
}

bool visit_killed(int slot)
{
	return shared->slots[slot].killed;
}

bool visit_may_be_broken(int file)
{
	if (shared->files[file].broken)
		return true;
	for (int slot = 0; slot < SLOTS; slot++)
		if (slot != my_number && shared->slots[slot].creating == (uint64_t)file + 1)
			return true;
	/* A killed one may have been noted meanwhile. */
	return shared->files[file].broken;
}

/* --- an open -------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct {
	uint64_t began, stopped, interrupts, turns;
	bool broken;
	int error; /* of its end */
} at_begin;

static void begin(int file)
{
	at_begin.interrupts = me->interrupts;
	at_begin.turns = shared->files[file].turns;
	at_begin.broken = visit_may_be_broken(file);
	at_begin.stopped = me->stopped;
	at_begin.began = now_ns();
	me->since = at_begin.began;
	me->at = (uint64_t)file;
	me->doing = OPENING;
	errno = 0;
}

static void note_wait(int file)
{
	uint64_t took = now_ns() - at_begin.began, stopped = me->stopped - at_begin.stopped;
	uint64_t turns = shared->files[file].turns - at_begin.turns;

	took = took > stopped ? took - stopped : 0;
	if (took > me->longest)
		me->longest = took;
	if (turns > me->passed_by)
		me->passed_by = turns;
}

/* The file whose last open, this process's last one, was ended by a signal; -1: none. */
static int given_up = -1;

/* The outcome of an open that failed with ERROR. */
static int judge(int file, int error, int may)
{
	if (error == EAGAIN && !patient)
		return GAVE_UP;
	if (error == EINTR && me->interrupts != at_begin.interrupts)
		return INTERRUPTED;
	/* Who gave up a file, and creates it next, is asked whether that is meant. */
	if (error == EAGAIN && may & MAY_EXIST && given_up == file)
		return REFUSED;
	if ((error == ENOENT && may & MAY_BE_ABSENT) || (error == EEXIST && may & MAY_EXIST) ||
	    (error == EMFILE && may & MAY_LACK_FDS))
		return REFUSED;
	/* What was broken may have been made anew while this process was stopped. */
	if (may & MAY_BE_BROKEN && (at_begin.broken || visit_may_be_broken(file) ||
				    shared->files[file].turns != at_begin.turns))
		return EXCUSED;
	fault("failed", "%s can't be opened: errno %d (%s)", file_name(file), error,
	      strerror(error));
	H5Eprint2(H5E_DEFAULT, NULL);
	return REFUSED;
}

static hid_t end(int file, hid_t id, int error, int may, int *outcome)
{
	me->doing = id < 0 ? IDLE : INSIDE;
	at_begin.error = error;
	if (id >= 0) {
		me->opens++;
		note_wait(file);
		*outcome = DONE;
	} else {
		*outcome = judge(file, error, may);
	}
	given_up = id < 0 && error == EINTR ? file : -1;
	return id;
}

hid_t visit_open(int file, unsigned int flags, hid_t access, int may, int *outcome)
{
	hid_t id;

	begin(file);
	id = H5Fopen(file_name(file), flags, access);
	return end(file, id, errno, may, outcome);
}

/* Between a file's creation and its lock nobody can be kept from it for ever: after 100 ms who
 * opens it for writing makes an HDF5 file of it, and may be killed before there is a record. */
bool visit_was_overtaken(void)
{
	return at_begin.error == EEXIST && now_ns() - at_begin.began > OVERTAKEN_NS;
}

hid_t visit_begin_new(int file, unsigned int flags, hid_t access, int may, int *outcome)
{
	hid_t id;

	begin(file);
	id = H5Fcreate(file_name(file), flags, H5P_DEFAULT, access);
	return end(file, id, errno, may, outcome);
}

/* --- inside --------------------------------------------------------------------------------- */

static bool compatible(int mine, int other)
{
	return other == OUTSIDE || (mine == READS && other != WRITES) ||
	       (mine == WRITES_SWMR && other == READS);
}

static void check_other(int file, int mode, int slot)
{
	struct file *f = &shared->files[file];
	int other = f->inside[slot];

	/* What a killed process has left is cleared before its slot gets another one: in that
	 * order, so the mark is looked at again last. */
	if (slot == my_number || compatible(mode, other) || visit_killed(slot) ||
	    compatible(mode, f->inside[slot]))
		return;
	fault("together", "file %d: slot %d is inside (%d), and so is slot %d (%d)", file,
	      my_number, mode, slot, other);
}

void visit_enter(int file, int mode)
{
	struct file *f = &shared->files[file];

	f->inside[my_number] = (uint8_t)mode;
	if (mode != READS)
		f->turns++;
	for (int i = 0; i < SLOTS; i += 8) {
		uint64_t eight;

		memcpy(&eight, (const void *)&f->inside[i], 8);
		for (int slot = i; eight && slot < i + 8; slot++)
			check_other(file, mode, slot);
	}
}

void visit_leave(int file)
{
	shared->files[file].inside[my_number] = OUTSIDE;
}

void visit_close(int file, hid_t id)
{
	me->doing = CLOSING;
	if (H5Fclose(id) < 0)
		fault("failed", "%s can't be closed", file_name(file));
	me->doing = IDLE;
}
