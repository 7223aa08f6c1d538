/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 status" prints of data.h5. */
#ifndef STATUS_TABLE_H
#define STATUS_TABLE_H

#include "support.h"

/* Makes data.h5, with NUMBERS integers from 1, in the version in which HDF5 marks a file as open
 * for writing (3); programs that are started later wait as long as it takes.  Use as a checked
 * fixture. */
void make_markable_data(void);

/* Runs "lockedh5 status NAME". */
struct outcome status(const char *name);
/* What follows process, user and start in the row that says this STATE ("holds", "waits"...) and
 * MODE of process PID (0: "?"); NULL if there is none. */
const char *row(const char *table, const char *state, const char *mode, pid_t pid);
/* Fails unless a row of the table is on data.h5, this STATE ("holds", "waits"...) and MODE, and
 * process PID (0: "?"), with PROGRAM somewhere in its command. */
void has_row(const char *table, const char *state, const char *mode, pid_t pid,
	     const char *program);
/* How many lines there are under the heading. */
int rows(const char *table);

/* In a container one never knows who outside of it has a file. */
#define NEEDS_THE_HOST()                                                    \
	NEEDS("[ \"$(readlink /proc/self/ns/pid)\" = 'pid:[4026531836]' ]", \
	      "this is inside a container, where no file is known to be free")

/* For the shell: COMMAND as another user than root; and why a test can't. */
#define AS_NOBODY(command) "setpriv --reuid=65534 --clear-groups " command
#define NO_NOBODY	   "setpriv does not work here, or nobody can't reach the launcher"

/* A Python that has what OPEN gives, an expression with h5py, until stop(). */
struct process *h5py_with(const char *open);

#endif
