/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/trace/trace.h"

#include "command/say.h"
#include "command/trace/chrome.h"
#include "command/trace/timeline.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the folder ------------------------------------------------------------------------------- */

static int open_folder(const char *name)
{
	int fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC), readable;

	if (fd < 0)
		say_fatal("there is no folder '%s'", name);
	if (faccessat(fd, ".", R_OK | X_OK, AT_EACCESS))
		say_fatal("the folder '%s' can't be read: permission is missing", name);
	readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0)
		say_fatal("the folder '%s' can't be read: %s", name, strerror(errno));
	close(fd);
	return readable;
}

static int is_trace(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && end && !strcmp(end, ".trace");
}

/* By their bytes: in every language the same. */
static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* --- the files -------------------------------------------------------------------------------- */

/* What stands there may be a pipe, which must not be waited for. */
static FILE *open_trace(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		say_fatal("the trace './%s' can't be read: permission is missing, or it is no file",
			  name);
	return say_must(fdopen(fd, "r"));
}

static void read_trace(struct timeline *timeline, int folder, const char *name)
{
	FILE *file = open_trace(folder, name);

	timeline_read(timeline, file);
	if (ferror(file))
		say_fatal("the trace './%s' can't be read", name);
	fclose(file);
}

static void print_traces(const char *name)
{
	int folder = open_folder(name), n;
	struct timeline timeline = { .rows = NULL };
	struct dirent **entries;

	n = scandirat(folder, ".", &entries, is_trace, compare);
	if (n < 0)
		say_fatal("the folder '%s' can't be read: %s", name, strerror(errno));
	if (n == 0)
		say_fatal("there are no traces in '%s': no program wrote any with LOCKEDH5_TRACE "
			  "set to it",
			  name);
	for (int i = 0; i < n; i++) {
		read_trace(&timeline, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	close(folder);
	if (!timeline.n_rows)
		say_fatal("none of the files there is a trace of the library");
	timeline_finish(&timeline);
	chrome_write(&timeline, stdout);
	timeline_free(&timeline);
}

int trace_command(char *const words[])
{
	if (!words[0] || words[1])
		say_fatal(
			"trace needs the name of one folder, the one that LOCKEDH5_TRACE named; a "
			"program of that name is started with 'lockedh5 -- trace'");
	print_traces(words[0]);
	return 0;
}
