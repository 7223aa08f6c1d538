/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/held.h"

#include "lock/entries.h"
#include "lock/guard.h"
#include "lock/inherited.h"
#include "lock/kernel_lock.h"
#include "report/trace.h"
#include "system/libc.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t version;
static _Atomic int sleepers;

static bool in_child(uint32_t parents, bool alone)
{
	sleepers = 0;
	return inherited_in_child(parents, alone);
}

static const struct process_forks forks = { inherited_before_fork, inherited_after_fork, in_child };

static void unlock(int fd, const struct entry *e)
{
	if (e->lock == HELD_GUARDED)
		guard_end(fd, true);
	else
		kernel_lock(e->fs, fd, LOCK_UN);
}

int held_add(int fd, const struct stat *st, const struct filesystem *fs, enum held_state state,
	     enum held_lock lock, const void *library)
{
	int rc = entry_make_place(fd);
	struct entry *e;

	if (rc)
		return rc;
	process_start(&forks);
	e = entry_of(fd);
	/* HDF5 in a child may go on with another descriptor, which has this number now. */
	if (entry_forget(e))
		inherited_leave(e, -1);
	entry_fill(e, st, fs, lock, library);
	entry_set_state(e, state);
	if (lock != HELD_UNLOCKED)
		trace_hold(fd, e->dev, e->ino, lock != HELD_SHARED);
	return 0;
}

void held_change(int fd, enum held_state state, enum held_lock lock)
{
	struct entry *e = entry_of(fd);

	if (!e || e->state == HELD_NOT || !entry_is_ours(e))
		return;
	if (e->lock == HELD_UNLOCKED && lock != HELD_UNLOCKED)
		trace_hold(fd, e->dev, e->ino, lock != HELD_SHARED);
	e->lock = lock;
	entry_set_state(e, state);
}

int held_relock(int fd, int operation, enum held_lock lock)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();
	int rc;

	if (!e || e->state == HELD_NOT || !entry_is_ours(e) || !process_may_write())
		return 0;
	/* A server's mandatory lock: who shares a file may not write it. */
	if (((const struct filesystem *)e->fs)->traits & FS_CLOSES && lock == HELD_SHARED &&
	    e->lock != HELD_UNLOCKED)
		return 0;
	rc = kernel_lock(e->fs, fd, operation);
	if (rc)
		return rc;
	if (e->lock != (int)lock)
		trace_change(fd, before, lock == HELD_EXCLUSIVE);
	e->lock = lock;
	entry_set_state(e, HELD_OPEN);
	return 0;
}

bool held_any(void)
{
	return entries_count() > 0;
}

/* Internal: another thread is about to let go of the lock. */
enum { REVOKING = HELD_REVOKED + 1 };

bool held_revoke(int fd, const struct stat *st)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();
	int opening = HELD_OPENING;
	bool same;

	if (!e || !atomic_compare_exchange_strong(&e->state, &opening, REVOKING))
		return false;
	same = e->dev == st->st_dev && e->ino == st->st_ino;
	if (same) {
		unlock(fd, e);
		if (e->lock != HELD_UNLOCKED)
			trace_release(fd, before);
		e->lock = HELD_UNLOCKED;
	}
	atomic_store(&e->state, same ? HELD_REVOKED : HELD_OPENING);
	return same;
}

/* The number must not become another file's meanwhile. */
static void await_revocation(int fd)
{
	struct entry *e = entry_of(fd);

	while (e && e->state == REVOKING)
		sched_yield();
}

bool held_commit(int fd)
{
	struct entry *e = entry_of(fd);
	int opening = HELD_OPENING;

	await_revocation(fd);
	return e && (atomic_compare_exchange_strong(&e->state, &opening, HELD_HANDED) ||
		     opening == HELD_HANDED);
}

bool held_any_inside(void)
{
	return entries_inside() > 0;
}

bool held_get(int fd, struct held *h)
{
	int saved_errno = errno;
	bool result = held_any() && entry_still_true(fd, h);

	errno = saved_errno;
	return result;
}

