/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/requests.h"

#include "lock/holders.h"
#include "lock/kernel_lock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "1: FLOCK  ADVISORY  WRITE 1234 fe:00:12345 0 EOF" holds; "1: -> FLOCK …", with more blanks
 * before the arrow where waiters wait for waiters, waits.  False if it is about another file. */
bool requests_parse(const char *line, const struct proc_name *name, struct request *r)
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
	/* As an OFD lock on NFS 3 is shown, too. */
	r->bytes = !r->flock && r->start == 0 && r->end == KERNEL_LOCK_END - 1;
	return !strcmp(file, name->text);
}

/* Other bytes, and more of them, are other programs' business. */
bool requests_stand_at(const struct request *r, long long place)
{
	return r->ofd && r->start == place && r->end == place;
}

bool requests_in_line(const struct request *r)
{
	return requests_stand_at(r, HOLDERS_TURNSTILE) || requests_stand_at(r, HOLDERS_SECOND) ||
	       requests_stand_at(r, HOLDERS_THIRD);
}

bool requests_lock(const struct request *r)
{
	return r->flock || r->bytes;
}

bool requests_any(int fd, bool (*is_one)(const struct request *))
{
	struct proc_lines lines;
	struct proc_name name;
	struct request r;
	bool found = false;
	char *line;

	if (proc_name(fd, &name) || proc_begin(&lines, "/proc/locks"))
		return true;
	while (!found && (line = proc_next(&lines)))
		found = requests_parse(line, &name, &r) && is_one(&r);
	proc_end(&lines);
	return found;
}

int requests_shown(pid_t pid, int fd, const struct proc_name *name,
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
		found = !strncmp(line, "lock:", 5) && requests_parse(line + 5, name, lock) &&
			is_one(lock);
	proc_end(&lines);
	return found;
}
