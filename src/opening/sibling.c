/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/sibling.h"

#include "hdf5/copies.h"
#include "lock/held.h"
#include "lock/inherited.h"
#include "lock/lock.h"
#include "opening/failure.h"
#include "opening/ongoing.h"
#include "opening/wait.h"
#include "system/proc.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AGAIN_NS = 1000000, MOST_LOOKS = 2000 };

/* HDF5 in a forked child shares the handle that it has had since before the fork(), but the lock on
 * that is the parent's.  So the descriptor behind a reader's handle becomes one with a lock of our
 * own; there must not be two writers with one handle each, nor anything that the parent has closed.
 * Unless the parent has left it to this process: then it has one handle, and the lock. */
static int take_over(struct opening *o, const struct held *h)
{
	if (h->lock == HELD_UNLOCKED || inherited_alone(h->fd))
		return 0;
	/* HDF5 1.8 remembers the position and does not seek again. */
	lseek(o->file.fd, lseek(h->fd, 0, SEEK_CUR), SEEK_SET);
	if ((fcntl(h->fd, F_GETFL) & O_ACCMODE) != O_RDONLY ||
	    lock_try(o->file.fs, o->file.fd, false, false) || !proc_shows_lock(h->fd) ||
	    dup3(o->file.fd, h->fd, O_CLOEXEC) < 0 ||
	    held_add(h->fd, &o->file.st, o->file.fs, HELD_OPEN, HELD_SHARED, h->library))
		return failure_inherited(o);
	held_moved(o->file.fd);
	return 0;
}

static bool is_opening(const struct held *h)
{
	return h->state == HELD_OPENING || h->state == HELD_HANDED;
}

/* Another thread has the lock already and is about to enter HDF5, which it can't before this one
 * has left it: its lock is let go, and it starts over.  Or it has left HDF5 and is through in a
 * moment. */
static int go_first(struct opening *o, const struct held *other)
{
	static const struct timespec moment = { .tv_nsec = LOOK_AGAIN_NS };
	struct held h = *other;

	for (int i = 0; i < MOST_LOOKS; i++) {
		if (h.state != HELD_OPENING || !held_revoke(h.fd, &o->file.st))
			nanosleep(&moment, NULL);
		if (!held_find(&o->file.st, o->file.fd, &h) || h.inherited || !is_opening(&h))
			return AFRESH;
	}
	return failure_held(o);
}

/* By another thread, or by this one, whose other opening goes on only when this one is over: HDF5
 * may have its descriptor already, or is to get another one. */
static int is_being_opened(struct opening *o, const struct held *h, uint32_t version)
{
	bool by_this_thread = ongoing_has(o, h->fd);
	int rc;

	if (o->inner && is_opening(h) && h->library == o->h5->base &&
	    !(by_this_thread && h->state == HELD_HANDED)) {
		rc = go_first(o, h);
		held_drop(&o->file.fd);
		return rc;
	}
	if (by_this_thread || wait_is_interrupted_for(&o->file.st))
		return failure_waits_here(o);
	held_drop(&o->file.fd);
	rc = wait_for_thread(o, version);
	return rc ? rc : AFRESH;
}

/* Another copy of HDF5 has nothing to share, nor has another driver; two readers with a lock each
 * don't mind. */
static int cannot_share(struct opening *o, const struct held *h)
{
	if (!o->exclusive && h->lock == HELD_SHARED)
		return 0;
	return copies_same_copy(h->library, o->h5->base) ? failure_two_drivers(o)
							 : failure_two_copies(o);
}

int sibling_has_it(struct opening *o, uint32_t version)
{
	struct held h;

	if (!held_find(&o->file.st, o->file.fd, &h))
		return 0;
	/* Of two readers none needs the other's lock; to defer could even deadlock, if this call
	 * comes from within HDF5 (H5Literate) and the other waits for HDF5's mutex. */
	if (is_opening(&h) && h.lock == HELD_SHARED && !o->exclusive)
		return 0;
	if (!h.inherited && h.state != HELD_OPEN)
		return is_being_opened(o, &h, version);
	/* HDF5 itself would delete it (1.12 to 2.2). */
	if (o->deletes)
		return failure_open_here(o);
	if (h.library != o->h5->base)
		return cannot_share(o, &h);
	/* HDF5 refuses to write what it has open to read.  In a stripped executable the reader may
	 * be the program itself, and HDF5 would write under its shared lock. */
	if (!o->h5->Fopen && o->exclusive && !h.inherited &&
	    (fcntl(h.fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return failure_own_reader(o);
	o->file.target = TARGET_OURS;
	return h.inherited ? take_over(o, &h) : 0;
}

int sibling_goes_first(struct opening *o, uint32_t version)
{
	struct held h;
	int rc;

	if (!held_any_inside() || !held_find(&o->file.st, o->file.fd, &h) ||
	    h.state != HELD_INSIDE || h.library != o->h5->base)
		return 0;
	held_drop(&o->file.fd);
	rc = wait_for_thread(o, version);
	return rc ? rc : AFRESH;
}
