/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/entries.h"

#include "system/process.h"

#include <errno.h>
#include <stdlib.h>

/* Descriptor numbers up to fs.nr_open's default of 2^20, in chunks that are made when needed and
 * stay: close() looks here without a lock. */
enum { CHUNK = 1024, CHUNKS = 1024 };

static struct entry *_Atomic chunks[CHUNKS];
static _Atomic int highest; /* one more than the highest number ever entered */
static _Atomic int entries;
static _Atomic int inside;    /* entries that are HELD_INSIDE */
static _Atomic int inherited; /* open entries that the process's parent had */
static _Atomic uint32_t tickets;

struct entry *entry_of(int fd)
{
	struct entry *chunk;

	if (fd < 0 || fd >= CHUNK * CHUNKS)
		return NULL;
	chunk = chunks[fd / CHUNK];
	return chunk ? &chunk[fd % CHUNK] : NULL;
}

static int change_state(struct entry *e, int state)
{
	int old = atomic_exchange(&e->state, state);

	if ((state == HELD_INSIDE) != (old == HELD_INSIDE))
		atomic_fetch_add(&inside, state == HELD_INSIDE ? 1 : -1);
	return old;
}

void entry_set_state(struct entry *e, int state)
{
	change_state(e, state);
}

bool entry_is_ours(const struct entry *e)
{
	return e->generation == process_generation();
}

bool entry_forget(struct entry *e)
{
	bool locked_open = entry_is_locked_open(e);

	if (change_state(e, HELD_NOT) == HELD_NOT)
		return false;
	atomic_fetch_sub(&entries, 1);
	/* The others are never inherited; and this is called while it is not yet clear who we are.
	 */
	if (locked_open && !entry_is_ours(e) && atomic_fetch_sub(&inherited, 1) == 1)
		process_is_no_heir();
	return true;
}

int entry_make_place(int fd)
{
	struct entry *chunk, *none = NULL;
	int index = fd / CHUNK, most = highest;

	if (index >= CHUNKS)
		return -EMFILE;
	if (!chunks[index]) {
		chunk = calloc(CHUNK, sizeof(*chunk));
		if (!chunk)
			return -ENOMEM;
		if (!atomic_compare_exchange_strong(&chunks[index], &none, chunk))
			free(chunk);
	}
	while (most < fd + 1 && !atomic_compare_exchange_weak(&highest, &most, fd + 1))
		;
	return 0;
}

void entry_renumber(struct entry *e)
{
	/* 0 is that of a place that never had an entry. */
	e->ticket = atomic_fetch_add(&tickets, 1) + 1;
}

void entry_fill(struct entry *e, const struct stat *st, const struct filesystem *fs, int lock,
		const void *library)
{
	entry_renumber(e);
	e->generation = process_generation();
	e->used = e->again = e->refused = 0;
	e->heirs = (struct heirs){ 0 };
	e->dev = st->st_dev;
	e->ino = st->st_ino;
	e->lock = lock;
	e->library = library;
	e->fs = fs;
	atomic_fetch_add(&entries, 1);
}

bool entry_is_locked_open(const struct entry *e)
{
	return e && e->state == HELD_OPEN && e->lock != HELD_UNLOCKED && e->lock != HELD_GUARDED;
}

bool entry_refers_to(int fd, dev_t dev, ino_t ino)
{
	struct stat st;

	/* Only that there is no such descriptor is an answer: who can't look does not forget. */
	if (fstat(fd, &st))
		return errno != EBADF;
	return st.st_dev == dev && st.st_ino == ino;
}

bool entry_still_true(int fd, struct held *h)
{
	struct entry *e = entry_of(fd);
	uint32_t ticket;

	if (!e || e->state == HELD_NOT)
		return false;
	ticket = e->ticket;
	h->fd = fd;
	h->state = e->state;
	h->lock = e->lock;
	h->inherited = !entry_is_ours(e);
	h->dev = e->dev;
	h->ino = e->ino;
	h->library = e->library;
	h->fs = e->fs;
	return h->state != HELD_NOT && e->ticket == ticket && entry_refers_to(fd, h->dev, h->ino);
}

int entries_end(void)
{
	return highest;
}

int entries_count(void)
{
	return entries;
}

int entries_inside(void)
{
	return inside;
}

void entries_inherited(int count)
{
	inherited = count;
}
