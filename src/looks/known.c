/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/known.h"

#include "looks/looks.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/sysmacros.h>

enum { PLACES = 1024 };

/* A file, by whatever name.  Its birth in nanoseconds tells it from one that has got the number of
 * a file that was removed: ext4 and tmpfs give them away at once; 0 where the kernel does not tell,
 * or was not asked. */
struct file {
	dev_t dev;
	ino_t ino;
	int64_t born;
};

/* Of a file: half of its hash, and in the low half the last look before. */
static _Atomic uint64_t places[PLACES];

static uint64_t hash_of(const struct file *file)
{
	uint64_t number = file->ino ^ (uint64_t)file->dev << 40 ^ (uint64_t)file->born << 20;
	uint64_t hash = number * 0x9e3779b97f4a7c15;

	return hash ^ hash >> 32;
}

static void add(const struct file *file)
{
	uint32_t last = atomic_load_explicit(&looks_last, memory_order_relaxed);
	uint64_t hash = hash_of(file);

	atomic_store_explicit(&places[hash % PLACES], (hash & 0xffffffff00000000) | last,
			      memory_order_relaxed);
}

static bool has_since(const struct file *file, uint32_t when)
{
	uint64_t hash = hash_of(file);
	uint64_t there = atomic_load_explicit(&places[hash % PLACES], memory_order_relaxed);

	return there && there >> 32 == hash >> 32 && (int32_t)((uint32_t)there - when) >= 0;
}

void known_seen(const struct stat *st)
{
	struct file file = { .dev = st->st_dev, .ino = st->st_ino };

	if (S_ISREG(st->st_mode))
		add(&file);
}

static int look_at(int folder, const char *name, int flags, struct file *file)
{
	struct statx st;

	if (libc_statx(folder, name, flags, STATX_TYPE | STATX_INO | STATX_BTIME, &st))
		return -errno;
	*file = (struct file){ .dev = makedev(st.stx_dev_major, st.stx_dev_minor),
			       .ino = st.stx_ino };
	if (st.stx_mask & STATX_BTIME)
		file->born = st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
	return S_ISREG(st.stx_mode) ? 0 : -EINVAL;
}

static void made(int folder, const char *name, int flags)
{
	int saved_errno = errno;
	struct file file;

	if (looks_recently((uint32_t)looks_now()) && look_at(folder, name, flags, &file) == 0)
		add(&file);
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

bool known_since(int fd, const struct stat *st, uint32_t when)
{
	struct file file = { .dev = st->st_dev, .ino = st->st_ino };
	int saved_errno = errno;
	bool known = has_since(&file, when) ||
		     (look_at(fd, "", AT_EMPTY_PATH, &file) == 0 && has_since(&file, when));

	errno = saved_errno;
	return known;
}
