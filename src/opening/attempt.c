/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/attempt.h"

#include "hdf5/superblock.h"
#include "lock/filesystem.h"
#include "lock/held.h"
#include "lock/lock.h"
#include "lock/untaken.h"
#include "looks/looks.h"
#include "opening/failure.h"
#include "opening/looked.h"
#include "opening/lookup.h"
#include "opening/own_lock.h"
#include "opening/sibling.h"
#include "opening/wait.h"
#include "opening/weak_lock.h"
#include "report/settings.h"
#include "system/libc.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define NEWBORN_NS  2000000000
#define GIVEN_UP_NS 5000000000

bool attempt_newborn(const struct opening *o)
{
	const struct stat *st = &o->file.st;
	int64_t born = nanoseconds(st->st_ctim.tv_sec, st->st_ctim.tv_nsec), age;
	struct timespec now;

	if (st->st_size)
		return false;
	/* A server's clock may be hours away from ours, and few tell when a file was born. */
	if (!filesystem_is_local(o->file.fs))
		return true;
	libc_born(o->file.fd, &born);
	clock_gettime(CLOCK_REALTIME, &now);
	age = nanoseconds(now.tv_sec, now.tv_nsec) - born;
	/* A clock that was set back must not make every file of the last hour one that is just
	 * being created. */
	return -NEWBORN_NS < age && age < NEWBORN_NS;
}

/* A file that somebody has just created and not yet filled is, to H5Fcreate, one that was not
 * there: whoever comes a moment too late must not overwrite it when its creator is done. */
static bool created_meanwhile(const struct opening *o)
{
	return o->create && (o->file.was_absent || attempt_newborn(o));
}

/* Without sleeping, or for less time than anybody notices. */
static int get_soon(const struct opening *o, bool in_turn)
{
	if (settings()->patience_ns && !o->impatient)
		return lock_spin(o->file.fs, o->file.fd, o->exclusive, in_turn);
	return in_turn ? untaken_take(o->file.fs, o->file.fd, o->exclusive) : -EAGAIN;
}

/* Somebody has the lock, or waits for it. */
static int busy(struct opening *o, bool in_turn, uint32_t version)
{
	int rc = sibling_has_it(o, version);

	if (rc || o->file.target == TARGET_OURS)
		return rc;
	rc = created_meanwhile(o) ? -EAGAIN : get_soon(o, in_turn);
	if (rc == -EAGAIN && !(o->file.fs->traits & FS_REMOTE))
		rc = own_lock_use(o);
	if (rc == -EAGAIN && created_meanwhile(o))
		return failure_created_meanwhile(o);
	if (rc == -EAGAIN && !o->failure.error)
		rc = wait_for_lock(o, in_turn);
	if (rc)
		return rc;
	if (o->exclusive)
		lock_begin_turn(&o->file.st);
	return lookup_replaced(o, &o->file.st) ? AFRESH : 0;
}

/* A SWMR writer has its file for long, and readers come and go: they must not stop behind a second
 * writer that waits for the first one's end. */
static bool overtakes(const struct opening *o)
{
	struct superblock superblock;

	return (o->call.flags & H5_SWMR_READ) && superblock_read(o->file.fd, &superblock) == 0 &&
	       superblock.swmr;
}

static int try(struct opening *o, bool in_turn)
{
	const struct filesystem *fs = o->file.fs;
	bool times = fs->traits & FS_REMOTE;
	int64_t began = times ? monotonic_ns() : 0;
	int rc;

	if (!o->exclusive && settings()->patience_ns)
		lock_breathe(fs);
	rc = in_turn ? lock_try_in_turn(fs, o->file.fd, &o->file.st, o->exclusive)
		     : lock_try(fs, o->file.fd, o->exclusive, false);

	o->file.answered = times ? monotonic_ns() - began : 0;
	return rc;
}