bool held_is_foreign(int fd, uint32_t *ticket)
{
	struct entry *e = entry_of(fd);
	struct held h;

	*ticket = e ? e->ticket : 0;
	return !held_get(fd, &h) && !(e && (e->leaving || e->ticket != *ticket));
}

int held_next(int fd, struct held *h)
{
	for (; fd < entries_end(); fd++)
		if (entry_still_true(fd, h) && h->state == HELD_OPEN && !h->inherited)
			return fd;
	return -1;
}

/* Our own open file says most, then our own thread that opens it, then what our parent had. */
static int weight(const struct held *h)
{
	if (h->inherited)
		return 1;
	return h->state == HELD_OPEN ? 3 : 2;
}

/* Whether the one that waits with E defers to the one that does with the entry of FD, if there is
 * one; the numbers may wrap around. */
static bool defers(const struct entry *e, int fd)
{
	const struct entry *mine = entry_of(fd);

	if (!mine || mine->state == HELD_NOT)
		return false;
	if (mine->library == e->library &&
	    (mine->state == HELD_INSIDE) != (e->state == HELD_INSIDE))
		return mine->state == HELD_INSIDE;
	return (int32_t)(e->ticket - mine->ticket) > 0;
}

bool held_find(const struct stat *st, int fd, struct held *h)
{
	int found = 0;

	/* Most programs have no other file open. */
	if (entries_count() <= (entry_of(fd) && entry_of(fd)->state != HELD_NOT))
		return false;
	for (int i = 0; i < entries_end(); i++) {
		struct entry *e = entry_of(i);
		struct held candidate;

		if (i == fd || !e || e->state == HELD_NOT || e->ino != st->st_ino ||
		    e->dev != st->st_dev)
			continue;
		if (!entry_still_true(i, &candidate) || weight(&candidate) <= found)
			continue;
		if ((candidate.state == HELD_WAITING || candidate.state == HELD_INSIDE) &&
		    defers(e, fd))
			continue;
		if (candidate.state >= HELD_REVOKED)
			continue;
		*h = candidate;
		found = weight(h);
	}
	return found > 0;
}

static bool let_go(int fd, struct held *h)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();
	int saved_errno = errno;
	bool is_it = entry_still_true(fd, h), ours = entry_is_ours(e), released;
	bool traced = ours || e->again == process_generation();
	int lock = e->lock;

	/* First, so that a fork() in another thread sees it: see inherited.c. */
	e->leaving = true;
	entry_forget(e);
	if (lock == HELD_GUARDED) {
		released = is_it && ours;
		guard_end(fd, released);
	} else {
		released = inherited_leave(e, is_it ? fd : -1) && is_it;
	}
	entry_renumber(e);
	e->leaving = false;
	if (is_it && traced && lock != HELD_UNLOCKED)
		trace_release(fd, before);
	errno = saved_errno;
	return released;
}

static bool has_entry(int fd)
{
	const struct entry *e = held_any() ? entry_of(fd) : NULL;

	return e && e->state != HELD_NOT && process_may_write();
}

bool held_release(int fd, struct held *h)
{
	return has_entry(fd) && let_go(fd, h);
}

bool held_close(int fd)
{
	struct held h;

	return has_entry(fd) && let_go(fd, &h);
}

void held_moved(int fd)
{
	struct entry *e = entry_of(fd);

	if (e && entry_is_ours(e))
		entry_forget(e);
}

void held_drop(int *fd)
{
	struct held h;

	if (*fd < 0)
		return;
	await_revocation(*fd);
	held_release(*fd, &h);
	libc_close(*fd);
	*fd = -1;
}

uint32_t held_version(void)
{
	return version;
}

void held_wake(void)
{
	atomic_fetch_add(&version, 1);
	if (sleepers > 0)
		syscall(SYS_futex, &version, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

int held_sleep(uint32_t seen)
{
	long rc;

	atomic_fetch_add(&sleepers, 1);
	rc = syscall(SYS_futex, &version, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
	atomic_fetch_sub(&sleepers, 1);
	return rc < 0 && errno == EINTR ? -EINTR : 0;
}
