/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/holders.h"

#include "system/proc.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
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

/* A line of /proc/locks or of a descriptor's page. */
struct request {
	bool flock, ofd; /* else a POSIX lock, or a lease */
	bool exclusive;
	bool waits;
	pid_t pid;
	long long start, end; /* LLONG_MAX: of the file */
};

/* "1: FLOCK  ADVISORY  WRITE 1234 fe:00:12345 0 EOF" holds; "1: -> FLOCK …", with more blanks
 * before the arrow where waiters wait for waiters, waits.  False if it is about another file. */
static bool parse_request(const char *line, const struct proc_name *name, struct request *r)
{
	const char *arrow = strstr(line, "-> "), *text = arrow ? arrow + 3 : strchr(line, ':');
	char kind[16], mode[16], file[sizeof(name->text)], end[32];
	int pid;

	if (!text || sscanf(arrow ? text : text + 1, "%15s %*s %15s %d %63s %lld %31s", kind, mode,
			    &pid, file, &r->start, end) != 6)
		return false;
	r->flock = !strcmp(kind, "FLOCK");
	r->ofd = !strcmp(kind, "OFDLCK");
	r->exclusive = !strcmp(mode, "WRITE");
	r->waits = arrow;
	r->pid = pid;
	r->end = strcmp(end, "EOF") ? atoll(end) : LLONG_MAX;
	return !strcmp(file, name->text);
}

/* Other bytes, and more of them, are other programs' business. */
static bool stands_at(const struct request *r, long long place)
{
	return r->ofd && r->start == place && r->end == place;
}

static bool in_line(const struct request *r)
{
	return stands_at(r, HOLDERS_TURNSTILE) || stands_at(r, HOLDERS_SECOND) ||
	       stands_at(r, HOLDERS_THIRD);
}

static bool parse_line(const char *line, const struct proc_name *name, struct holder *h)
{
	struct request r;

	if (!parse_request(line, name, &r))
		return false;
	*h = (struct holder){
		.pid = r.pid, .exclusive = r.exclusive, .waiting = r.waits, .turnstile = in_line(&r)
	};
	/* Whoever stands in the turnstile waits for the lock itself, and has a line for that; who
	 * stands behind waits for the turnstile. */
	return r.flock || (r.waits && h->turnstile);
}

static bool any_request(int fd, bool (*is_one)(const struct request *))
{
	struct proc_lines lines;
	struct proc_name name;
	struct request r;
	bool found = false;
	char *line;

	if (proc_name(fd, &name) || proc_begin(&lines, "/proc/locks"))
		return true;
	while (!found && (line = proc_next(&lines)))
		found = parse_request(line, &name, &r) && is_one(&r);
	proc_end(&lines);
	return found;
}

static bool at_turnstile(const struct request *r)
{
	return !r->waits && stands_at(r, HOLDERS_TURNSTILE);
}

bool holders_at_turnstile(int fd)
{
	return any_request(fd, at_turnstile);
}

static bool wants_turnstile(const struct request *r)
{
	return r->waits && !r->flock && !in_line(r) && r->start <= HOLDERS_TURNSTILE &&
	       r->end >= HOLDERS_TURNSTILE;
}

bool holders_turnstile_in_the_way(int fd)
{
	return any_request(fd, wants_turnstile);
}

/* Whether the page of that descriptor shows such a lock on the file: 1, 0 or a negative errno.  PID
 * 0: of this process. */
static int shows(pid_t pid, int fd, const struct proc_name *name,
		 bool (*is_one)(const struct request *), struct request *lock)
{
	struct proc_lines lines;
	char process[16] = "self", path[64], *line;
	int found = 0, rc;

	if (pid)
		snprintf(process, sizeof(process), "%d", (int)pid);
	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%d", process, fd);
	rc = proc_begin(&lines, path);
	if (rc)
		return rc == -ENOENT ? 0 : rc; /* closed meanwhile */
	while (!found && (line = proc_next(&lines)))
		found = !strncmp(line, "lock:", 5) && parse_request(line + 5, name, lock) &&
			is_one(lock);
	proc_end(&lines);
	return found;
}

static bool is_flock(const struct request *r)
{
	return r->flock;
}

int holders_has_lock_on(pid_t pid, int fd, const struct proc_name *name)
{
	struct request lock;
	int found = shows(pid, fd, name, is_flock, &lock);

	return found == 1 && proc_is_file(pid, fd, name) == 0 ? -EXDEV : found;
}

int holders_own_lock(int fd, const struct proc_name *name, struct holder *lock)
{
	struct request request;
	int found = shows(0, fd, name, is_flock, &request);

	if (found == 1)
		*lock = (struct holder){ .pid = request.pid, .exclusive = request.exclusive };
	return found;
}

bool holders_stands_with(pid_t pid, int fd, const struct proc_name *name, bool *exclusive)
{
	struct request lock;
	bool stands = shows(pid, fd, name, in_line, &lock) == 1;

	*exclusive = stands && lock.exclusive;
	return stands;
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
	if (h->process.stopped) {
		add(p, "%sstopped", between);
		between = ", ";
	}
	if (h->process.started) {
		proc_write_time(since, sizeof(since), h->process.started);
		add(p, "%srunning since %s", between, since);
		between = ", ";
	}
	if (*between == ',')
		add(p, ")");
	if (proc_is_ancestor(h->pid))
		add(p,
		    ", which started this process (it is an ancestor) and may be waiting for it");
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