static int lock(struct opening *o)
{
	/* To stand in line for an exclusive lock takes a writable descriptor. */
	bool in_turn = (o->file.writable || !o->exclusive) && o->file.fs->traits & FS_LINE &&
		       !overtakes(o);
	uint32_t version = held_version();
	/* Entered first, so that no other thread of this process waits for this one's lock. */
	int rc = held_add(o->file.fd, &o->file.st, o->file.fs,
			  o->inner ? HELD_INSIDE : HELD_WAITING, HELD_UNLOCKED, o->h5->base);

	if (rc)
		return failure_no_entry(o, -rc);
	rc = sibling_has_it(o, version);
	if (rc || o->file.target == TARGET_OURS)
		return rc;
	o->file.lock = o->exclusive ? HELD_EXCLUSIVE : HELD_SHARED;
	rc = try(o, in_turn);
	if (rc == 0 && o->create && o->file.was_absent)
		return failure_created_meanwhile(o);
	if (rc == -EAGAIN)
		rc = busy(o, in_turn, version);
	if (rc == -ESTALE && lookup_replaced(o, &o->file.st))
		return AFRESH;
	if (rc < 0 && !o->failure.error) {
		o->file.lock = HELD_UNLOCKED;
		rc = weak_lock_none(o, o->file.fd, -rc);
	}
	if (!rc)
		rc = weak_lock_here(o, o->file.fs, o->file.fd, true);
	if (rc || o->file.target != TARGET_LOCKED)
		return rc;
	filesystem_forget_cache(o->file.fs, o->file.fd);
	weak_lock_stale(o, o->file.fs);
	held_change(o->file.fd, HELD_OPENING, o->file.lock);
	return o->inner ? 0 : sibling_goes_first(o, version);
}

enum { BIRTH_NS = 100000000, REMOTE_BIRTH_NS = 500000000 };
enum { LOOK_AGAIN_NS = 1000000, REMOTE_LOOK_AGAIN_NS = 20000000 };
#define BELIEVED_BIRTH_NS 4000000000
#define SLOWEST_NS	  15000000000

/* How long an empty file is looked at again.  A reader can't do anything with one, and its creator
 * may be preempted for long; but a program may well open its own empty file for writing (HDF5 makes
 * it one of its own), and is not kept so long, nor is one that has no patience.  A server that does
 * not give locks yet, because it has just been started, makes its creator wait as it does us, or
 * longer. */
static int64_t birth_ns(const struct opening *o)
{
	bool hurries = o->exclusive || !settings()->patience_ns;
	int64_t answered = o->file.answered < SLOWEST_NS ? o->file.answered : SLOWEST_NS;

	if (filesystem_is_local(o->file.fs))
		return hurries ? BIRTH_NS : NEWBORN_NS;
	if (o->file.fs->traits & FS_BELIEVES_SIZE)
		return BELIEVED_BIRTH_NS;
	return (hurries ? REMOTE_BIRTH_NS : NEWBORN_NS) + 2 * answered;
}

/* Between its creation and its lock, another process's file that is being born looks empty. */
static bool being_born(struct opening *o, int64_t *look_until)
{
	bool remote = o->file.fs->traits & FS_REMOTE;
	struct timespec moment = { .tv_nsec = remote ? REMOTE_LOOK_AGAIN_NS : LOOK_AGAIN_NS };
	int64_t now;

	if (o->create || !attempt_newborn(o))
		return false;
	now = monotonic_ns();
	if (!*look_until)
		*look_until = now + birth_ns(o);
	if (now >= *look_until)
		return false;
	lookup_keep_folder(o);
	held_drop(&o->file.fd);
	nanosleep(&moment, NULL);
	return true;
}

/* The file that this thread's last call gave up opening, or ino 0.  h5import (1.10.8) takes every
 * failed H5Fopen for a missing file and calls H5Fcreate with H5F_ACC_TRUNC, which would find the
 * file free a moment later, and empty it.  Later the number may be another file's. */
static _Thread_local struct {
	dev_t dev;
	ino_t ino;
	int64_t when;
} given_up;

