/* SPDX-License-Identifier: BSD-3-Clause */
/* Where an opening's name leads.  A relative name is the file that it was when the call began,
 * though another thread may change the folder while this one waits: whoever is about to wait keeps
 * that folder, and all later look-ups start from it. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "opening/opening.h"

/* Opens o's name, above the standard streams and close-on-exec.  Returns the descriptor, or -1 with
 * errno set.  Any thread. */
int lookup_open(const struct opening *o, int flags, mode_t mode);

/* The same for PATH, which o's name has led to by links. */
int lookup_open_path(const struct opening *o, const char *path, int flags, mode_t mode);

/* The same for a file system on which descriptors that are opened with the same flags share a
 * handle at the server, and with it their locks (Linux 5.13 to 6.x, CIFS): with odd flags, which
 * the descriptor does not keep. */
int lookup_open_alone(const struct opening *o, int flags);

/* Whether o's name leads to another file than *ST describes, or to none. */
bool lookup_replaced(const struct opening *o, const struct stat *st);

/* Removes PATH, o's name or what it leads to, if it is still the empty file that FD refers to. */
void lookup_remove_empty(const struct opening *o, const char *path, int fd);

/* Whether there is a dangling symbolic link at o's name, and, in BUFFER of PATH_MAX bytes, the path
 * that it leads to: 1, 0, or a negative errno if that can't be seen. */
int lookup_dangling(const struct opening *o, char *buffer);

/* Before a wait, with o->file.st filled in: keeps the current folder, if o's name starts from it.
 * Returns AFRESH if the name leads elsewhere from there already, else 0.  Where there is no
 * descriptor for the folder, the name is looked up as it was before.  Any thread. */
int lookup_keep_folder(struct opening *o);

/* What o's name is relative to: a descriptor, or AT_FDCWD.  Async-signal-safe. */
int lookup_folder(const struct opening *o);

/* The name to call HDF5 with, which looks it up, too: o's own, or an absolute one if the current
 * folder is another by now.  Valid until lookup_end(). */
const char *lookup_name(struct opening *o);

/* Whether HDF5 was called with the name PATH.  Async-signal-safe. */
bool lookup_is_name(const struct opening *o, const char *path);

/* Lets go of what the others have kept. */
void lookup_end(struct opening *o);

#endif
