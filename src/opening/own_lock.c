/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/own_lock.h"

#include "lock/guard.h"
#include "lock/held.h"
#include "lock/holders.h"
#include "lock/lock.h"
#include "opening/failure.h"
#include "opening/wait.h"
#include "system/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct own {
	int fd; /* -1: there is none */
	uint32_t ticket;
	bool exclusive;
	pid_t pid; /* who took the lock */
};

static bool is_file(int fd, const struct opening *o)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == o->file.st.st_ino &&
	       st.st_dev == o->file.st.st_dev;
}

/* Another thread may have opened, locked or closed that number meanwhile. */
static bool is_still_foreign(int fd, uint32_t ticket)
{
	uint32_t now;

	return held_is_foreign(fd, &now) && now == ticket;
}

/* What HDF5 has open in this process is sibling.c's business. */
static void look_at(int fd, const struct opening *o, struct own *own)
{
	struct proc_name name;
	struct holder lock;
	uint32_t ticket;

	if (fd == o->file.fd || !is_file(fd, o) || !held_is_foreign(fd, &ticket))
		return;
	if (proc_name(fd, &name) == 0 && holders_own_lock(fd, &name, &lock) == 1 &&
	    is_still_foreign(fd, ticket))
		*own = (struct own){
			.fd = fd, .ticket = ticket, .exclusive = lock.exclusive, .pid = lock.pid
		};
}

static struct own find(const struct opening *o)
{
	DIR *folder = opendir("/proc/self/fd");
	struct own own = { .fd = -1 };
	struct dirent *entry;

	while (folder && own.fd < 0 && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			look_at(atoi(entry->d_name), o, &own);
	if (folder)
		closedir(folder);
	return own;
}

/* Whether nobody writes through the descriptor that has the lock.  The locks of flock(1) and of
 * those who lock a file to guard it are on one that only reads, or in a shell taken by a process
 * that has ended since; another living process's, on one that can write, may be HDF5's without this
 * library. */
static bool only_guards(const struct own *own)
{
	struct proc_facts facts;

	if (own->pid == getpid() || (fcntl(own->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return true;
	proc_facts(own->pid, &facts);
	return facts.state == PROC_ENDED;
}

int own_lock_use(struct opening *o)
{
	struct own own = find(o);
	int rc;

	if (own.fd < 0)
		return -EAGAIN;
	/* It shares what is shared, past the writer that waits for it. */
	if (!own.exclusive && !o->exclusive)
		return lock_try(o->file.fs, o->file.fd, false, false);
	if (!own.exclusive || !only_guards(&own))
		return failure_own_lock(o, own.fd, own.exclusive, own.pid);
	o->file.guarded = true;
	rc = wait_for_guarded(o);
	if (rc == -ENOTSUP)
		return failure_own_lock(o, own.fd, own.exclusive, own.pid);
	if (rc)
		return rc;
	rc = guard_begin(o->file.fd, own.fd);
	if (rc == 0 && !is_still_foreign(own.fd, own.ticket)) {
		guard_end(o->file.fd, true);
		rc = -ESTALE;
	}
	if (rc == -ESTALE)
		return AFRESH;
	if (rc)
		return failure_no_entry(o, -rc);
	o->file.lock = HELD_GUARDED;
	/* From now on whoever drops the descriptor ends that, too. */
	held_change(o->file.fd, o->inner ? HELD_INSIDE : HELD_WAITING, HELD_GUARDED);
	return 0;
}
