/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of open(), fopen() and freopen(): which of them are HDF5's, and what it gets. */
#ifndef OPENS_H
#define OPENS_H

#include <stdio.h>
#include <sys/types.h>

/* Each is what its namesake, called with the return address CALLER, was called for; OTHERWISE is
 * the function behind our hook, for all calls that are not HDF5's.  Any thread; the first one is
 * async-signal-safe for these. */
int opens_descriptor(const char *path, int flags, mode_t mode, const void *caller,
		     int (*otherwise)(const char *, int, mode_t));
FILE *opens_stream(const char *path, const char *mode, const void *caller,
		   FILE *(*otherwise)(const char *, const char *));
FILE *opens_again(const char *path, const char *mode, FILE *stream, const void *caller,
		  FILE *(*otherwise)(const char *, const char *, FILE *));

/* To be called before STREAM is closed.  Any thread; preserves errno. */
void opens_end(FILE *stream);

#endif
