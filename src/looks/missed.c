/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/missed.h"

#include "looks/known.h"
#include "looks/looks.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How far the clocks of two hosts may be apart, and what the coarsest times leave out (FAT). */
enum { CLOCKS_MS = 3600000, COARSE_MS = 2000 };

/* Whoever makes or moves a file changes its times (ext4, xfs, btrfs, tmpfs, overlayfs): before that
 * change it was not at this name. */
static bool changed_since(const struct missed_file *file, int64_t look)
{
	const struct timespec *changed = &file->st->st_ctim;
	int64_t when = (int64_t)changed->tv_sec * 1000 + changed->tv_nsec / 1000000;

	if (!changed->tv_nsec)
		when += COARSE_MS;
	return when >= (file->local ? look : look - CLOCKS_MS);
}

/* Where the file is, as the kernel says; empty if it does not. */
static void write_real(char real[PATH_MAX], int fd)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, real, PATH_MAX - 1);
	real[length > 0 ? length : 0] = 0;
}

static bool ends_with(const char *path, const char *name)
{
	size_t all = strlen(path), end = strlen(name);

	return all > end && path[all - end - 1] == '/' && strcmp(path + all - end, name) == 0;
}

static bool was_for(const struct missed_file *file, const struct looks_entry *look,
		    const char *real)
{
	struct stat st;

	if (!*look->name)
		return looks_is_name(look, AT_FDCWD, file->name) ||
		       looks_is_name(look, AT_FDCWD, real);
	if (libc_fstatat(look->folder, look->name, &st, 0) == 0)
		return st.st_dev == file->st->st_dev && st.st_ino == file->st->st_ino;
	/* The folder's descriptor is closed by now, or is something else: it may have been this
	 * file's folder. */
	return (errno == EBADF || errno == ENOTDIR) && look->folder != AT_FDCWD &&
	       *look->name != '/' && ends_with(real, look->name);
}

bool missed_file(const struct missed_file *file, int64_t now, int *age)
{
	int saved_errno = errno;
	struct looks_entry look;
	char real[PATH_MAX];
	bool missed = false;

	if (!looks_recently((uint32_t)now))
		return false;
	write_real(real, file->fd);
	for (int i = 0; i < LOOKS_PLACES && !missed; i++) {
		if (!looks_read(i, (uint32_t)now, &look))
			continue;
		*age = (int)((uint32_t)now - look.when);
		missed = changed_since(file, now - *age) &&
			 !known_since(file->fd, file->st, look.when) && was_for(file, &look, real);
	}
	errno = saved_errno;
	return missed;
}
