#include "attempt.h"

#include "failure.h"
#include "filesystem.h"
#include "held.h"
#include "libc.h"
#include "lock.h"
#include "report.h"
#include "settings.h"
#include "sibling.h"
#include "superblock.h"
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define NEWBORN_NS 2000000000

enum { BIRTH_NS = 100000000, LOOK_AGAIN_NS = 1000000 };

static int64_t nanoseconds(int64_t seconds, int64_t ns)
{
	return seconds * 1000000000 + ns;
}

bool attempt_newborn(int fd, const struct stat *st)
{
	int64_t born = nanoseconds(st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	struct timespec now;
	struct statx more;

	if (st->st_size)
		return false;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &more) == 0 && (more.stx_mask & STATX_BTIME))
		born = nanoseconds(more.stx_btime.tv_sec, more.stx_btime.tv_nsec);
	clock_gettime(CLOCK_REALTIME, &now);
	return nanoseconds(now.tv_sec, now.tv_nsec) - born < NEWBORN_NS;
}

int attempt_without_lock(struct opening *o, int fd, int error)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (settings()->nolocks == NOLOCKS_REFUSE)
		return failure_nolocks(o, fd, error);
	if (!atomic_flag_test_and_set(&warned))
		report(REPORT_PROBLEM,
		       "'%s' is opened unlocked, as are others on file systems that can't lock "
		       "(%s, "
		       "errno %d), because of " SETTING_NOLOCKS "=pass",
		       o->name, filesystem_name(fd), error);
	return 0;
}

/* A file that somebody has just created and not yet filled is, to H5Fcreate, one that was not
 * there: whoever comes a moment too late must not overwrite it when its creator is done. */
static bool created_meanwhile(const struct opening *o)
{
	return o->create && (o->was_absent || attempt_newborn(o->fd, &o->st));
}

/* Somebody has the lock, or waits for it. */
static int busy(struct opening *o, bool in_turn, uint32_t version)
{
	int rc = sibling_has_it(o, version);

	if (rc || o->target == TARGET_OURS)
		return rc;
	if (created_meanwhile(o))
		return failure_created_meanwhile(o);
	rc = settings()->patience_ns ? lock_spin(o->fd, o->exclusive, in_turn) : -EAGAIN;
	if (rc == -EAGAIN)
		rc = wait_for_lock(o, in_turn);
	if (rc)
		return rc == -ESTALE ? AFRESH : rc;
	if (o->exclusive)
		lock_begin_turn(&o->st);
	return wait_replaced(o) ? AFRESH : 0;
}

/* A SWMR writer has its file for long, and readers come and go: they must not stop behind a second
 * writer that waits for the first one's end. */
static bool overtakes(const struct opening *o)
{
	struct superblock superblock;

	return (o->flags & H5_SWMR_READ) && superblock_read(o->fd, &superblock) == 0 &&
	       superblock.swmr;
}

static int lock(struct opening *o)
{
	/* To stand in line for an exclusive lock takes a writable descriptor. */
	bool in_turn = (o->writable || !o->exclusive) &&
		       filesystem_has_separate_locks(o->fd, o->st.st_dev) && !overtakes(o);
	uint32_t version = held_version();
	/* Entered first, so that no other thread of this process waits for this one's lock. */
	int rc = held_add(o->fd, &o->st, o->inner ? HELD_INSIDE : HELD_WAITING, HELD_UNLOCKED,
			  o->h5->base);

	if (rc)
		return failure_no_entry(o, -rc);
	rc = sibling_has_it(o, version);
	if (rc || o->target == TARGET_OURS)
		return rc;
	o->lock = o->exclusive ? HELD_EXCLUSIVE : HELD_SHARED;
	rc = in_turn ? lock_try_in_turn(o->fd, &o->st, o->exclusive)
		     : lock_try(o->fd, o->exclusive, false);
	if (rc == 0 && o->create && o->was_absent)
		return failure_created_meanwhile(o);
	if (rc == -EAGAIN)
		rc = busy(o, in_turn, version);
	if (rc < 0 && !o->error) {
		o->lock = HELD_UNLOCKED;
		rc = attempt_without_lock(o, o->fd, -rc);
	}
	if (rc || o->target != TARGET_LOCKED)
		return rc;
	held_change(o->fd, HELD_OPENING, o->lock);
	return o->inner ? 0 : sibling_goes_first(o, version);
}

