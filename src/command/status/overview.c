/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/overview.h"

#include "lock/filesystem.h"
#include "lock/holders.h"
#include "lock/kernel_lock.h"
#include "command/status/openers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel's tables are read one after the other while programs run: what does not fit together
 * is looked at again, this often. */
enum { LOOKS = 3, PAUSE_US = 20000 };

struct look {
	struct holder *holders;
	int n;
	struct openers openers;
	bool strange; /* whether another look may well show something else */
};

static int add(struct overview *o, enum row_state state, bool exclusive, pid_t pid)
{
	struct row *rows = realloc(o->rows, (size_t)(o->n + 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	o->rows = rows;
	rows[o->n++] = (struct row){ .state = state, .exclusive = exclusive, .pid = pid };
	return 0;
}

/* Whether the process has a row; or one that does not say that it waits. */
static bool has_row(const struct overview *o, pid_t pid, bool waiting_too)
{
	for (int i = 0; i < o->n; i++)
		if (o->rows[i].pid == pid && (waiting_too || o->rows[i].state != ROW_WAITS))
			return true;
	return false;
}

/* A lock whose process has let go of it: those who inherited it hold it. */
static int add_heirs(struct overview *o, const struct look *look, const struct holder *h)
{
	bool found = false;
	int rc = 0;

	for (int i = 0; !rc && i < look->openers.n; i++) {
		const struct opener *opener = &look->openers.array[i];

		if (!opener->locks || has_row(o, opener->pid, true))
			continue;
		rc = add(o, ROW_HOLDS, h->exclusive, opener->pid);
		found = true;
	}
	return found ? rc : add(o, ROW_HOLDS, h->exclusive, 0);
}

/* Those whom the kernel names; the others at the turnstile are counted, shared and exclusive. */
static int add_locks(struct overview *o, const struct look *look, int turnstile[2])
{
	int rc = 0;

	for (int i = 0; !rc && i < look->n; i++) {
		const struct holder *h = &look->holders[i];

		if (h->turnstile)
			turnstile[h->exclusive]++;
		else if (!h->left)
			rc = add(o, h->waiting ? ROW_WAITS : ROW_HOLDS, h->exclusive,
				 h->pid > 0 ? h->pid : 0);
	}
	for (int i = 0; !rc && i < look->n; i++)
		if (look->holders[i].left)
			rc = add_heirs(o, look, &look->holders[i]);
	return rc;
}

/* A lock that nobody seems to have, but a descriptor shows: it slipped between two pages. */
static bool missed_lock(const struct overview *o, const struct look *look)
{
	for (int i = 0; i < o->n; i++)
		if (o->rows[i].state == ROW_HOLDS)
			return false;
	for (int i = 0; i < look->openers.n; i++)
		if (look->openers.array[i].locks)
			return true;
	return false;
}

static int add_turnstile(struct overview *o, struct look *look, int turnstile[2])
{
	int rc = 0;

	for (int i = 0; !rc && i < look->openers.n; i++) {
		const struct opener *opener = &look->openers.array[i];

		/* The kernel shows no request of one that is stopped. */
		if (!opener->turnstile && !(opener->stands && !has_row(o, opener->pid, true)))
			continue;
		rc = add(o, ROW_WAITS, opener->exclusive, opener->pid);
		if (opener->turnstile)
			turnstile[opener->exclusive]--;
	}
	for (int exclusive = 0; exclusive < 2; exclusive++) {
		look->strange = look->strange || turnstile[exclusive];
		for (int i = 0; !rc && i < turnstile[exclusive]; i++)
			rc = add(o, ROW_WAITS, exclusive, 0);
	}
	return rc;
}

static int add_writers(struct overview *o, struct look *look, bool hidden)
{
	int rc = 0;

	for (int i = 0; !rc && i < look->openers.n; i++) {
		const struct opener *opener = &look->openers.array[i];

		if (has_row(o, opener->pid, true) || !(opener->unlocked || hidden))
			continue;
		if (hidden) {
			rc = add(o, ROW_OPEN, false, opener->pid);
			continue;
		}
		/* It may have been about to lock it. */
		look->strange = true;
		rc = add(o, ROW_WRITES, false, opener->pid);
	}
	return rc;
}

/* A waiter has the file open for writing, too, but HDF5 does not know that yet. */
static bool writer_alive(const struct overview *o, const struct look *look)
{
	for (int i = 0; i < o->n; i++)
		if (o->rows[i].state == ROW_HOLDS && o->rows[i].exclusive)
			return true;
	for (int i = 0; i < look->openers.n; i++)
		if (look->openers.array[i].writes && has_row(o, look->openers.array[i].pid, false))
			return true;
	return false;
}

static int find_holders(int fd, struct look *look)
{
	int size = 0;

	while ((look->n = holders_find(fd, look->holders, size)) > size) {
		struct holder *holders;

		size = 2 * look->n;
		holders = realloc(look->holders, (size_t)size * sizeof(*holders));
		if (!holders)
			return -ENOMEM;
		look->holders = holders;
	}
	return look->n < 0 ? look->n : 0;
}

/* Looks once. */
static int look(int fd, const struct proc_name *name, bool hidden, struct overview *o,
		bool *strange)
{
	struct look look = { .n = 0 };
	int turnstile[2] = { 0, 0 };
	int rc = find_holders(fd, &look);

	if (!rc)
		rc = openers_find(name, &look.openers);
	if (!rc)
		rc = add_locks(o, &look, turnstile);
	look.strange = missed_lock(o, &look);
	if (!rc)
		rc = add_turnstile(o, &look, turnstile);
	if (!rc)
		rc = add_writers(o, &look, hidden);
	if (!rc) {
		o->writer = WRITER_NONE;
		if (writer_alive(o, &look))
			o->writer = WRITER_ALIVE;
		else if (look.openers.hidden || o->remote || proc_in_container())
			o->writer = WRITER_UNKNOWN;
	}
	*strange = look.strange;
	openers_free(&look.openers);
	free(look.holders);
	return rc;
}

static bool holds_it(const struct overview *o)
{
	for (int i = 0; i < o->n; i++)
		if (o->rows[i].state == ROW_HOLDS)
			return true;
	return false;
}

/* Whether somebody has the file whom no row names: as its server says, which can be asked where
 * flock() is a lock on bytes. */
static void ask_server(struct overview *o, const struct filesystem *fs, const char *name,
		       const struct proc_name *file)
{
	enum { HOW = O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
	int fd = open(name, O_RDWR | HOW), busy = -ENOTSUP;
	bool writable = fd >= 0;
	struct stat st;

	if (!writable)
		fd = open(name, O_RDONLY | HOW);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == file->ino && st.st_dev == file->dev)
		busy = kernel_lock_busy(fs, fd, true);
	if (fd >= 0)
		close(fd);
	o->elsewhere = busy == 1;
	/* A client of NFS 4 that may cache what is read asks nobody whether readers have it, unless
	 * one opens it to write (do_getlk() in fs/nfs/file.c). */
	if (busy < 0 || (!busy && (!writable || fs->traits & FS_KEEPS_READERS)))
		o->unsure = fs->name;
}

int overview_make(int fd, const char *file, struct overview *o)
{
	const struct filesystem *fs;
	struct proc_name name;
	bool strange = true;
	int rc = proc_name(fd, &name);

	*o = (struct overview){ .n = 0 };
	if (rc)
		return rc;
	fs = filesystem_of(fd, name.dev);
	o->remote = fs->traits & FS_REMOTE;
	o->filesystem = fs->name;
	for (int i = 0; !rc && strange && i < LOOKS; i++) {
		if (i)
			usleep(PAUSE_US);
		o->n = 0;
		rc = look(fd, &name, fs->traits & FS_HIDDEN, o, &strange);
	}
	if (rc == -ENOENT) {
		o->unsure = "/proc can't be read";
		rc = 0;
	}
	if (!rc && o->remote && !holds_it(o))
		ask_server(o, fs, file, &name);
	else if (!rc && !holds_it(o) && proc_in_container())
		o->unsure = "this is inside a container";
	if (rc)
		overview_free(o);
	return rc;
}

void overview_free(struct overview *o)
{
	free(o->rows);
	o->rows = NULL;
	o->n = 0;
}
