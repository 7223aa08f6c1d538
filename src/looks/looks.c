/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/looks.h"

#include "system/names.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A name goes to one of WAYS places: those of its last part, so that other names of one file are
 * beside it.  There it has the place that it had, or the oldest. */
enum { WAYS = 4, SETS = LOOKS_PLACES / WAYS };

/* A longer name, which programs hardly ever have, goes where others may soon come, too. */
enum { SHORT_WORDS = 23, LONG_WORDS = PATH_MAX / sizeof(uint64_t), LONG_NAMES = 16 };

/* Half of the name's hash, and in the low half the time of the look; 0: nothing.  All of a set
 * together, for that is what each look reads. */
static _Atomic uint64_t marks[LOOKS_PLACES];

/* Two threads that write here at once can mix their names up: the mark's hash tells. */
static struct look {
	_Atomic int folder;
	_Atomic uint32_t children;	    /* how many had ended */
	_Atomic uint64_t dev, ino;	    /* of the descriptor FOLDER */
	_Atomic uint64_t name[SHORT_WORDS]; /* with a NUL; empty: among the long ones */
} looks[LOOKS_PLACES];

static _Atomic uint64_t long_names[LONG_NAMES][LONG_WORDS];

_Atomic uint32_t looks_last;

/* How often children of this process have ended. */
static _Atomic uint32_t children;

/* --- hashes ---------------------------------------------------------------------------------- */

static uint64_t word_at(const char *name)
{
	uint64_t word;

	memcpy(&word, name, sizeof(word));
	return le64toh(word);
}

/* The last LENGTH % 8 bytes of a name that ends at END, in the low bytes. */
static uint64_t rest(const char *end, size_t length)
{
	size_t bytes = length % sizeof(uint64_t);
	uint64_t word = 0;

	if (bytes && length > bytes)
		return word_at(end - sizeof(word)) >> 8 * (sizeof(word) - bytes);
	while (bytes--)
		word = word << 8 | (unsigned char)*--end;
	return word;
}

/* In words: what this takes is added to each look of each program. */
static uint64_t hash_of(uint64_t hash, const char *name, size_t length)
{
	const char *end = name + length;

	for (; (size_t)(end - name) >= sizeof(hash); name += sizeof(hash)) {
		hash = (hash ^ word_at(name)) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	hash = (hash ^ rest(end, length)) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

static uint64_t hash_of_name(int folder, const char *name, size_t length)
{
	return hash_of(*name == '/' ? 1 : (uint64_t)(uint32_t)folder, name, length);
}

static const char *last_part(const char *name, size_t length)
{
	const char *slash = memrchr(name, '/', length);

	return slash ? slash + 1 : name;
}

/* The first place of those for NAME. */
static int set_of(const char *name, size_t length)
{
	const char *part = last_part(name, length);

	return (int)(hash_of(0, part, (size_t)(name + length - part)) % SETS) * WAYS;
}

/* --- places ---------------------------------------------------------------------------------- */

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

/* The place from FIRST on that the name has, or the one that is to be given up for it. */
static int place_for(int first, uint64_t hash, uint32_t when)
{
	int oldest = first;

	for (int i = first; i < first + WAYS; i++) {
		if (has_tag(load(&marks[i]), hash))
			return i;
		if (age_of(load(&marks[i]), when) > age_of(load(&marks[oldest]), when))
			oldest = i;
	}
	return oldest;
}

static _Atomic uint64_t *long_name(uint64_t mark)
{
	return long_names[(mark >> 32) % LONG_NAMES];
}

static void write_words(_Atomic uint64_t *to, const char *name, size_t length)
{
	const char *end = name + length;

	for (; (size_t)(end - name) >= sizeof(uint64_t); name += sizeof(uint64_t))
		store(to++, htole64(word_at(name)));
	store(to, htole64(rest(end, length)));
}

static void write_name(int place, uint64_t mark, const char *name, size_t length)
{
	_Atomic uint64_t *to = looks[place].name;

	if (length >= sizeof(looks[place].name)) {
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

static void remember(int folder, const char *name, uint32_t when)
{
	size_t length = strlen(name);
	uint64_t hash = hash_of_name(folder, name, length);
	uint64_t mark = tag(hash) | when;
	int place = place_for(set_of(name, length), hash, when);
	struct look *look = &looks[place];

	if (*name == '/')
		folder = LOOKS_ABSOLUTE;
	if (length >= PATH_MAX)
		return;
	if (folder >= 0)
		write_folder(look, folder);
	if (!has_tag(load(&marks[place]), hash) || length >= sizeof(look->name)) {
		atomic_store_explicit(&look->folder, folder, memory_order_relaxed);
		write_name(place, mark, name, length);
	}
	atomic_store_explicit(&look->children, load_half(&children), memory_order_relaxed);
	atomic_store_explicit(&marks[place], mark, memory_order_release);
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
	uint64_t mark = atomic_load_explicit(&marks[i], memory_order_acquire);
	struct look *look = &looks[i];

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
	struct looks_entry entry;
	struct stat here, there;

	return looks_read(i, load_half(&looks_last), &entry) &&
	       !strcmp(last_part(name, strlen(name)), last_part(entry.name, strlen(entry.name))) &&
	       libc_fstatat(folder, name, &here, 0) == 0 &&
	       libc_fstatat(entry.folder, entry.name, &there, 0) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Other names of a file mostly differ by their folders. */
void looks_found(int folder, const char *name)
{
	size_t length = strlen(name);
	int first = set_of(name, length), saved_errno = errno;
	uint32_t last = load_half(&looks_last);

	for (int i = first; i < first + WAYS; i++) {
		uint64_t mark = load(&marks[i]);

		if (is_recent((uint32_t)mark, last) &&
		    (has_tag(mark, hash_of_name(folder, name, length)) ||
		     is_same_file(i, folder, name)))
			store(&marks[i], 0);
	}
	errno = saved_errno;
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
		store(&marks[i], 0);
		snprintf(path, sizeof(path), "%s/%s", folder, entry.name);
		if (*folder)
			remember(AT_FDCWD, path, entry.when);
	}
	errno = saved_errno;
}
