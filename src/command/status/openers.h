/* SPDX-License-Identifier: BSD-3-Clause */
/* Which processes have a file open, and which of them are blocked at the turnstile (see lock.h),
 * where the kernel gives no process. */
#ifndef OPENERS_H
#define OPENERS_H

#include "system/proc.h"

#include <stdbool.h>
#include <sys/types.h>

struct opener {
	pid_t pid;
	bool writes;	/* it has a descriptor for writing, */
	bool unlocked;	/* to which no lock belongs */
	bool locks;	/* a lock belongs to one of its descriptors, which it may have inherited */
	bool stands;	/* it stands in line, */
	bool turnstile; /* a thread of it waits for a place in it, */
	bool exclusive; /* to write */
};

struct openers {
	struct opener *array;
	int n;
	bool hidden; /* there are processes whose descriptors can't be seen */
};

/* Finds those that have the file open, our own process left out.  Returns 0, and then
 * openers_free() frees the array, or a negative errno. */
int openers_find(const struct proc_name *name, struct openers *openers);
void openers_free(struct openers *openers);

#endif
