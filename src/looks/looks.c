/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/looks.h"

#include "system/hash.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A name goes to one of WAYS places: those of its last bytes, so that other names of one file are
 * beside it, and what Python's imports look for (400 names that end alike) is elsewhere.  There it
 * has the place that it had, or the oldest. */
enum { WAYS = 4, SETS = LOOKS_PLACES / WAYS };

/* A longer name, which programs hardly ever have, goes where others may soon come, too. */
enum { SHORT_WORDS = 23, LONG_WORDS = PATH_MAX / sizeof(uint64_t), LONG_NAMES = 64 };

/* Two threads that write here at once can mix their names up: the mark's hash tells. */
struct look {
	_Atomic int folder;
	_Atomic uint32_t children;	    /* how many had ended */
	_Atomic uint64_t dev, ino;	    /* of the descriptor FOLDER */
	_Atomic uint64_t name[SHORT_WORDS]; /* with a NUL; empty: among the long ones */
};

/* In one page, or two: after a system call each costs. */
static struct set {
	/* Half of a name's hash, and in the low half the time of the look; 0: nothing. */
	_Atomic uint64_t marks[WAYS];
	struct look looks[WAYS];
} sets[SETS];

static _Atomic uint64_t long_names[LONG_NAMES][LONG_WORDS];

_Atomic uint32_t looks_last;

/* A bit for each 64th of all ends of names that were ever looked for in vain: most programs have
 * few, and what ends otherwise need not be searched for. */
static _Atomic uint64_t ends;

/* How often children of this process have ended. */
static _Atomic uint32_t children;

/* --- places ---------------------------------------------------------------------------------- */

static uint64_t hash_of_name(int folder, const char *name, size_t length)
{
	return hash_name(*name == '/' ? 1 : (uint64_t)(uint32_t)folder, name, length);
}

static struct set *set_of(const char *name, size_t length)
{
	return &sets[hash_end(name, length) % SETS];
}

static uint64_t end_bit(uint32_t end)
{
	return 1ULL << (end >> 26);
}

