/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's table of mounts, as this process sees it. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

enum { MOUNT_TYPE = 64, MOUNT_OPTIONS = 2048, MOUNT_WHERE = 1024 };

struct mount {
	char where[MOUNT_WHERE];     /* the folder; blanks and the like in it as \040 */
	char type[MOUNT_TYPE];	     /* "nfs4", "fuse.sshfs", … */
	char options[MOUNT_OPTIONS]; /* those of the file system, with commas between them */
};

/* Fills *M with the file system that has this number (stat()'s st_dev), wherever it is mounted.
 * False if the table does not show it: without /proc, in some containers.  Any thread; not in a
 * signal handler. */
bool mounts_find(dev_t device, struct mount *m);

/* The same for one line of the table. */
bool mounts_parse(const char *line, dev_t device, struct mount *m);

/* Whether one of its options is OPTION, "soft" or "vers=4.0". */
bool mounts_option(const struct mount *m, const char *option);

/* The value of the option NAME, of *LENGTH bytes, or NULL. */
const char *mounts_value(const struct mount *m, const char *name, size_t *length);

#endif
