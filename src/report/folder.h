/* SPDX-License-Identifier: BSD-3-Clause */
/* The files in LOCKEDH5_TRACE's folder. */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/stat.h>

/* So many of this host and of others are listed.  No name that trace.c makes is as long: a host's
 * has 64 bytes at most. */
enum { FOLDER_FILES = 192, FOLDER_NAME = 128 };

struct folder_list {
	struct folder_entry {
		struct statx_timestamp time;
		char name[FOLDER_NAME];
	} entries[FOLDER_FILES];
	int n;
};

/* Lists the timelines that were written last, the newest first: those of this host, as their names
 * say, in *OWN, others in *OTHER, both the caller's and empty.  It looks at 4096 files at most and
 * for 0.3 s, and leaves out what is no regular file.  Any thread, not in a signal handler; leaves
 * no descriptor behind. */
void folder_list(const char *host, struct folder_list *own, struct folder_list *other);

/* Opens one of them, whatever stands there now, without waiting for it.  Returns a descriptor of a
 * regular file, and its *SIZE, or a negative errno.  Any thread. */
int folder_open(const char *name, off_t *size);

#endif