static uint64_t load(_Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void store(_Atomic uint64_t *number, uint64_t value)
{
	atomic_store_explicit(number, value, memory_order_relaxed);
}

static uint32_t load_half(_Atomic uint32_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static uint64_t tag(uint64_t hash)
{
	return hash & 0xffffffff00000000;
}

static bool has_tag(uint64_t mark, uint64_t hash)
{
	return mark && tag(mark) == tag(hash);
}

/* How long before WHEN that was; looks_folder_changes() may write one that is older than others. */
static uint32_t age_of(uint64_t mark, uint32_t when)
{
	return mark ? when + LOOKS_LAST_MS - (uint32_t)mark : UINT32_MAX;
}

/* The place in SET that the name has, or -1. */
static int place_of(struct set *set, uint64_t hash)
{
	for (int i = 0; i < WAYS; i++)
		if (has_tag(load(&set->marks[i]), hash))
			return i;
	return -1;
}

/* That which is to be given up for it. */
static int place_for(struct set *set, uint32_t when)
{
	int oldest = 0;

	for (int i = 1; i < WAYS; i++)
		if (age_of(load(&set->marks[i]), when) > age_of(load(&set->marks[oldest]), when))
			oldest = i;
	return oldest;
}

static _Atomic uint64_t *long_name(uint64_t mark)
{
	return long_names[(mark >> 32) % LONG_NAMES];
}

static void write_words(_Atomic uint64_t *to, const char *name, size_t length)
{
	uint64_t word;

	for (; length >= sizeof(word); name += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, name, sizeof(word));
		store(to++, word);
	}
	word = 0;
	memcpy(&word, name, length);
	store(to, word);
}

static void write_name(struct look *look, uint64_t mark, const char *name, size_t length)
{
	_Atomic uint64_t *to = look->name;

	if (length >= sizeof(look->name)) {
		store(to, 0);
		to = long_name(mark);
	}
	write_words(to, name, length);
}

static void write_folder(struct look *look, int folder)
{
	int saved_errno = errno;
	struct stat st;

	if (fstat(folder, &st) == 0) {
		store(&look->dev, st.st_dev);
		store(&look->ino, st.st_ino);
	}
	errno = saved_errno;
}

/* A new name, or one whose folder may be another one than before. */
static int enter(struct set *set, uint64_t mark, int folder, const char *name, size_t length)
{
	int place = place_of(set, mark);
	struct look *look;

	atomic_fetch_or_explicit(&ends, end_bit(hash_end(name, length)), memory_order_relaxed);
	if (place < 0)
		place = place_for(set, (uint32_t)mark);
	look = &set->looks[place];
	if (*name == '/')
		folder = LOOKS_ABSOLUTE;
	if (folder >= 0)
		write_folder(look, folder);
	atomic_store_explicit(&look->folder, folder, memory_order_relaxed);
	write_name(look, mark, name, length);
	return place;
}

static void remember(int folder, const char *name, uint32_t when)
{
	size_t length = strlen(name);
	uint64_t mark = tag(hash_of_name(folder, name, length)) | when;
	struct set *set = set_of(name, length);
	int place = -1;

	if (length >= PATH_MAX)
		return;
	if (length < sizeof(set->looks[0].name) && folder < 0)
		place = place_of(set, mark);
	if (place < 0)
		place = enter(set, mark, folder, name, length);
	atomic_store_explicit(&set->looks[place].children, load_half(&children),
			      memory_order_relaxed);
	atomic_store_explicit(&set->marks[place], mark, memory_order_release);
}

/* --- looks ----------------------------------------------------------------------------------- */

int64_t looks_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void looks_missed(int folder, const char *name)
{
	uint32_t now = (uint32_t)looks_now();

	if (!*name)
		return;
	/* 0 is none. */
	now += !now;
	remember(folder, name, now);
	atomic_store_explicit(&looks_last, now, memory_order_relaxed);
}

static bool is_recent(uint32_t when, uint32_t now)
{
	return when && now - when <= LOOKS_LAST_MS;
}

bool looks_recently(uint32_t now)
{
	uint32_t last = load_half(&looks_last);

	/* Another thread may have looked since. */
	return last && (int32_t)(now - last) <= LOOKS_LAST_MS;
}

void looks_forget(void)
{
	atomic_fetch_add_explicit(&children, 1, memory_order_relaxed);
}

static void read_words(char *to, _Atomic uint64_t *name, int words)
{
	for (int i = 0; i < words; i++) {
		uint64_t word = load(&name[i]);

		memcpy(to + (size_t)i * sizeof(word), &word, sizeof(word));
	}
	to[(size_t)words * sizeof(uint64_t) - 1] = 0;
}

bool looks_read(int i, uint32_t now, struct looks_entry *entry)
{
	struct set *set = &sets[i / WAYS];
	uint64_t mark = atomic_load_explicit(&set->marks[i % WAYS], memory_order_acquire);
	struct look *look = &set->looks[i % WAYS];

	if (!is_recent((uint32_t)mark, now) || load_half(&look->children) != load_half(&children))
		return false;
	entry->when = (uint32_t)mark;
	entry->folder = atomic_load_explicit(&look->folder, memory_order_relaxed);
	entry->dev = load(&look->dev);
	entry->ino = load(&look->ino);
	read_words(entry->name, look->name, SHORT_WORDS);
	if (!*entry->name)
		read_words(entry->name, long_name(mark), LONG_WORDS);
	return has_tag(mark, hash_of_name(entry->folder, entry->name, strlen(entry->name)));
}

/* Whether what is at NAME now was looked for by the name at place I. */
static bool is_same_file(int i, int folder, const char *name)
{
	struct stat here, there;
	struct looks_entry entry;

	return looks_read(i, load_half(&looks_last), &entry) &&
	       libc_fstatat(folder, name, &here, 0) == 0 &&
	       libc_fstatat(entry.folder, entry.name, &there, 0) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* What has the same last part is probably another name of the file. */
static void found_at(struct set *set, int i, int folder, const char *name)
{
	uint64_t hash = hash_of_name(folder, name, strlen(name));
	int saved_errno = errno;

	if (has_tag(load(&set->marks[i]), hash) ||
	    is_same_file((int)(set - sets) * WAYS + i, folder, name))
		store(&set->marks[i], 0);
	errno = saved_errno;
}

void looks_found(int folder, const char *name)
{
	uint32_t end = hash_end(name, strlen(name)), last = load_half(&looks_last);
	struct set *set = &sets[end % SETS];

	if (!(load(&ends) & end_bit(end)))
		return;
	for (int i = 0; i < WAYS; i++)
		if (is_recent((uint32_t)load(&set->marks[i]), last))
			found_at(set, i, folder, name);
}

/* What was looked for by a relative name is from now on what was looked for by the absolute one. */
void looks_folder_changes(void)
{
	char path[2 * PATH_MAX], folder[PATH_MAX];
	uint32_t now = (uint32_t)looks_now();
	int saved_errno = errno;
	struct looks_entry entry;

	if (!looks_recently(now))
		return;
	if (!getcwd(folder, sizeof(folder)))
		folder[0] = 0;
	for (int i = 0; i < LOOKS_PLACES; i++) {
		if (!looks_read(i, now, &entry) || entry.folder != AT_FDCWD)
			continue;
		store(&sets[i / WAYS].marks[i % WAYS], 0);
		snprintf(path, sizeof(path), "%s/%s", folder, entry.name);
		if (*folder)
			remember(AT_FDCWD, path, entry.when);
	}
	errno = saved_errno;
}
