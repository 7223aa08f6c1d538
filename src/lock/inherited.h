/* SPDX-License-Identifier: BSD-3-Clause */
/* The open files that a forked child has from its parent: who shares their locks, and when the
 * child may use them. */
#ifndef INHERITED_H
#define INHERITED_H

#include "lock/entries.h"

/* What is to be done at a fork(): see struct process_forks.  In the child, what is open stays
 * known, as inherited, and what was being opened is closed. */
void inherited_before_fork(void);
void inherited_after_fork(void);
bool inherited_in_child(uint32_t parents, bool alone);

/* For a process that is an heir (process_is_heir), before it uses FD.  Returns 0, also if that is
 * no file of HDF5's; or -ESTALE if it may not: the file is its parent's, and no lock is to be had
 * for it any more.  The first time *WHY says why, else it is HEIRS_USE.  Preserves errno; any
 * thread; async-signal-safe. */
int inherited_use(int fd, enum heirs_verdict *why);

/* Whether this process uses the open file FD that it has inherited, and nobody else does any more.
 * Any thread. */
bool inherited_alone(int fd);

/* This process does not use the file of E, which has been forgotten, by this descriptor any more.
 * FD: the descriptor, if it still refers to the file, else -1.  For what this process has opened
 * itself, too.  Returns whether the lock was let go.  Any thread; async-signal-safe. */
bool inherited_leave(struct entry *e, int fd);

#endif
