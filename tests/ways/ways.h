/* SPDX-License-Identifier: BSD-3-Clause */
/* Each hook of the library's: what comes before the call, the call, and what became of it. */
#ifndef WAYS_H
#define WAYS_H

#include <stdbool.h>

struct hook {
	const char *name;
	void (*before)(void); /* NULL: nothing */
	void (*call)(void);
	/* In one word, "kept" if all was as it is with a call from a program: see the table. */
	const char *(*outcome)(void);
};

/* Each ends with an entry without a name.  A hook that this HDF5 does not have is not there. */
extern const struct hook ways_hooks[]; /* of files that are open: hooks.c */
extern const struct hook ways_looks[]; /* of names: looks.c */

/* The same for a process that has inherited what its parent opened. */
const char *ways_still_locked(void);

/* Whether the call has returned. */
bool ways_is_back(void);

#endif