static bool was_given_up(const struct opening *o)
{
	return o->create && given_up.ino == o->file.st.st_ino &&
	       given_up.dev == o->file.st.st_dev && monotonic_ns() - given_up.when < GIVEN_UP_NS;
}

static void note_given_up(const struct opening *o, int rc)
{
	bool gave_up = !o->create && (rc == -EAGAIN || rc == -EINTR);

	given_up.dev = gave_up ? o->file.st.st_dev : 0;
	given_up.ino = gave_up ? o->file.st.st_ino : 0;
	given_up.when = gave_up ? monotonic_ns() : 0;
}

/* Whoever had the lock last may have removed the file between our open and our lock; it may also
 * have filled it, so this looks again even where the lock was free at once. */
static bool removed(struct opening *o)
{
	return (fstat(o->file.fd, &o->file.st) || o->file.st.st_nlink == 0) &&
	       lookup_replaced(o, &o->file.st);
}

static int open_alone(struct opening *o)
{
	int fd = lookup_open_alone(o, o->file.writable ? O_RDWR : O_RDONLY);
	struct stat st;

	if (fd < 0)
		return 0;
	libc_close(o->file.fd);
	o->file.fd = fd;
	return fstat(fd, &st) || st.st_ino != o->file.st.st_ino ? AFRESH : 0;
}

/* One attempt: 0, AFRESH or the failure. */
static int once(struct opening *o, int64_t *look_until)
{
	int rc;

	o->file.writable = o->create || o->deletes || (o->call.flags & H5_RDWR);
	/* Never O_CREAT, never O_TRUNC: nothing is touched before it is locked. */
	o->file.fd = lookup_open(o, o->file.writable ? O_RDWR : O_RDONLY, 0);
	/* Who may not write a file may delete it all the same. */
	if (o->file.fd < 0 && o->deletes && errno != ENOENT) {
		o->file.writable = false;
		o->file.fd = lookup_open(o, O_RDONLY, 0);
	}
	if (!o->file.looked)
		o->file.was_absent = o->file.fd < 0 && errno == ENOENT;
	o->file.looked = true;
	if (o->file.fd < 0) {
		o->file.target = errno == ENOENT ? TARGET_ABSENT : TARGET_UNOPENABLE;
		return o->looks && errno == ENOENT ? looked_in_vain(o) : 0;
	}
	if (fstat(o->file.fd, &o->file.st)) {
		rc = failure_no_look(o, errno);
		held_drop(&o->file.fd);
		return rc;
	}
	if (!S_ISREG(o->file.st.st_mode)) {
		o->file.target = TARGET_PLAIN;
		return 0;
	}
	o->file.target = TARGET_LOCKED;
	o->file.fs = filesystem_of(o->file.fd, o->file.st.st_dev);
	rc = was_given_up(o) ? failure_given_up(o) : looked_and_found(o);
	if (!rc && o->looks && attempt_newborn(o))
		rc = looked_at_newborn(o);
	if (!rc && o->file.fs->traits & FS_CLOSES)
		rc = open_alone(o);
	if (!rc)
		rc = weak_lock_here(o, o->file.fs, o->file.fd, false);
	if (!rc)
		rc = lock(o);
	if (rc || o->file.target == TARGET_OURS) {
		held_drop(&o->file.fd);
		return rc;
	}
	if (removed(o)) {
		held_drop(&o->file.fd);
		return AFRESH;
	}
	return being_born(o, look_until) ? AFRESH : 0;
}

int attempt(struct opening *o)
{
	int64_t look_until = 0;
	int rc;

	/* O_EXCL tells if it is there by now, and then this is asked again. */
	if (o->create && !o->handed.rounds && looked_before(o)) {
		o->file.looked_at = looks_now();
		o->file.target = TARGET_ABSENT;
		return 0;
	}
	do
		rc = once(o, &look_until);
	while (rc == AFRESH);
	note_given_up(o, rc);
	return rc;
}
