/* SPDX-License-Identifier: BSD-3-Clause */
/* What the processes of the soak share: one file, mapped by all of them, which outlives each.  Who
 * is killed leaves here what he was about to do, so that those who come later can tell what may be
 * and what may not.  "soak_worker --layout" says to the Python side where everything is. */
#ifndef SOAK_SHARED_H
#define SOAK_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

enum { SLOTS = 64 }; /* places for processes; who is killed is followed by another in his place */

/* The files: those that are only written in place, one of which also has external links to the
 * others; those that are created, deleted and replaced; that of the SWMR writers. */
enum { FILES = 8, LINKS = 4, DATA_FILES = 5, MADE = 5, SWMR = 7 };

/* Each word is written by one process at a time, and read by all. */
typedef _Atomic uint64_t word;

/* Why a slot has marked a file: it has it open. */
enum { OUTSIDE = 0, READS = 1, WRITES = 2, WRITES_SWMR = 3 };

/* What a slot does; see slot.doing. */
enum { IDLE = 0, OPENING = 1, INSIDE = 2, CLOSING = 3 };

/* file.writing: whoever wrote there was killed in the middle of it. */
enum { TORN = 1000 };

struct file {
	/* Set by whoever has the file open, between its open and its close. */
	_Alignas(64) _Atomic uint8_t inside[SLOTS];
	/* For each slot, epoch << 40 | count << 1 | whether it is about to make that one more: so
	 * much of what it has done is in the file, or else it is lost. */
	_Alignas(64) word done[SLOTS];
	/* How often the file was begun anew. */
	_Alignas(64) word epoch;
	/* 1 + the slot that is writing its record, 0, or TORN. */
	word writing;
	/* Whether a killed creator may have left something that is no HDF5 file. */
	word broken;
	/* How often it was opened for writing. */
	_Alignas(64) word turns;
};

/* How a visit ended. */
enum { DONE, GAVE_UP, INTERRUPTED, REFUSED, EXCUSED, OUTCOMES };

/* The kinds of visits, for the plan and for the count. */
/* clang-format off */
#define VISITS(_) \
	_(look) _(read) _(reread) _(update) _(slow_update) _(link) _(add) _(create) _(truncate) \
	_(delete) _(replace) _(swmr_write) _(swmr_read) _(fork) _(child) _(no_fds)
/* clang-format on */
#define KIND(name) KIND_##name,
enum { VISITS(KIND) KINDS };

struct slot {
	_Alignas(64) word pid;
	word killed; /* 1: the signal is on its way, or has come; set before it is sent */
	word doing;  /* and where, and since when (CLOCK_MONOTONIC, ns) */
	word at;     /* the file's number */
	word since;
	word stopped;  /* ns that it was stopped; by whoever stopped it */
	word creating; /* 1 + the file that it creates, or 0 */
	word faults;
	word opens;
	word interrupts; /* signals that its handler has seen */
	word longest;	 /* wait, ns, without the time it was stopped */
	word passed_by;	 /* most writers that others were during one wait */
	word torn;	 /* records of killed writers that it has mended */
	word visits[KINDS * OUTCOMES];
};

struct shared {
	word stop; /* 1: end your visit, then go */
	struct file files[FILES];
	struct slot slots[SLOTS];
};

#endif
