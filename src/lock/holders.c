/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/holders.h"

#include "lock/requests.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A lock may come or go while one looks, between two pages of the table above all: what seems
 * strange is looked at again, this often. */
enum { LOOKS = 3 };

static bool parse_line(const char *line, const struct proc_name *name, struct holder *h)
{
	struct request r;

	if (!requests_parse(line, name, &r))
		return false;
	*h = (struct holder){ .pid = r.pid,
			      .exclusive = r.exclusive,
			      .waiting = r.waits,
			      .turnstile = requests_in_line(&r) };
	/* Whoever stands in the turnstile waits for the lock itself, and has a line for that; who
	 * stands behind waits for the turnstile. */
	return requests_lock(&r) || (r.waits && h->turnstile);
}

static bool at_turnstile(const struct request *r)
{
	return !r->waits && requests_stand_at(r, HOLDERS_TURNSTILE);
}

bool holders_at_turnstile(int fd)
{
	return requests_any(fd, at_turnstile);
}

static bool wants_turnstile(const struct request *r)
{
	return r->waits && !requests_lock(r) && !requests_in_line(r) &&
	       r->start <= HOLDERS_TURNSTILE && r->end >= HOLDERS_TURNSTILE;
}

bool holders_turnstile_in_the_way(int fd)
{
	return requests_any(fd, wants_turnstile);
}

int holders_has_lock_on(pid_t pid, int fd, const struct proc_name *name)
{
	struct request lock;
	int found = requests_shown(pid, fd, name, requests_lock, &lock);

	return found == 1 && proc_is_file(pid, fd, name) == 0 ? -EXDEV : found;
}

int holders_own_lock(int fd, const struct proc_name *name, struct holder *lock)
{
	struct request request;
	int found = requests_shown(0, fd, name, requests_lock, &request);

	if (found == 1)
		*lock = (struct holder){ .pid = request.pid, .exclusive = request.exclusive };
	return found;
}

bool holders_stands_with(pid_t pid, int fd, const struct proc_name *name, bool *exclusive)
{
	struct request lock;
	bool stands = requests_shown(pid, fd, name, requests_in_line, &lock) == 1;

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

/* --- those whom the kernel does not name ---------------------------------------------------- */

/* Whether process PID has the file open, and a lock on its bytes. */
static bool has_bytes(pid_t pid, const struct proc_name *name)
{
	struct request lock;
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		found = entry->d_name[0] != '.' && proc_is_file(pid, fd, name) == 1 &&
			requests_shown(pid, fd, name, requests_lock, &lock) == 1 && lock.bytes;
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Gives the process to the first of them that has none. */
static bool name_one(struct holder *holders, int n, pid_t pid)
{
	for (int i = 0; i < n; i++)
		if (holders[i].pid < 0 && !holders[i].waiting) {
			holders[i].pid = pid;
			return true;
		}
	return false;
}

/* The processes behind open-file-description locks, which the kernel shows on their descriptors
 * only.  Of several readers one can't tell which is whose, nor is there a difference. */
static void name_holders(struct holder *holders, int n, const struct proc_name *name)
{
	struct dirent *entry;
	DIR *folder = NULL;
	bool any = false;

	for (int i = 0; i < n; i++)
		any = any || (holders[i].pid < 0 && !holders[i].waiting);
	if (any)
		folder = opendir("/proc");
	while (folder && (entry = readdir(folder))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && has_bytes(pid, name) && !name_one(holders, n, pid))
			break;
	}
	if (folder)
		closedir(folder);
}

/* Whose process is not to be found may be one that was told again. */
static bool is_doubtful(const struct table *table, const struct holder *h)
{
	return table->lines.pages && h->pid < 0 && !h->waiting;
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
	name_holders(holders, found < max ? found : max, name);
	for (int i = 0; i < found && i < max; i++) {
		complete(&holders[i], name);
		*strange = *strange || holders[i].left || is_doubtful(&table, &holders[i]);
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

int holders_only(int fd, struct holder *holders, int max)
{
	return find(fd, false, holders, max);
}
