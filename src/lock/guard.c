/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/guard.h"

#include "lock/turnstile.h"
#include "system/libc.h"
#include "system/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GUARDS = 64 };

/* Internal: an entry that is being made or ended. */
enum { CLAIMED = -1 };

/* No mutex: close() looks here in signal handlers, too. */
static struct guard {
	_Atomic int fd;	     /* HDF5's descriptor and 1; 0: free */
	_Atomic int copy;    /* of the program's, which keeps the lock */
	_Atomic int pending; /* the operation that was put off, or 0 */
	_Atomic dev_t dev;
	_Atomic ino_t ino;
} guards[GUARDS];
static _Atomic int used;

/* The entry that has FD, which nobody else gets then; FD 0: a free one. */
static struct guard *claim(int fd)
{
	for (int i = 0; i < GUARDS; i++) {
		int expected = fd;

		if (atomic_compare_exchange_strong(&guards[i].fd, &expected, CLAIMED))
			return &guards[i];
	}
	return NULL;
}

/* Whether the exclusive flock() on its file belongs to FD. */
static bool has_exclusive_lock(int fd)
{
	struct proc_lines lines;
	char name[64], *line;
	bool found = false;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	if (proc_begin(&lines, name))
		return false;
	while (!found && (line = proc_next(&lines)))
		found = !strncmp(line, "lock:", 5) && strstr(line, " FLOCK ") &&
			strstr(line, " WRITE ");
	proc_end(&lines);
	return found;
}

/* A copy of OWN, if that is still the file that *ST describes, and locked, or a negative errno. */
static int copy_of(int own, const struct stat *st)
{
	int copy = fcntl(own, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	struct stat now;

	if (copy < 0)
		return errno == EBADF ? -ESTALE : -errno;
	if (fstat(copy, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino &&
	    has_exclusive_lock(copy))
		return copy;
	libc_close(copy);
	return -ESTALE;
}

int guard_begin(int fd, int own)
{
	struct guard *g;
	struct stat st;
	int copy;

	if (fstat(fd, &st))
		return -errno;
	copy = copy_of(own, &st);
	if (copy < 0)
		return copy;
	g = claim(0);
	if (!g) {
		libc_close(copy);
		return -ENOMEM;
	}
	g->copy = copy;
	g->pending = 0;
	g->dev = st.st_dev;
	g->ino = st.st_ino;
	used++;
	g->fd = fd + 1;
	return 0;
}

/* Whether G is another file's that is open under the same lock; there is one exclusive lock a file.
 */
static bool is_for(const struct guard *g, dev_t dev, ino_t ino)
{
	return g->fd > 0 && g->dev == dev && g->ino == ino;
}

/* Whoever is the last to rely on the lock does what was put off. */
static void settle(const struct guard *g)
{
	for (int i = 0; i < GUARDS; i++)
		if (is_for(&guards[i], g->dev, g->ino)) {
			guards[i].pending = g->pending;
			return;
		}
	libc_flock(g->copy, g->pending);
}

void guard_end(int fd, bool ours)
{
	struct guard *g = used ? claim(fd + 1) : NULL;
	int saved_errno = errno;

	if (!g)
		return;
	if (ours) {
		/* A forked child may have a copy of FD. */
		turnstile_leave(fd, PLACE_GUARDED);
		if (g->pending)
			settle(g);
	}
	libc_close(g->copy);
	used--;
	g->fd = 0;
	errno = saved_errno;
}

bool guard_defers(int fd, int operation)
{
	int what = operation & ~LOCK_NB, saved_errno = errno;
	struct stat st;
	bool put_off = false;

	if (!used || fstat(fd, &st)) {
		errno = saved_errno;
		return false;
	}
	for (int i = 0; i < GUARDS; i++) {
		if (!is_for(&guards[i], st.st_dev, st.st_ino) || !has_exclusive_lock(fd))
			continue;
		guards[i].pending = what == LOCK_EX ? 0 : what;
		put_off = what != LOCK_EX;
	}
	errno = saved_errno;
	return put_off;
}
