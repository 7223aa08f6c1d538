/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that start another program in one way or another, as their options say: whether the
 * library is there for that. */
#ifndef THROUGH_H
#define THROUGH_H

#include <stdbool.h>

struct through {
	const char *name;
	/* Whether what the command WORDS starts, with a NULL at the end, has the library in the
	 * file LIBRARY. */
	bool (*reaches)(char *const words[], const char *library);
	const char *if_not; /* when it has not, " (with --root)" */
};

/* What is known of a program of that NAME; NULL if its options don't matter. */
const struct through *through_find(const char *name);

#endif
