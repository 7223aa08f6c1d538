/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/folder.h"

#include "report/settings.h"
#include "system/libc.h"
#include "system/names.h"
#include "system/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The program waits for more important things.  On a file server each look can take a while. */
enum { MOST_LOOKS = 4096, LOOK_NS = 300000000 };

static int newer(const void *one, const void *other)
{
	const struct statx_timestamp *a = &((const struct folder_entry *)one)->time;
	const struct statx_timestamp *b = &((const struct folder_entry *)other)->time;

	if (a->tv_sec != b->tv_sec)
		return a->tv_sec > b->tv_sec ? -1 : 1;
	return a->tv_nsec > b->tv_nsec ? -1 : a->tv_nsec < b->tv_nsec;
}

/* In the first free place, else in that of the oldest, unless this one is older. */
static void add(struct folder_list *list, const struct folder_entry *entry)
{
	int place = 0;

	if (list->n < FOLDER_FILES)
		place = list->n++;
	else
		for (int i = 1; i < list->n; i++)
			if (newer(&list->entries[i], &list->entries[place]) > 0)
				place = i;
	if (!*list->entries[place].name || newer(entry, &list->entries[place]) < 0)
		list->entries[place] = *entry;
}

static bool is_trace(const char *name)
{
	const char *end = strrchr(name, '.');

	return name[0] != '.' && end && !strcmp(end, ".trace") && strlen(name) < FOLDER_NAME;
}

/* What a client of NFS has cached is new enough for an order. */
static bool look_at(int folder, const char *name, struct folder_entry *entry)
{
	struct statx st;

	if (!is_trace(name) ||
	    libc_statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
		       STATX_TYPE | STATX_MTIME, &st) ||
	    !S_ISREG(st.stx_mode))
		return false;
	entry->time = st.stx_mtime;
	strcpy(entry->name, name);
	return true;
}

static bool is_of(const char *host, const char *name)
{
	size_t length = strlen(host);

	return strncmp(name, host, length) == 0 && name[length] == '-';
}

static DIR *open_folder(void)
{
	int fd = libc_open(settings()->trace,
			   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		libc_close(fd);
	return folder;
}

void folder_list(const char *host, struct folder_list *own, struct folder_list *other)
{
	int64_t end = monotonic_ns() + LOOK_NS;
	DIR *folder = open_folder();
	struct dirent *in_folder;

	if (!folder)
		return;
	for (int i = 0; i < MOST_LOOKS && monotonic_ns() < end; i++) {
		struct folder_entry entry;

		in_folder = readdir(folder);
		if (!in_folder)
			break;
		if (look_at(dirfd(folder), in_folder->d_name, &entry))
			add(is_of(host, entry.name) ? own : other, &entry);
	}
	closedir(folder);
	qsort(own->entries, (size_t)own->n, sizeof(own->entries[0]), newer);
	qsort(other->entries, (size_t)other->n, sizeof(other->entries[0]), newer);
}

int folder_open(const char *name, off_t *size)
{
	char path[PATH_MAX];
	struct text text;
	struct stat st;
	int fd;

	text_begin(&text, path, sizeof(path));
	text_add(&text, "%s/%s", settings()->trace, name);
	if (text.cut)
		return -ENAMETOOLONG;
	fd = libc_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		libc_close(fd);
		return -ENXIO;
	}
	*size = st.st_size;
	return fd;
}
