/* SPDX-License-Identifier: BSD-3-Clause */
/* What the system's loader would map into a program, asked of the loader itself: only that knows
 * all of RPATH, LD_LIBRARY_PATH, its cache and LD_PRELOAD. */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stddef.h>

struct object {
	char *name;	  /* as it is asked for: "libhdf5.so.103" */
	char *path;	  /* where it is */
	size_t wanted_by; /* the first object that needs it, or one of these: */
};
#define LOADER_PROGRAM ((size_t)-1)
#define LOADER_NOBODY  ((size_t)-2) /* but LD_PRELOAD */
#define LOADER_OURS    ((size_t)-3) /* our library, and nothing else */

struct loader {
	struct object *objects;
	size_t n;
	char *message; /* the first that it has printed besides; NULL if none */
};

/* The file behind INTERPRETER, which free() takes, if it is one that we run: a loader of this
 * system's, or the one that has loaded us; else NULL.  A program of somebody else's may name any
 * file as its loader, of root's, too. */
char *loader_find(const char *interpreter);

/* Asks INTERPRETER, which loader_find() gave, for the objects of the program at PATH (no link:
 * $ORIGIN is its folder), in this process's environment, where LD_PRELOAD names our LIBRARY;
 * nothing of the program is run. Returns 0 and then loader_free() frees them, or a negative errno.
 */
int loader_ask(struct loader *loader, const char *interpreter, const char *path,
	       const char *library);
void loader_free(struct loader *loader);

#endif
