/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/describe.h"

#include "lock/holders.h"
#include "lock/kernel_lock.h"
#include "report/elsewhere.h"
#include "system/proc.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

/* How many are named in a sentence. */
enum { NAMED = 3 };

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

/* --- by their timelines ----------------------------------------------------------------------- */

/* Finds those whom the timelines know.  On a file system of this machine alone, and outside of any
 * container, everybody can be seen. */
static int find_elsewhere(const struct filesystem *fs, int fd, const struct stat *st,
			  struct elsewhere holders[NAMED])
{
	bool here = filesystem_is_local(fs), hidden = fs->traits & FS_HIDDEN;
	struct elsewhere_file file = { .dev = here ? st->st_dev : 0,
				       .ino = st->st_ino,
				       .hidden = hidden };
	char path[PATH_MAX];

	if ((here && !hidden && !proc_in_container()) || proc_path(fd, path, sizeof(path)) <= 0)
		return 0;
	file.path = path;
	return elsewhere_find(&file, holders, NAMED);
}

/* "4711 on node17 (h5copy, exclusive since 14:03:22, user 1000, job slurm 12345_6)" */
static void add_one_elsewhere(struct phrase *p, const struct elsewhere *h)
{
	char since[PROC_TIME];

	proc_write_time(since, sizeof(since), (time_t)(h->since / 1000000));
	add(p, "%d on %s (", h->pid, *h->host ? h->host : "a host without a name");
	if (*h->program)
		add(p, "%s, ", h->program);
	add(p, "%s since %s", h->exclusive ? "exclusive" : "shared", since);
	if (h->has_user)
		add(p, ", user %u", (unsigned int)h->user);
	if (*h->job)
		add(p, ", job %s", h->job);
	add(p, ")");
}

/* Readers may all be there; of others who don't go with each other, one was killed. */
static void add_elsewhere(struct phrase *p, const struct elsewhere holders[NAMED], int found)
{
	int named = found < NAMED ? found : NAMED;
	const char *last = " and ";

	for (int i = 0; i < named; i++)
		if (holders[i].exclusive)
			last = " or ";
	for (int i = 0; i < named; i++) {
		add(p, "%s", !i ? "" : i + 1 == found ? last : ", ");
		add_one_elsewhere(p, &holders[i]);
	}
	if (found > named)
		add(p, "%s%d more", last, found - named);
	add(p, found > 1 ? ", as their timelines say" : ", as its timeline says");
}

/* --- all -------------------------------------------------------------------------------------- */

/* Nobody whom this kernel shows, though the file can't be had. */
static void add_unseen(struct phrase *p, const struct filesystem *fs, int fd, const struct stat *st)
{
	bool hidden = fs->traits & FS_HIDDEN;
	bool free = !hidden && kernel_lock_busy(fs, fd, true) == 0;
	struct elsewhere holders[NAMED];
	int found = find_elsewhere(fs, fd, st, holders);

	add(p, "held by ");
	/* A server may tell of no readers, but it does of a writer. */
	if (free && (found <= 0 || holders[0].exclusive))
		add(p, "nobody any more, but its server does not give the lock yet (it may just "
		       "have been started, or wait for a host that it has lost)");
	else if (found > 0)
		add_elsewhere(p, holders, found);
	else if (hidden)
		add(p, "a process that this host's kernel does not show, here or on another host");
	else
		add(p, "another host or container");
}

static void add_seen(struct phrase *p, const struct holder holders[NAMED], int found)
{
	add(p, "held by ");
	if (found > 1)
		add(p, "%d readers: ", found);
	for (int i = 0; i < found && i < NAMED; i++) {
		add(p, "%s", i ? ", " : "");
		add_holder(p, &holders[i], found == 1);
	}
	if (found > NAMED)
		add(p, " and %d more", found - NAMED);
}

static bool is_of_this_host(const struct filesystem *fs)
{
	return !(fs->traits & FS_REMOTE) && filesystem_is_local(fs);
}

/* Readers of this host don't keep those of other hosts out. */
static void add_others(struct phrase *p, const struct filesystem *fs, int fd, const struct stat *st)
{
	struct elsewhere holders[NAMED];
	int found = find_elsewhere(fs, fd, st, holders);

	if (found > 0 && !holders[0].exclusive) {
		add(p, ", and by ");
		add_elsewhere(p, holders, found);
	} else {
		add(p, ", and maybe by others on other hosts");
	}
}

int describe_holders(int fd, char *text, size_t size)
{
	struct phrase p = { .text = text, .size = size };
	struct holder holders[NAMED];
	int saved_errno = errno;
	int found = holders_only(fd, holders, NAMED);
	const struct filesystem *fs;
	struct stat st = { .st_dev = 0 };

	fstat(fd, &st);
	fs = filesystem_of(fd, st.st_dev);
	/* A lock without a process is another host's, or of the outside of this container. */
	if (found <= 0 || (found == 1 && holders[0].pid <= 0))
		add_unseen(&p, fs, fd, &st);
	else
		add_seen(&p, holders, found);
	if (found > 0 && !holders[0].exclusive && holders[0].pid > 0 && !is_of_this_host(fs))
		add_others(&p, fs, fd, &st);
	errno = saved_errno;
	return found;
}
