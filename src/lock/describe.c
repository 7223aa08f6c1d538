/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/describe.h"

#include "lock/holders.h"
#include "lock/kernel_lock.h"

#include <errno.h>
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

/* Nobody whom this kernel shows, though the file can't be had. */
static void add_unseen(struct phrase *p, const struct filesystem *fs, int fd)
{
	if (fs->traits & FS_HIDDEN)
		add(p, "held by a process that this host's kernel does not show, here or on "
		       "another host");
	else if (kernel_lock_busy(fs, fd, true) == 0)
		add(p, "held by nobody any more, but its server does not give the lock yet (it may "
		       "just have been started, or wait for a host that it has lost)");
	else
		add(p, "held by another host or container");
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
	if (found <= 0)
		add_unseen(&p, fs, fd);
	else
		add(&p, "held by ");
	if (found > 1)
		add(&p, "%d readers: ", found);
	for (int i = 0; i < found && i < NAMED; i++) {
		add(&p, "%s", i ? ", " : "");
		add_holder(&p, &holders[i], found == 1);
	}
	if (found > NAMED)
		add(&p, " and %d more", found - NAMED);
	if (found > 0 && !holders[0].exclusive && fs->traits & FS_REMOTE)
		add(&p, ", and maybe by others on other hosts");
	errno = saved_errno;
	return found;
}
