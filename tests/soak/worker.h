/* SPDX-License-Identifier: BSD-3-Clause */
/* One process of the soak; see worker.c. */
#ifndef SOAK_WORKER_H
#define SOAK_WORKER_H

#include "shared.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

/* --- who this is, and what it is up to: worker.c -------------------------------------------- */

extern struct shared *shared;
extern struct slot *me;
extern int my_number;
extern bool patient;  /* never gives up */
extern hid_t direct;  /* access list: writes without HDF5's buffer; or the default */
extern hid_t aligned; /* access list: what is created begins at a page */

/* A number below N, from the plan. */
unsigned int any(unsigned int n);

/* Sleeps up to MOST microseconds. */
void dawdle(unsigned int most);

/* Says that something is wrong that no kill explains: WHAT is a word, the rest tells more.  The
 * soak goes on, and fails. */
void fault(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- one open, from before to after: visit.c ------------------------------------------------- */

const char *file_name(int file);

/* What may come of an open, besides success: bits for judge(). */
enum { MAY_BE_ABSENT = 1, MAY_EXIST = 2, MAY_LACK_FDS = 4, MAY_BE_BROKEN = 8 };

/* H5Fopen and H5Fcreate of FILE, with the time that it took noted.  Negative: it failed, and
 * OUTCOME says how; what MAY doesn't allow is a fault. */
hid_t visit_open(int file, unsigned int flags, hid_t access, int may, int *outcome);
hid_t visit_begin_new(int file, unsigned int flags, hid_t access, int may, int *outcome);

/* Whether the call of visit_begin_new() that has just failed may have made the file all the same,
 * which somebody else then took. */
bool visit_was_overtaken(void);

/* Between these two this process has FILE open as MODE says, and nobody has it who may not. */
void visit_enter(int file, int mode);
void visit_leave(int file);

/* H5Fclose after visit_leave(). */
void visit_close(int file, hid_t id);

/* Whether a killed creator, or one who has not got its lock yet, explains that FILE is none. */
bool visit_may_be_broken(int file);

/* Whether the process in SLOT was killed: then it has nothing open any more. */
bool visit_killed(int slot);

/* --- the record of a file: record.c --------------------------------------------------------- */

enum { PAGES = 4, WORDS = 512, COUNTERS = 4 };

/* As it is in the file, a page beside the other.  A killed writer may leave some pages new and the
 * others old, for write() looks for a signal between two pages; never one page mixed. */
struct page {
	uint64_t place; /* file << 8 | page */
	uint64_t epoch, sequence, writer;
	uint64_t counters[SLOTS];
	uint64_t filler[WORDS - COUNTERS - SLOTS - 1];
	uint64_t sum;
};

struct record {
	struct page pages[PAGES];
};

/* Reads the record of the open file ID.  Returns 0, or -1 if there is none. */
int record_read(hid_t id, struct record *record);

/* Whether RECORD, read while FILE was locked, is whole and has all that was done.  What is wrong is
 * a fault, unless it was being written when its writer was killed: then -1, and FIRST page counts.
 */
int record_check(int file, const struct record *record);

/* Whether RECORD, of whatever file, is one that somebody finished. */
bool record_is_whole(const struct record *record);

/* This process's share of one more in RECORD, which is a checked or torn one; notes in the shared
 * file that it is about to be written. */
void record_advance(int file, struct record *record);

/* A new record, with this process's first share. */
void record_begin(int file, struct record *record, uint64_t epoch);

/* Writes it in place; in two steps with a pause of up to PAUSE microseconds, if that is not 0. */
void record_write(int file, hid_t id, const struct record *record, unsigned int pause);

/* Makes the dataset in ID, which was created, and writes it.  Returns 0 or -1. */
int record_create(hid_t id, const struct record *record);

/* Notes that this process is about to do one more in FILE, or, without success, that it is not. */
void record_intend(int file);
void record_forget(int file);

/* Notes that what was advanced is done: the file is closed. */
void record_done(int file);

/* --- the visits: data.c, made.c, swmr.c, process.c ------------------------------------------- */

#define DECLARE(name) int visit_##name(int file);
VISITS(DECLARE)
#undef DECLARE

/* A read that leaves no trace in the shared file, in a process that is not this one any more. */
int data_read_quietly(int file);

/* Reaps what visit_fork() has left.  WAIT: until none is left. */
void process_reap(bool wait);

/* Whether there are as many descriptors as at the first call, or else a fault. */
void process_count_fds(void);

#endif
