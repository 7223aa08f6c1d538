/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/lookup.h"

#include "lock/held.h"
#include "system/libc.h"
#include "system/names.h"
#include "system/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_INTERRUPTED = 5 };

int lookup_folder(const struct opening *o)
{
	return o->folder < 0 ? AT_FDCWD : o->folder;
}

static int open_once(const struct opening *o, const char *path, int flags, mode_t mode)
{
	flags |= O_CLOEXEC;
	return o->folder < 0 ? libc_open(path, flags, mode)
			     : libc_openat(o->folder, path, flags, mode);
}

/* While overlayfs copies a file up for one opener, any signal, SIGSTOP and SIGCONT among them,
 * fails the others' open with EINTR (Linux 6.18: ovl_copy_up_start() in fs/overlayfs/util.c locks
 * the inode interruptibly).  Not for ever: where a server hangs, it is by a signal that the user
 * ends it.  Nor with O_EXCL, which would find the file that the first call has made after all. */
int lookup_open_path(const struct opening *o, const char *path, int flags, mode_t mode)
{
	int fd, interrupted = 0;

	do
		fd = open_once(o, path, flags, mode);
	while (fd < 0 && errno == EINTR && !(flags & O_EXCL) && ++interrupted < MOST_INTERRUPTED);
	return libc_above_streams(fd);
}

int lookup_open(const struct opening *o, int flags, mode_t mode)
{
	return lookup_open_path(o, o->call.name, flags, mode);
}

/* A client of NFS remembers where a name led to, for up to a minute, unless it hears that the
 * folder's times have changed. */
static void forget_name(const struct opening *o, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	struct statx times;

	if (slash && slash - path < PATH_MAX - 1)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
	libc_statx(lookup_folder(o), folder, AT_STATX_FORCE_SYNC, STATX_MTIME | STATX_CTIME,
		   &times);
}

int lookup_open_alone(const struct opening *o, int flags)
{
	uint32_t draw = (uint32_t)(monotonic_ns() >> 10) * 31 + (uint32_t)getpid();
	int odd = (int)(draw % 7) + 1, fd;

	flags |= (odd & 1 ? O_NONBLOCK : 0) | (odd & 2 ? O_APPEND : 0);
	fd = lookup_open(o, flags | (odd & 4 ? O_NOATIME : 0), 0);
	/* That is for the owner. */
	if (fd < 0 && errno == EPERM && odd & 4)
		fd = lookup_open(o, flags, 0);
	if (fd >= 0 && fcntl(fd, F_SETFL, 0)) {
		libc_close(fd);
		return -1;
	}
	return fd;
}

static bool leads_to(const struct opening *o, const char *path, const struct stat *st)
{
	struct stat now;

	if (o->file.fs && o->file.fs->traits & FS_REMOTE)
		forget_name(o, path);
	return libc_fstatat(lookup_folder(o), path, &now, 0) == 0 && now.st_dev == st->st_dev &&
	       now.st_ino == st->st_ino;
}

bool lookup_replaced(const struct opening *o, const struct stat *st)
{
	return !leads_to(o, o->call.name, st);
}

void lookup_remove_empty(const struct opening *o, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size == 0 && leads_to(o, path, &st))
		unlinkat(lookup_folder(o), path, 0);
}

/* O_EXCL does not follow links, while HDF5's O_CREAT would create what they lead to. */
int lookup_dangling(const struct opening *o, char *buffer)
{
	char target[PATH_MAX];
	const char *slash;
	int links;

	if (strlen(o->call.name) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(buffer, o->call.name);
	for (links = 0; links < 40; links++) {
		ssize_t length = readlinkat(lookup_folder(o), buffer, target, sizeof(target) - 1);

		if (length < 0 && errno == ENOENT)
			return links > 0;
		if (length < 0)
			return errno == EINVAL ? 0 : -errno; /* no link: a file, by now */
		target[length] = 0;
		slash = target[0] == '/' ? NULL : strrchr(buffer, '/');
		if (slash && (size_t)(slash - buffer) + 2 + (size_t)length > PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(slash ? buffer + (slash - buffer) + 1 : buffer, target);
	}
	return -ELOOP;
}

int lookup_keep_folder(struct opening *o)
{
	struct stat folder;
	int fd;

	if (o->folder >= 0 || o->call.name[0] == '/')
		return 0;
	fd = libc_above_streams(libc_open(".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
	if (fd < 0)
		return 0;
	/* Noted, so that a child that is forked meanwhile closes its copy. */
	if (fstat(fd, &folder) || held_add(fd, &folder, filesystem_of(fd, folder.st_dev),
					   HELD_WAITING, HELD_UNLOCKED, NULL)) {
		libc_close(fd);
		return 0;
	}
	o->folder = fd;
	return lookup_replaced(o, &o->file.st) ? AFRESH : 0;
}

const char *lookup_name(struct opening *o)
{
	struct stat kept, current;
	char folder[PATH_MAX];

	if (o->absolute)
		return o->absolute;
	if (o->folder < 0 || fstat(o->folder, &kept) ||
	    (libc_stat(".", &current) == 0 && kept.st_dev == current.st_dev &&
	     kept.st_ino == current.st_ino))
		return o->call.name;
	if (proc_path(o->folder, folder, sizeof(folder)) < 0 ||
	    asprintf(&o->absolute, "%s/%s", folder, o->call.name) < 0)
		o->absolute = NULL;
	return o->absolute ? o->absolute : o->call.name;
}

bool lookup_is_name(const struct opening *o, const char *path)
{
	return path && strcmp(path, o->absolute ? o->absolute : o->call.name) == 0;
}

void lookup_end(struct opening *o)
{
	free(o->absolute);
	o->absolute = NULL;
	held_drop(&o->folder);
}
