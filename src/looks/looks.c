/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/looks.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A name goes to one of WAYS places, those of its hash: the one that it has already, or the oldest.
 * So it outlasts what Python's imports look for (400 names), and most of what many threads do. */
enum { WAYS = 4, SETS = LOOKS_PLACES / WAYS, WORDS = LOOKS_NAME_BYTES / sizeof(uint64_t) };

/* The folder of an absolute name, also of one that is too long to be kept. */
enum { NONE = -1 };

/* Half of the name's hash, and in the low half the time of the look; 0: nothing.  All of a set
 * together, for that is what each look reads. */
static _Atomic uint64_t marks[LOOKS_PLACES];

/* Two threads that write here at once can mix their names up: the mark's hash tells. */
static struct look {
	_Atomic int folder;
	_Atomic uint32_t children;    /* how many had ended */
	_Atomic uint64_t name[WORDS]; /* with a NUL; empty: too long */
} looks[LOOKS_PLACES];

_Atomic uint32_t looks_last;

/* How often children of this process have ended. */
static _Atomic uint32_t children;

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

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* In words: what this takes is added to each look of each program. */
static uint64_t hash_of(int folder, const char *name, size_t length)
{
	uint64_t hash = *name == '/' ? 1 : (uint64_t)(uint32_t)folder;
	const char *end = name + length;

	for (; (size_t)(end - name) >= sizeof(hash); name += sizeof(hash))
		hash = mix(hash, word_at(name));
	return mix(hash, rest(end, length));
}

static uint64_t load(_Atomic uint64_t *mark)
{
	return atomic_load_explicit(mark, memory_order_relaxed);
}

static uint32_t load_half(_Atomic uint32_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static uint64_t tag(uint64_t hash)
{
	return hash & 0xffffffff00000000;
}

int64_t looks_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool has_tag(uint64_t mark, uint64_t hash)
{
	return mark && tag(mark) == tag(hash);
}

/* The place that the name has, or -1. */
static int place_of(uint64_t hash)
{
	int first = (int)(hash % SETS) * WAYS;

	for (int i = first; i < first + WAYS; i++)
		if (has_tag(load(&marks[i]), hash))
			return i;
	return -1;
}

/* How long before WHEN that was; looks_folder_changes() may write one that is older than others. */
static uint32_t age_of(uint64_t mark, uint32_t when)
{
	return mark ? when + LOOKS_LAST_MS - (uint32_t)mark : UINT32_MAX;
}

/* That which is to be given up for it. */
static int place_for(uint64_t hash, uint32_t when)
{
	int first = (int)(hash % SETS) * WAYS, oldest = first;

	for (int i = first + 1; i < first + WAYS; i++)
		if (age_of(load(&marks[i]), when) > age_of(load(&marks[oldest]), when))
			oldest = i;
	return oldest;
}

static void write_word(_Atomic uint64_t *to, uint64_t word)
{
	atomic_store_explicit(to, htole64(word), memory_order_relaxed);
}

static void write_name(struct look *look, const char *name, size_t length)
{
	_Atomic uint64_t *to = look->name;
	const char *end;

	if (length >= sizeof(look->name))
		length = 0;
	end = name + length;
	for (; (size_t)(end - name) >= sizeof(uint64_t); name += sizeof(uint64_t))
		write_word(to++, word_at(name));
	write_word(to, rest(end, length));
}

static void remember(int folder, const char *name, uint32_t when)
{
	size_t length = strlen(name);
	uint64_t hash = hash_of(folder, name, length);
	int place = place_of(hash);

	if (place < 0) {
		place = place_for(hash, when);
		atomic_store_explicit(&looks[place].folder, *name == '/' ? NONE : folder,
				      memory_order_relaxed);
		write_name(&looks[place], name, length);
	}
	atomic_store_explicit(&looks[place].children, load_half(&children), memory_order_relaxed);
	atomic_store_explicit(&marks[place], tag(hash) | when, memory_order_release);
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

void looks_found(int folder, const char *name)
{
	int place = place_of(hash_of(folder, name, strlen(name)));

	if (place >= 0)
		atomic_store_explicit(&marks[place], 0, memory_order_relaxed);
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

static void read_name(struct look *look, char name[LOOKS_NAME_BYTES])
{
	for (size_t i = 0; i < WORDS; i++) {
		uint64_t word = load(&look->name[i]);

		memcpy(name + i * sizeof(word), &word, sizeof(word));
	}
	name[LOOKS_NAME_BYTES - 1] = 0;
}

bool looks_read(int i, uint32_t now, struct looks_entry *entry)
{
	uint64_t mark = atomic_load_explicit(&marks[i], memory_order_acquire);
	struct look *look = &looks[i];

	if (!is_recent((uint32_t)mark, now) || load_half(&look->children) != load_half(&children))
		return false;
	entry->mark = mark;
	entry->when = (uint32_t)mark;
	entry->folder = atomic_load_explicit(&look->folder, memory_order_relaxed);
	read_name(look, entry->name);
	return !*entry->name || looks_is_name(entry, entry->folder, entry->name);
}

bool looks_is_name(const struct looks_entry *entry, int folder, const char *name)
{
	return has_tag(entry->mark, hash_of(folder, name, strlen(name)));
}

static void remember_in(const char *folder, const char *name, uint32_t when)
{
	char path[PATH_MAX + 1 + LOOKS_NAME_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	remember(AT_FDCWD, path, when);
}

/* What was looked for by a relative name is from now on what was looked for by the absolute one. */
void looks_folder_changes(void)
{
	uint32_t now = (uint32_t)looks_now();
	int saved_errno = errno;
	struct looks_entry entry;
	char folder[PATH_MAX];

	if (!looks_recently(now))
		return;
	if (!getcwd(folder, sizeof(folder)))
		folder[0] = 0;
	for (int i = 0; i < LOOKS_PLACES; i++) {
		if (!looks_read(i, now, &entry) || entry.folder != AT_FDCWD)
			continue;
		atomic_store_explicit(&marks[i], 0, memory_order_relaxed);
		if (*folder && *entry.name)
			remember_in(folder, entry.name, entry.when);
	}
	errno = saved_errno;
}
