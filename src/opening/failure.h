/* SPDX-License-Identifier: BSD-3-Clause */
/* Why an opening fails: its errno, and one sentence that names the file, the mode, the reason and
 * what to do.  Every such sentence is here.  The first failure of an opening is the one it has. */
#ifndef FAILURE_H
#define FAILURE_H

#include "lock/filesystem.h"
#include "opening/opening.h"
#include "report/report.h"

#include <sys/types.h>

/* Each sets o->failure.error and o->failure.sentence, which run_opening() frees, and returns the
 * negative errno. What would not be understood without it is a message at once (o->failure.told).
 * Any thread. */
int failure_setting(struct opening *o);
int failure_driver(struct opening *o, const char *driver);
int failure_held(struct opening *o);
int failure_stopped(struct opening *o);
int failure_waits_here(struct opening *o);
int failure_nolocks(struct opening *o, const char *filesystem, int error);
int failure_locks_here(struct opening *o, const struct filesystem *fs);
int failure_open_here(struct opening *o);
int failure_two_copies(struct opening *o);
int failure_two_drivers(struct opening *o);
int failure_own_reader(struct opening *o);
int failure_inherited(struct opening *o);
int failure_own_lock(struct opening *o, int fd, bool exclusive, pid_t pid);
int failure_created_meanwhile(struct opening *o);
int failure_looked(struct opening *o, int age);
int failure_given_up(struct opening *o);
int failure_no_entry(struct opening *o, int error);
int failure_no_look(struct opening *o, int error);
int failure_unreachable(struct opening *o);
int failure_opens_later(struct opening *o);

/* This thread opens NAME by sec2: should that fail, programs (the h5* tools) try other drivers,
 * whose refusals then say nothing that the user should read.  Any thread. */
void failure_expect_tries(const char *name);
/* Says why this process may not use the file behind FD, which its parent had open: WHY.  Not an
 * opening's failure, but a message at once; the function that uses the file fails with ESTALE.
 * Preserves errno. */
void failure_heir(int fd, enum heirs_verdict why);
/* Writes a phrase on who has the file that O can't have, to follow "it is ". */
void failure_who(const struct opening *o, char *text, size_t size);

/* Makes the sentence a message of this level, once: the h5* tools, netCDF and others don't show
 * HDF5's errors.  Any thread. */
void failure_tell(struct opening *o, enum report_level level);

#endif
