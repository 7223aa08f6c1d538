/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of held descriptors, a place for each number: what held.c and inherited.c share. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "lock/filesystem.h"
#include "lock/heirs.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum held_state {
	HELD_NOT,     /* free */
	HELD_WAITING, /* a thread of this process waits for the file's lock */
	HELD_INSIDE,  /* it waits within HDF5, whose mutex it has */
	HELD_OPENING, /* it has the lock, and HDF5 is about to open the file */
	HELD_HANDED,  /* HDF5 has the descriptor, but is not through with opening the file */
	HELD_OPEN,    /* HDF5 has the file open */
	HELD_REVOKED  /* it had the lock: see held_revoke() */
};

/* What a descriptor is held with. */
enum held_lock {
	HELD_UNLOCKED, /* nothing: LOCKEDH5_NOLOCKS=pass */
	HELD_SHARED,
	HELD_EXCLUSIVE,
	HELD_GUARDED /* an exclusive lock of the program's own, on another descriptor: guard.h */
};

struct held {
	enum held_state state;
	enum held_lock lock;
	int fd;
	bool inherited; /* it is the entry of the process that forked us */
	dev_t dev;
	ino_t ino;
	const void *library; /* which copy of libhdf5: struct hdf5's base */
	const struct filesystem *fs;
};

/* A thread may look at an entry while another one makes a new one of it, with the same number.  So
 * each member is atomic; the ticket, which no two entries share, is entered first, and whoever has
 * copied an entry looks whether it is still the same. */
struct entry {
	_Atomic int state;
	_Atomic int lock;
	_Atomic uint32_t ticket;     /* the order in which entries were made */
	_Atomic uint32_t generation; /* of the process that made it */
	_Atomic uint32_t used;	     /* of the last one that used it without having made it, */
	_Atomic uint32_t again;	     /* of the last one that took its lock again for that, */
	_Atomic uint32_t refused;    /* and of the last one that may not use it */
	_Atomic dev_t dev;
	_Atomic ino_t ino;
	const void *_Atomic library;
	const struct filesystem *_Atomic fs;
	_Atomic bool leaving; /* forgotten, but its lock is only about to be let go */
	_Atomic struct heirs heirs;
};

/* All of these are for any thread, and all but the second are async-signal-safe. */

/* The place of FD, or NULL if there has never been one. */
struct entry *entry_of(int fd);
/* Makes sure that there is a place for FD.  Returns 0, -EMFILE if the number is beyond what the
 * table can hold, or -ENOMEM. */
int entry_make_place(int fd);
/* Fills in a place that is free, for the file that *ST describes, on FS, but for the state, which
 * comes last. */
void entry_fill(struct entry *e, const struct stat *st, const struct filesystem *fs, int lock,
		const void *library);
/* Gives the place the next ticket: whoever has looked at it before sees that. */
void entry_renumber(struct entry *e);
/* Sets the state of an entry, one that is not HELD_NOT. */
void entry_set_state(struct entry *e, int state);
/* Makes the place free.  Returns whether it was not. */
bool entry_forget(struct entry *e);

/* Whether this process has made it. */
bool entry_is_ours(const struct entry *e);
/* Whether it is that of a file that HDF5 has open under a lock of ours; E may be NULL. */
bool entry_is_locked_open(const struct entry *e);
/* Whether FD refers to that file: the number may be closed by now, or be another file. */
bool entry_refers_to(int fd, dev_t dev, ino_t ino);
/* Fills *H with a copy of FD's entry, if the descriptor still refers to the file that it did. */
bool entry_still_true(int fd, struct held *h);

/* One more than the highest number that ever had an entry; how many have one now; how many of these
 * are HELD_INSIDE. */
int entries_end(void);
int entries_count(void);
int entries_inside(void);
/* In a new child: how many of them are its parent's. */
void entries_inherited(int count);

#endif
