/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/hash.h"

#include <endian.h>
#include <string.h>

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

uint64_t hash_name(uint64_t hash, const char *name, size_t length)
{
	const char *end = name + length;

	for (; (size_t)(end - name) >= sizeof(hash); name += sizeof(hash)) {
		hash = (hash ^ word_at(name)) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	hash = (hash ^ rest(end, length)) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* The bytes of WORD behind its last slash. */
static uint64_t behind_slash(uint64_t word)
{
	static const uint64_t low = 0x7f7f7f7f7f7f7f7f;
	uint64_t other = word ^ 0x2f2f2f2f2f2f2f2f;
	uint64_t slashes = ~(((other & low) + low) | other | low);
	int bits = slashes ? 64 - __builtin_clzll(slashes) : 0;

	return bits == 64 ? 0 : word >> bits;
}

uint32_t hash_end(const char *name, size_t length)
{
	const char *end = name + length;
	uint64_t word = length < sizeof(word) ? rest(end, length) : word_at(end - sizeof(word));

	return (uint32_t)(behind_slash(word) * 0x9e3779b97f4a7c15 >> 32);
}