/* How long an empty file is looked at again.  A reader can't do anything with one, and its creator
 * may be preempted for long; but a program may well open its own empty file for writing (HDF5 makes
 * it one of its own), and is not kept so long, nor is one that has no patience. */
static int64_t birth_ns(const struct opening *o)
{
	return o->exclusive || !settings()->patience_ns ? BIRTH_NS : NEWBORN_NS;
}

/* Between its creation and its lock, another process's file that is being born looks empty. */
static bool being_born(struct opening *o, int64_t *look_until)
{
	static const struct timespec moment = { .tv_nsec = LOOK_AGAIN_NS };
	int64_t now;

	if (o->create || !attempt_newborn(o->fd, &o->st))
		return false;
	now = monotonic_ns();
	if (!*look_until)
		*look_until = now + birth_ns(o);
	if (now >= *look_until)
		return false;
	held_drop(&o->fd);
	nanosleep(&moment, NULL);
	return true;
}

/* Never O_CREAT, never O_TRUNC: nothing is touched before it is locked. */
static int open_as(const struct opening *o, int access)
{
	return libc_above_streams(libc_open(o->name, access | O_CLOEXEC, 0));
}

/* The file that this thread's last call gave up opening, or ino 0.  h5import (1.10.8) takes every
 * failed H5Fopen for a missing file and calls H5Fcreate with H5F_ACC_TRUNC, which would find the
 * file free a moment later, and empty it. */
static _Thread_local struct {
	dev_t dev;
	ino_t ino;
} given_up;

static bool was_given_up(const struct opening *o)
{
	return o->create && given_up.ino == o->st.st_ino && given_up.dev == o->st.st_dev;
}

static void note_given_up(const struct opening *o, int rc)
{
	bool gave_up = !o->create && (rc == -EAGAIN || rc == -EINTR);

	given_up.dev = gave_up ? o->st.st_dev : 0;
	given_up.ino = gave_up ? o->st.st_ino : 0;
}

/* Whoever had the lock last may have removed the file between our open and our lock; it may also
 * have filled it, so this looks again even where the lock was free at once. */
static bool removed(struct opening *o)
{
	return (fstat(o->fd, &o->st) || o->st.st_nlink == 0) && wait_replaced(o);
}

/* One attempt: 0, AFRESH or the failure. */
static int once(struct opening *o, int64_t *look_until)
{
	int rc;

	o->writable = o->create || o->deletes || (o->flags & H5_RDWR);
	o->fd = open_as(o, o->writable ? O_RDWR : O_RDONLY);
	/* Who may not write a file may delete it all the same. */
	if (o->fd < 0 && o->deletes && errno != ENOENT) {
		o->writable = false;
		o->fd = open_as(o, O_RDONLY);
	}
	if (!o->looked)
		o->was_absent = o->fd < 0 && errno == ENOENT;
	o->looked = true;
	if (o->fd < 0) {
		o->target = errno == ENOENT ? TARGET_ABSENT : TARGET_UNOPENABLE;
		return 0;
	}
	if (fstat(o->fd, &o->st) || !S_ISREG(o->st.st_mode)) {
		o->target = TARGET_PLAIN;
		return 0;
	}
	o->target = TARGET_LOCKED;
	rc = was_given_up(o) ? failure_given_up(o) : lock(o);
	if (rc || o->target == TARGET_OURS) {
		held_drop(&o->fd);
		return rc;
	}
	if (removed(o)) {
		held_drop(&o->fd);
		return AFRESH;
	}
	return being_born(o, look_until) ? AFRESH : 0;
}

int attempt(struct opening *o)
{
	int64_t look_until = 0;
	int rc;

	do
		rc = once(o, &look_until);
	while (rc == AFRESH);
	note_given_up(o, rc);
	return rc;
}
