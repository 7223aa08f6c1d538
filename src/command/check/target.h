/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that the kernel would run for a program's name. */
#ifndef TARGET_H
#define TARGET_H

#include <limits.h>
#include <stdbool.h>

struct target {
	char program[PATH_MAX]; /* the file of that name */
	char runner[PATH_MAX]; /* itself, or what its "#!" line names, which may be a script, too */
	char file[PATH_MAX];   /* what runs it: itself, or what all "#!" lines lead to */
	bool script;	       /* whether they are two */
	bool plain;	       /* neither an executable nor a script: a shell may run it */
};

/* Finds NAME as exec does, and follows "#!" lines as deep as the kernel does.  Returns 0, or a
 * negative errno after which target->file is what it is about: -ENOENT, -EACCES if that is no file
 * which may be executed, -EPERM if it can't be read, -ELOOP if there are too many scripts. */
int target_find(struct target *target, const char *name);

/* The last part of a path. */
const char *target_base(const char *path);

#endif
