#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A lock may come or go while one looks, between two pages of the table above all: what seems
 * strange is looked at again, this often. */
enum { LOOKS = 3 };

/* How many are named in a sentence. */
enum { NAMED = 3 };

/* --- one lock ------------------------------------------------------------------------------- */

/* The rest of a line behind its number or arrow, "FLOCK  ADVISORY  WRITE 1234 fe:00:12345 0 EOF";
 * false if it is about another file, or another kind of lock. */
static bool parse(const char *text, const struct proc_name *name, struct holder *h)
{
	char kind[16], mode[16], file[sizeof(name->text)], start[32];
	int pid;

	if (sscanf(text, "%15s %*s %15s %d %63s %31s", kind, mode, &pid, file, start) != 5 ||
	    strcmp(file, name->text))
		return false;
	*h = (struct holder){ .pid = pid, .exclusive = !strcmp(mode, "WRITE") };
	/* Byte 2^62; other bytes are other programs' business. */
	h->turnstile = !strcmp(kind, "OFDLCK") && !strcmp(start, "4611686018427387904");
	return h->turnstile || !strcmp(kind, "FLOCK");
}

/* A line of /proc/locks: "1: FLOCK …" holds; "1: -> FLOCK …", with more blanks before the arrow
 * where waiters wait for waiters, waits. */
static bool parse_line(const char *line, const struct proc_name *name, struct holder *h)
{
	const char *text = strchr(line, ':');
	const char *arrow = strstr(line, "-> ");

	if (!text || !parse(arrow ? arrow + 3 : text + 1, name, h))
		return false;
	h->waiting = arrow;
	/* Whoever stands in the turnstile waits for the lock itself, and has a line for that. */
	return h->waiting || !h->turnstile;
}

int holders_has_lock_on(pid_t pid, int fd, const struct proc_name *name)
{
	struct proc_lines lines;
	struct holder lock;
	char path[64], *line;
	int found = 0, rc;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	rc = proc_begin(&lines, path);
	if (rc)
		return rc == -ENOENT ? 0 : rc; /* closed meanwhile */
	while (!found && (line = proc_next(&lines)))
		found = !strncmp(line, "lock:", 5) && (line = strchr(line + 5, ':')) &&
			parse(line + 1, name, &lock) && !lock.turnstile;
	proc_end(&lines);
	return found && proc_is_file(pid, fd, name) == 0 ? -EXDEV : found;
}

int holders_has_lock(pid_t pid, const struct proc_name *name)
{
	struct dirent *entry;
	int result = 0;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while (result != 1 && (entry = readdir(folder))) {
		int rc = 0;

		if (entry->d_name[0] != '.')
			rc = holders_has_lock_on(pid, atoi(entry->d_name), name);
		result = rc ? rc : result;
	}
	closedir(folder);
	return result;
}

/* --- all locks ------------------------------------------------------------------------------ */

static void complete(struct holder *h, const struct proc_name *name)
{
	if (h->pid <= 0)
		return;
	proc_facts(h->pid, &h->process);
	if (!h->waiting)
		h->left = h->process.state == PROC_ENDED || holders_has_lock(h->pid, name) == 0;
}

/* The table as it goes by: each holder is followed by those who wait for it. */
struct table {
	const struct proc_name *name;
	struct proc_lines lines;
	struct holder last; /* the last holder, */
	bool skip;	    /* and whether it does not count */
};

/* At the end of a page the kernel can tell the last lock once more. */
static bool told_again(const struct table *table, const struct holder *h)
{
	return table->lines.pages && h->pid > 0 && h->pid == table->last.pid &&
	       h->exclusive == table->last.exclusive;
}

static bool is_of_a_namesake(const struct table *table, const struct holder *h)
{
	return table->name->hint && h->pid > 0 && holders_has_lock(h->pid, table->name) == -EXDEV;
}

static bool next(struct table *table, struct holder *h)
{
	char *line;

	while ((line = proc_next(&table->lines))) {
		if (!parse_line(line, table->name, h))
			continue;
		/* A line of the turnstile has nobody before it whom it waits for. */
		if (h->turnstile)
			return true;
		if (!h->waiting) {
			table->skip = told_again(table, h) || is_of_a_namesake(table, h);
			table->last = *h;
		}
		if (!table->skip)
			return true;
	}
	return false;
}

/* Reads the table once.  WANTS_WAITERS false: only those who hold.  Sets *STRANGE if the next look
 * may well show something else. */
static int look(const struct proc_name *name, bool wants_waiters, struct holder *holders, int max,
		bool *strange)
{
	struct table table = { .name = name };
	int found = 0, rc = proc_begin(&table.lines, "/proc/locks");
	struct holder h;

	if (rc)
		return rc;
	while (next(&table, &h))
		if ((wants_waiters || !h.waiting) && found++ < max)
			holders[found - 1] = h;
	proc_end(&table.lines);
	*strange = !found;
	for (int i = 0; i < found && i < max; i++) {
		complete(&holders[i], name);
		*strange = *strange || holders[i].left;
	}
	return found;
}

static int find(int fd, bool wants_waiters, struct holder *holders, int max)
{
	struct proc_name name;
	bool strange = true;
	int found = proc_name(fd, &name);

	for (int i = 0; found >= 0 && strange && i < LOOKS; i++)
		found = look(&name, wants_waiters, holders, max, &strange);
	return found;
}

int holders_find(int fd, struct holder *holders, int max)
{
	return find(fd, true, holders, max);
}

/* --- the phrase ----------------------------------------------------------------------------- */

struct phrase {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct phrase *p, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(p->text + p->used, p->size - p->used, format, args);
	va_end(args);
	if (n > 0)
		p->used += (size_t)n;
	if (p->used >= p->size)
		p->used = p->size - 1;
}

static void add_holder(struct phrase *p, const struct holder *h, bool with_mode)
{
	const char *between = " (";
	char since[PROC_TIME];

	if (h->pid <= 0) {
		add(p, "another host or container");
		return;
	}
	if (h->left) {
		add(p, "a child of %d, which %s", (int)h->pid,
		    h->process.state == PROC_ENDED ? "has ended" : "has closed the file itself");
		return;
	}
	add(p, "%d", (int)h->pid);
	if (*h->process.command) {
		add(p, "%s%s", between, h->process.command);
		between = ", ";
	}
	if (with_mode) {
		add(p, "%s%s", between, h->exclusive ? "exclusive" : "shared");
		between = ", ";
	}
	if (h->process.started) {
		proc_write_time(since, sizeof(since), h->process.started);
		add(p, "%srunning since %s", between, since);
		between = ", ";
	}
	if (*between == ',')
		add(p, ")");
}

int holders_describe(int fd, char *text, size_t size)
{
	struct phrase p = { .text = text, .size = size };
	struct holder holders[NAMED];
	int saved_errno = errno;
	int found = find(fd, false, holders, NAMED);

	add(&p, "held by ");
	if (found <= 0)
		add(&p, "another host or container");
	if (found > 1)
		add(&p, "%d readers: ", found);
	for (int i = 0; i < found && i < NAMED; i++) {
		add(&p, "%s", i ? ", " : "");
		add_holder(&p, &holders[i], found == 1);
	}
	if (found > NAMED)
		add(&p, " and %d more", found - NAMED);
	errno = saved_errno;
	return found;
}
