/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/status.h"

#include "command/say.h"
#include "command/status/distant.h"
#include "command/status/overview.h"
#include "command/status/table.h"
#include "system/proc.h"
#include "hdf5/superblock.h"
#include "system/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FREE = 0, HELD = 1, ERROR = 2 }; /* exit status */

/* --- one process ---------------------------------------------------------------------------- */

/* The user that the process acts as. */
static void put_user(struct table_line *line, pid_t pid)
{
	char path[64], text[1024], number[32];
	struct passwd *user;
	unsigned int uid;
	const char *found;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (proc_read(path, text, sizeof(text)) <= 0 || !(found = strstr(text, "\nUid:")) ||
	    sscanf(found, " Uid: %*u %u", &uid) != 1) {
		table_put(line, TABLE_USER, "?");
		return;
	}
	user = getpwuid(uid);
	snprintf(number, sizeof(number), "%u", uid);
	table_put(line, TABLE_USER, user ? user->pw_name : number);
}

/* The command line, else the short name that the kernel has. */
static void put_command(struct table_line *line, pid_t pid, const struct proc_facts *facts)
{
	char path[64], text[200];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	n = proc_read(path, text, sizeof(text));
	while (n > 0 && text[n - 1] == 0)
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == 0)
			text[i] = ' ';
	if (n <= 0)
		snprintf(text, sizeof(text), "%s", *facts->command ? facts->command : "?");
	table_put(line, TABLE_COMMAND, text);
}

static void put_process(struct table_line *line, pid_t pid)
{
	char number[32], since[PROC_TIME] = "?";
	struct proc_facts facts;

	if (!pid) {
		table_put(line, TABLE_PID, "?");
		table_put(line, TABLE_USER, "?");
		table_put(line, TABLE_STARTED, "?");
		table_put(line, TABLE_COMMAND, "(not visible)");
		return;
	}
	snprintf(number, sizeof(number), "%d", (int)pid);
	table_put(line, TABLE_PID, number);
	proc_facts(pid, &facts);
	if (facts.started)
		proc_write_time(since, sizeof(since), facts.started);
	table_put(line, TABLE_STARTED, since);
	put_user(line, pid);
	put_command(line, pid, &facts);
}

/* --- one file ------------------------------------------------------------------------------- */

static void put_row(const char *name, const struct row *row)
{
	static const char *const states[] = { "holds", "waits", "writes", "open" };
	struct table_line *line = table_add();

	table_put(line, TABLE_FILE, name);
	table_put(line, TABLE_STATE, states[row->state]);
	table_put(line, TABLE_MODE,
		  row->state == ROW_WRITES ? "unlocked"
		  : row->state == ROW_OPEN ? "?"
		  : row->exclusive	   ? "exclusive"
					   : "shared");
	put_process(line, row->pid);
}

static void note_stopped(const char *name, const struct row *row)
{
	static const char *const does[] = { "holds it", "waits for it", "writes to it",
					    "has it open" };
	struct proc_facts facts = { .stopped = false };

	if (row->pid)
		proc_facts(row->pid, &facts);
	if (facts.stopped)
		table_note(name, "%d, which %s, is stopped (Ctrl-Z, SIGSTOP or a debugger)",
			   (int)row->pid, does[row->state]);
}

/* Nobody is seen. */
static void put_nobody(const char *name, const char *state, const char *who)
{
	struct table_line *line = table_add();

	table_put(line, TABLE_FILE, name);
	table_put(line, TABLE_STATE, state);
	for (int c = TABLE_MODE; c < TABLE_COLUMNS - 1; c++)
		table_put(line, c, who);
	table_put(line, TABLE_COMMAND, *who == '?' ? "(not visible)" : who);
}

