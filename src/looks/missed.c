/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/missed.h"

#include "looks/known.h"
#include "looks/looks.h"
#include "system/names.h"
#include "system/proc.h"

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

static bool is(const struct stat *st, dev_t dev, ino_t ino)
{
	return st->st_dev == dev && st->st_ino == ino;
}

/* Whether REAL is NAME below the folder that the look was made from. */
static bool is_below(const struct looks_entry *look, const char *real)
{
	size_t all = strlen(real), end = strlen(look->name);
	char folder[PATH_MAX];
	struct stat st;

	if (all <= end || strcmp(real + all - end, look->name))
		return false;
	memcpy(folder, real, all - end);
	folder[all - end] = 0;
	return libc_stat(folder, &st) == 0 && is(&st, look->dev, look->ino);
}

/* The folder's descriptor may be closed by now, or be something else. */
static bool was_for(const struct missed_file *file, const struct looks_entry *look,
		    const char *real)
{
	struct stat st;

	if (look->folder >= 0 && (fstat(look->folder, &st) || !is(&st, look->dev, look->ino)))
		return is_below(look, real);
	return libc_fstatat(look->folder, look->name, &st, 0) == 0 &&
	       is(&st, file->st->st_dev, file->st->st_ino);
}

bool missed_file(const struct missed_file *file, int64_t now, int *age)
{
	int saved_errno = errno;
	struct looks_entry look;
	char real[PATH_MAX];
	bool missed = false;

	if (!looks_recently((uint32_t)now))
		return false;
	proc_path(file->fd, real, sizeof(real));
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
