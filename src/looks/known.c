/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/known.h"

#include "looks/looks.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/sysmacros.h>

enum { PLACES = 256 };

/* A file, by whatever name.  All in one page, or two: after a system call each costs. */
static struct {
	/* Half of the file's hash, and in the low half the last look before. */
	_Atomic uint64_t mark;
	/* When it was last changed, then.  A file that was born later has only got the number of
	 * one that was removed: ext4 and tmpfs give them away at once. */
	_Atomic int64_t changed;
} places[PLACES];

static uint64_t hash_of(dev_t dev, ino_t ino)
{
	uint64_t hash = (ino ^ (uint64_t)dev << 40) * 0x9e3779b97f4a7c15;

	return hash ^ hash >> 32;
}

static void known_add(dev_t dev, ino_t ino, int64_t changed)
{
	uint32_t last = atomic_load_explicit(&looks_last, memory_order_relaxed);
	uint64_t hash = hash_of(dev, ino);

	atomic_store_explicit(&places[hash % PLACES].changed, changed, memory_order_relaxed);
	atomic_store_explicit(&places[hash % PLACES].mark, (hash & 0xffffffff00000000) | last,
			      memory_order_relaxed);
}

void known_seen(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		known_add(st->st_dev, st->st_ino,
			  nanoseconds(st->st_ctim.tv_sec, st->st_ctim.tv_nsec));
}

static void made(int folder, const char *name, int flags)
{
	int saved_errno = errno;
	struct statx st;

	if (looks_recently((uint32_t)looks_now()) &&
	    libc_statx(folder, name, flags, STATX_BASIC_STATS, &st) == 0 && S_ISREG(st.stx_mode))
		known_add(makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino,
			  nanoseconds(st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec));
	errno = saved_errno;
}

void known_made(int fd)
{
	made(fd, "", AT_EMPTY_PATH);
}

void known_made_name(int folder, const char *name)
{
	made(folder, name, 0);
}

/* Where the file system does not know, the number has to do. */
static bool was_born_by(int fd, int64_t changed)
{
	int64_t born;

	return !libc_born(fd, &born) || born <= changed;
}

bool known_since(int fd, const struct stat *st, uint32_t when)
{
	uint64_t hash = hash_of(st->st_dev, st->st_ino);
	uint64_t mark = atomic_load_explicit(&places[hash % PLACES].mark, memory_order_relaxed);
	int64_t changed =
		atomic_load_explicit(&places[hash % PLACES].changed, memory_order_relaxed);

	return mark && mark >> 32 == hash >> 32 && (int32_t)((uint32_t)mark - when) >= 0 &&
	       was_born_by(fd, changed);
}
