/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/distant.h"

#include "command/say.h"
#include "command/status/table.h"
#include "lock/filesystem.h"
#include "report/elsewhere.h"
#include "report/settings.h"
#include "system/proc.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MOST = 16 };

/* Next to a writer whom one sees, and next to nobody where that can be known, there is nobody. */
static bool may_be_elsewhere(const struct overview *o)
{
	bool shared = false;

	if (o->elsewhere || o->unsure)
		return true;
	for (int i = 0; i < o->n; i++) {
		if (o->rows[i].state != ROW_HOLDS)
			continue;
		if (!o->rows[i].pid)
			return true;
		if (o->rows[i].exclusive)
			return false;
		shared = true;
	}
	return shared && (o->remote || proc_in_container());
}

static int find(int fd, struct elsewhere holders[MOST])
{
	struct elsewhere_file file = { .dev = 0 };
	const struct filesystem *fs;
	char path[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) || proc_path(fd, path, sizeof(path)) <= 0)
		return 0;
	/* Who shares a file system of this machine's own has the same kernel, and its numbers. */
	fs = filesystem_of(fd, st.st_dev);
	if (filesystem_is_local(fs))
		file.dev = st.st_dev;
	file.ino = st.st_ino;
	file.path = path;
	file.hidden = fs->traits & FS_HIDDEN;
	return elsewhere_find(&file, holders, MOST);
}

static void put_user(struct table_line *line, const struct elsewhere *h)
{
	struct passwd *user = h->has_user ? getpwuid(h->user) : NULL;
	char number[16] = "?";

	if (h->has_user)
		snprintf(number, sizeof(number), "%u", (unsigned int)h->user);
	table_put(line, TABLE_USER, user ? user->pw_name : number);
}

/* "h5copy on node17, since 14:03:22, job slurm 12345_6": where a command line has its arguments,
 * which no timeline has. */
static void put_command(struct table_line *line, const struct elsewhere *h)
{
	char since[PROC_TIME], *command;

	proc_write_time(since, sizeof(since), (time_t)(h->since / 1000000));
	command = say_text("%s on %s, since %s%s%s", *h->program ? h->program : "?",
			   *h->host ? h->host : "?", since, *h->job ? ", job " : "", h->job);
	table_put(line, TABLE_COMMAND, command);
	free(command);
}

static void put_holder(const char *name, const struct elsewhere *h)
{
	struct table_line *line = table_add();
	char number[16];

	snprintf(number, sizeof(number), "%d", h->pid);
	table_put(line, TABLE_FILE, name);
	table_put(line, TABLE_STATE, "holds");
	table_put(line, TABLE_MODE, h->exclusive ? "exclusive" : "shared");
	table_put(line, TABLE_PID, number);
	put_user(line, h);
	/* It says since when it has the file, and not how long it had run before. */
	table_put(line, TABLE_STARTED, "?");
	put_command(line, h);
}

/* As one that has the file open, where locks are not shown. */
static bool has_row(const struct overview *o, const struct elsewhere *h)
{
	for (int i = 0; h->here && i < o->n; i++)
		if (o->rows[i].pid == h->pid)
			return true;
	return false;
}

int distant_put(int fd, const char *name, const struct overview *overview)
{
	struct elsewhere holders[MOST];
	int found = may_be_elsewhere(overview) ? find(fd, holders) : 0, n = 0;

	for (int i = 0; i < found && i < MOST; i++)
		if (!has_row(overview, &holders[i])) {
			put_holder(name, &holders[i]);
			n++;
		}
	if (n)
		table_note(name,
			   "whoever is on another host, or outside of this container, holds it as "
			   "the timelines in '%s' say; that of a program that was killed lacks its "
			   "end",
			   settings()->trace);
	return n;
}
