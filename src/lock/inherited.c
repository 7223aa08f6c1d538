/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/inherited.h"

#include "lock/entries.h"
#include "lock/guard.h"
#include "lock/heirs.h"
#include "lock/kernel_lock.h"
#include "report/trace.h"
#include "system/ending.h"
#include "system/libc.h"
#include "system/process.h"

#include <errno.h>
#include <sched.h>
#include <sys/file.h>

/* --- fork ------------------------------------------------------------------------------------ */

/* Another thread may close it meanwhile: it forgets the entry first, and then looks here. */
static void share(struct entry *e)
{
	struct heirs h = heirs_new(), none = { 0 };

	if (!h.place)
		return;
	if (!atomic_compare_exchange_strong(&e->heirs, &none, h))
		heirs_void(h);
	else if (e->state != HELD_OPEN && atomic_compare_exchange_strong(&e->heirs, &h, none))
		heirs_void(h);
}

void inherited_before_fork(void)
{
	for (int i = 0; entries_count() > 0 && i < entries_end(); i++) {
		struct entry *e = entry_of(i);
		struct heirs h;

		if (!entry_is_locked_open(e))
			continue;
		h = e->heirs;
		if (!entry_is_ours(e))
			heirs_passed_on(h);
		else if (!h.place)
			share(e);
	}
}

void inherited_after_fork(void)
{
	if (entries_count() > 0)
		ending_watch();
}

/* What was being waited for or opened is the parent's alone, and a copy of such a descriptor would
 * keep the file locked when the parent is killed.  The number may be another file's, if other
 * libraries' handlers were first. */
static void drop(struct entry *e, int fd)
{
	dev_t dev = e->dev;
	ino_t ino = e->ino;

	if (!entry_forget(e))
		return;
	guard_end(fd, false);
	if (entry_refers_to(fd, dev, ino))
		libc_close(fd);
}

bool inherited_in_child(uint32_t parents, bool alone)
{
	int found = 0;

	for (int i = 0; i < entries_end(); i++) {
		struct entry *e = entry_of(i);

		if (e)
			e->leaving = false; /* that thread is the parent's */
		if (entry_is_locked_open(e))
			found++;
		else if (e && e->state != HELD_OPEN && e->generation == parents)
			drop(e, i);
	}
	entries_inherited(found);
	heirs_begin_anew(alone && !found);
	ending_begin_anew();
	return found > 0;
}

/* --- what a child has inherited -------------------------------------------------------------- */

/* One thread of this process at a time: it must not be counted twice. */
static enum heirs_verdict use(struct entry *e, int fd)
{
	static _Atomic uint32_t busy; /* a generation: that of our parent says nothing */
	uint32_t mine = process_generation(), other = busy;
	enum heirs_verdict verdict = HEIRS_USE;

	while (other == mine || !atomic_compare_exchange_strong(&busy, &other, mine)) {
		sched_yield();
		other = busy;
	}
	if (e->used != mine)
		verdict = heirs_use(e->heirs, e->fs, fd, e->lock == HELD_EXCLUSIVE);
	if (verdict == HEIRS_AGAIN) {
		trace_hold(fd, e->dev, e->ino, e->lock == HELD_EXCLUSIVE);
		e->again = mine;
	}
	if (verdict <= HEIRS_AGAIN)
		e->used = mine;
	busy = 0;
	return verdict;
}

static int use_if_true(struct entry *e, int fd, enum heirs_verdict *why)
{
	uint32_t mine = process_generation();
	struct held h;

	if (!entry_still_true(fd, &h)) {
		if (process_may_write())
			entry_forget(e);
		return 0;
	}
	if (e->refused == mine)
		return -ESTALE;
	if (!process_may_write())
		return 0;
	*why = use(e, fd);
	if (*why <= HEIRS_AGAIN) {
		*why = HEIRS_USE;
		return 0;
	}
	if (atomic_exchange(&e->refused, mine) == mine)
		*why = HEIRS_USE;
	return -ESTALE;
}

int inherited_use(int fd, enum heirs_verdict *why)
{
	struct entry *e = entries_count() > 0 ? entry_of(fd) : NULL;
	int saved_errno = errno, rc;

	*why = HEIRS_USE;
	if (!entry_is_locked_open(e) || entry_is_ours(e) || e->used == process_generation())
		return 0;
	rc = use_if_true(e, fd, why);
	errno = saved_errno;
	return rc;
}

bool inherited_alone(int fd)
{
	struct entry *e = entry_of(fd);

	return entry_is_locked_open(e) && !entry_is_ours(e) && e->used == process_generation() &&
	       heirs_alone(e->heirs);
}

bool inherited_leave(struct entry *e, int fd)
{
	bool ours = entry_is_ours(e);
	struct heirs heirs = e->heirs;

	if (!ours && e->used != process_generation())
		return false;
	if (heirs.place)
		return heirs_leave(heirs, e->fs, fd, ours);
	if (ours && fd >= 0)
		kernel_lock(e->fs, fd, LOCK_UN);
	return ours;
}
