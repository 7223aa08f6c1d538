/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/status.h"

#include "command/say.h"
#include "command/status/overview.h"
#include "system/proc.h"
#include "hdf5/superblock.h"
#include "system/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FREE = 0, HELD = 1, ERROR = 2 }; /* exit status */

/* --- the table ------------------------------------------------------------------------------ */

enum { FILE_NAME, STATE, MODE, PID, USER, STARTED, COMMAND, COLUMNS };

struct line {
	char *cell[COLUMNS];
};

static struct line *table;
static size_t lines;
static char *notes; /* sentences that follow the table */

static struct line *add_line(void)
{
	table = say_must(realloc(table, (lines + 1) * sizeof(*table)));
	table[lines] = (struct line){ .cell = { NULL } };
	return &table[lines++];
}

static void put(struct line *line, int column, const char *text)
{
	line->cell[column] = say_must(strdup(text));
	text_make_printable(line->cell[column]);
}

static void print_table(void)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < lines; i++)
		for (int c = 0; c < COLUMNS; c++) {
			size_t length = strlen(table[i].cell[c]);

			width[c] = length > width[c] ? length : width[c];
		}
	for (size_t i = 0; i < lines; i++) {
		for (int c = 0; c < COLUMNS - 1; c++)
			printf("%-*s  ", (int)width[c], table[i].cell[c]);
		printf("%s\n", table[i].cell[COLUMNS - 1]);
	}
}

__attribute__((format(printf, 2, 3))) static void note(const char *name, const char *format, ...)
{
	char *sentence, *line, *all;
	va_list args;

	va_start(args, format);
	if (vasprintf(&sentence, format, args) < 0)
		sentence = say_must(NULL);
	va_end(args);
	line = say_text("%s: %s", name, sentence);
	text_make_printable(line);
	all = say_text("%s%s\n", notes ? notes : "", line);
	free(line);
	free(sentence);
	free(notes);
	notes = all;
}

/* --- one process ---------------------------------------------------------------------------- */

/* The user that the process acts as. */
static void put_user(struct line *line, pid_t pid)
{
	char path[64], text[1024], number[32];
	struct passwd *user;
	unsigned int uid;
	const char *found;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (proc_read(path, text, sizeof(text)) <= 0 || !(found = strstr(text, "\nUid:")) ||
	    sscanf(found, " Uid: %*u %u", &uid) != 1) {
		put(line, USER, "?");
		return;
	}
	user = getpwuid(uid);
	snprintf(number, sizeof(number), "%u", uid);
	put(line, USER, user ? user->pw_name : number);
}

/* The command line, else the short name that the kernel has. */
static void put_command(struct line *line, pid_t pid, const struct proc_facts *facts)
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
	put(line, COMMAND, text);
}

static void put_process(struct line *line, pid_t pid)
{
	char number[32], since[PROC_TIME] = "?";
	struct proc_facts facts;

	if (!pid) {
		put(line, PID, "?");
		put(line, USER, "?");
		put(line, STARTED, "?");
		put(line, COMMAND, "(not visible)");
		return;
	}
	snprintf(number, sizeof(number), "%d", (int)pid);
	put(line, PID, number);
	proc_facts(pid, &facts);
	if (facts.started)
		proc_write_time(since, sizeof(since), facts.started);
	put(line, STARTED, since);
	put_user(line, pid);
	put_command(line, pid, &facts);
}

/* --- one file ------------------------------------------------------------------------------- */

static void put_row(const char *name, const struct row *row)
{
	static const char *const states[] = { "holds", "waits", "writes", "open" };
	struct line *line = add_line();

	put(line, FILE_NAME, name);
	put(line, STATE, states[row->state]);
	put(line, MODE,
	    row->state == ROW_WRITES ? "unlocked"
	    : row->state == ROW_OPEN ? "?"
	    : row->exclusive	     ? "exclusive"
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
		note(name, "%d, which %s, is stopped (Ctrl-Z, SIGSTOP or a debugger)",
		     (int)row->pid, does[row->state]);
}

/* Nobody is seen. */
static void put_nobody(const char *name, const char *state, const char *who)
{
	struct line *line = add_line();

	put(line, FILE_NAME, name);
	put(line, STATE, state);
	for (int c = MODE; c < COLUMNS - 1; c++)
		put(line, c, who);
	put(line, COMMAND, *who == '?' ? "(not visible)" : who);
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
		note(name, "%s, and a writer has it open", marked);
		break;
	case WRITER_NONE:
		note(name,
		     "%s, but no writer is alive: it ended without closing the file; "
		     "h5clear -s %s takes the mark away",
		     marked, argument);
		break;
	case WRITER_UNKNOWN:
		note(name,
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
		note(name, "it is not an HDF5 file, or not yet");
	else if (rc == -EINVAL)
		return complain(name, "it is not an HDF5 file");
	else if (rc)
		note(name, "what is in it can't be read (%s)", strerror(-rc));
	return FREE;
}

/* What no row says.  Returns the exit status. */
static int put_rest(const char *name, const struct overview *o)
{
	if (o->elsewhere)
		put_nobody(name, "holds", "?");
	else if (o->unsure && !o->n)
		put_nobody(name, "unknown", "?");
	else if (!o->n)
		put_nobody(name, "free", "-");
	if (o->elsewhere)
		note(name, "its server says that a program has it which this host does not show: "
			   "one on another host, or in another container");
	else if (o->unsure)
		note(name, "whether somebody else has it can't be told from here (%s)", o->unsure);
	else if (o->remote && o->n)
		note(name,
		     "there may be others on other hosts (%s), which are not visible from here",
		     o->filesystem);
	if (o->unsure)
		return ERROR;
	return o->n || o->elsewhere ? HELD : FREE;
}

static int status_of(int fd, const char *name)
{
	struct overview overview;
	int rc = overview_make(fd, name, &overview);

	if (rc)
		return complain(name, strerror(-rc));
	rc = look_inside(name, &overview);
	for (int i = 0; i < overview.n; i++) {
		put_row(name, &overview.rows[i]);
		note_stopped(name, &overview.rows[i]);
	}
	rc = rc == FREE ? put_rest(name, &overview) : rc;
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
	static const char *const heads[COLUMNS] = { "FILE", "STATE",   "MODE",	 "PID",
						    "USER", "STARTED", "COMMAND" };
	int worst = FREE, n = find_names(words);
	struct line *head;

	if (!n)
		return ERROR;
	head = add_line();
	for (int c = 0; c < COLUMNS; c++)
		put(head, c, heads[c]);
	for (int i = 0; i < n; i++) {
		int result = status_of_name(words[i]);

		worst = result > worst ? result : worst;
	}
	if (lines > 1)
		print_table();
	if (notes)
		fputs(notes, stdout);
	if (lines > 1 && overview_in_container())
		puts("This is inside a container: locks of programs outside it are not visible.");
	return worst;
}