/* For a shell, whatever is in the name. */
static char *quoted(const char *name)
{
	char *text = say_must(malloc(4 * strlen(name) + 5)), *to = text;

	*to++ = '\'';
	/* Or else it would be an option. */
	if (*name == '-')
		to = stpcpy(to, "./");
	for (; *name; name++) {
		if (*name == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *name;
	}
	*to++ = '\'';
	*to = 0;
	return text;
}

static void note_mark(const char *name, const struct superblock *superblock,
		      enum overview_writer writer)
{
	const char *marked =
		superblock->swmr ? "marked as open for SWMR writing" : "marked as open for writing";
	char *argument = quoted(name);

	switch (writer) {
	case WRITER_ALIVE:
		table_note(name, "%s, and a writer has it open", marked);
		break;
	case WRITER_NONE:
		table_note(name,
			   "%s, but no writer is alive: it ended without closing the file; "
			   "h5clear -s %s takes the mark away",
			   marked, argument);
		break;
	case WRITER_UNKNOWN:
		table_note(name,
			   "%s, but no writer is visible from here; if there is none elsewhere "
			   "(another user's, host's or container's), h5clear -s %s takes the mark "
			   "away",
			   marked, argument);
		break;
	}
	free(argument);
}

static int complain(const char *name, const char *what)
{
	say_error("%s: %s", name, what);
	return ERROR;
}

/* What the file says of itself; HELD says that its being no HDF5 file may not be the last word. */
static int look_inside(const char *name, const struct overview *overview)
{
	/* Not to wait for, nor to become the terminal of, what may have come to stand there. */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct superblock superblock = { .version = 0 };
	int rc = fd < 0 ? -errno : superblock_read(fd, &superblock);

	if (fd >= 0)
		close(fd);
	if (rc == 0 && superblock.open_for_write)
		note_mark(name, &superblock, overview->writer);
	if (rc == -EINVAL && overview->n)
		table_note(name, "it is not an HDF5 file, or not yet");
	else if (rc == -EINVAL)
		return complain(name, "it is not an HDF5 file");
	else if (rc)
		table_note(name, "what is in it can't be read (%s)", strerror(-rc));
	return FREE;
}

/* What no row says; DISTANT are those that timelines have.  Returns the exit status. */
static int put_rest(const char *name, const struct overview *o, int distant)
{
	if (o->elsewhere && !distant)
		put_nobody(name, "holds", "?");
	else if (o->unsure && !o->n && !distant)
		put_nobody(name, "unknown", "?");
	else if (!o->n && !distant)
		put_nobody(name, "free", "-");
	if (o->elsewhere)
		table_note(name,
			   "its server says that a program has it which this host does not show: "
			   "one on another host, or in another container");
	else if (o->unsure)
		table_note(name, "whether somebody else has it can't be told from here (%s)",
			   o->unsure);
	else if (o->remote && o->n)
		table_note(
			name,
			"there may be others on other hosts (%s), which are not visible from here",
			o->filesystem);
	if (o->unsure)
		return ERROR;
	return o->n || o->elsewhere ? HELD : FREE;
}

static int status_of(int fd, const char *name)
{
	struct overview overview;
	int rc = overview_make(fd, name, &overview), distant;

	if (rc)
		return complain(name, strerror(-rc));
	rc = look_inside(name, &overview);
	distant = rc == FREE ? distant_put(fd, name, &overview) : 0;
	for (int i = 0; i < overview.n; i++) {
		const struct row *row = &overview.rows[i];

		/* A timeline knows more of it. */
		if (!row->pid && row->state == ROW_HOLDS && distant)
			continue;
		put_row(name, row);
		note_stopped(name, row);
	}
	rc = rc == FREE ? put_rest(name, &overview, distant) : rc;
	overview_free(&overview);
	return rc;
}

static int status_of_name(const char *name)
{
	/* A descriptor that opens nothing: enough for the locks of a file that can't be read, and
	 * its close lets go of none. */
	int fd = open(name, O_PATH | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return complain(name, strerror(errno));
	if (fstat(fd, &st))
		rc = complain(name, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		rc = complain(name, "it is a folder");
	else if (!S_ISREG(st.st_mode))
		rc = complain(name, "it is not a regular file");
	else
		rc = status_of(fd, name);
	close(fd);
	return rc;
}

/* The number of files, which are in front of WORDS then; 0 after a complaint. */
static int find_names(char *words[])
{
	bool all_names = false;
	int n = 0;

	for (char **word = words; *word; word++) {
		if (!all_names && !strcmp(*word, "--")) {
			all_names = true;
			continue;
		}
		if (!all_names && (*word)[0] == '-' && (*word)[1]) {
			complain(*word,
				 "status has no such option; a file of that name has to have "
				 "./ in front");
			return 0;
		}
		words[n++] = *word;
	}
	if (!n)
		fprintf(stderr, "usage: lockedh5 status FILE...\n");
	return n;
}

int status_command(char *words[])
{
	static const char *const heads[TABLE_COLUMNS] = { "FILE", "STATE",   "MODE",   "PID",
							  "USER", "STARTED", "COMMAND" };
	int worst = FREE, n = find_names(words);
	struct table_line *head;

	if (!n)
		return ERROR;
	head = table_add();
	for (int c = 0; c < TABLE_COLUMNS; c++)
		table_put(head, c, heads[c]);
	for (int i = 0; i < n; i++) {
		int result = status_of_name(words[i]);

		worst = result > worst ? result : worst;
	}
	if (table_print() > 1 && proc_in_container())
		puts("This is inside a container: locks of programs outside it are not visible.");
	return worst;
}
