/* SPDX-License-Identifier: BSD-3-Clause */
/* Looked, then made: a program that finds a file missing makes it next, and so may others. */
#ifndef LOOKED_H
#define LOOKED_H

#include "opening/opening.h"

/* The opening has met no file.  Whoever is the first to see that has until it has made one, and the
 * others wait for that, but at most 100 ms.  Returns 0: it is missing; AFRESH: look again; or a
 * failure. */
int looked_in_vain(struct opening *o);

/* The opening has met the file that o->file.fd is, an empty one that was just made: its maker, if
 * it had looked before, has until its lock is there.  Returns 0: go on; AFRESH: look again, the
 * descriptor is closed; or a failure. */
int looked_at_newborn(struct opening *o);

/* The opening has met the file that o->file.fd is.  Returns 0, or the failure if it would replace
 * what this process has looked for and not found. */
int looked_and_found(struct opening *o);

/* Whether the call before this one looked for the file and did not find it, so that this one need
 * not look before it makes it. */
bool looked_before(const struct opening *o);

/* The opening has made the file that o->file.st describes, and has its lock. */
void looked_and_made(const struct opening *o);

/* Whether it could make the file or not, the call is over. */
void looked_and_called(const struct opening *o);

/* All: any thread; not in a signal handler. */

#endif
