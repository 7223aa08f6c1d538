/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/next.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The high bit of an entry in DT_VERSYM: a version that new programs are not linked to. */
enum { VERSION_HIDDEN = 0x8000 };

/* The dynamic symbols of a loaded object. */
struct symbols {
	Elf64_Addr base;
	const Elf64_Sym *table;
	const char *strings;
	const Elf64_Half *versions;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash;
};

struct search {
	const char *name;
	void *found;
};

/* The loader has added the base where it can write (not on RISC-V, nor in the vDSO).  What is
 * negative has none added, either: User-Mode Linux (6.1) has its vDSO linked for the kernel's half.
 */
static const void *at(Elf64_Addr base, Elf64_Addr address)
{
	return (const void *)((Elf64_Sxword)address < (Elf64_Sxword)base ? base + address
									 : address);
}

static void read_dynamic(struct symbols *s, const Elf64_Dyn *entry)
{
	for (; entry->d_tag != DT_NULL; entry++) {
		const void *there = at(s->base, entry->d_un.d_ptr);

		switch (entry->d_tag) {
		case DT_SYMTAB:
			s->table = there;
			break;
		case DT_STRTAB:
			s->strings = there;
			break;
		case DT_VERSYM:
			s->versions = there;
			break;
		case DT_GNU_HASH:
			s->gnu_hash = there;
			break;
		case DT_HASH:
			s->sysv_hash = there;
			break;
		}
	}
}

/* Takes the symbol if it is what is looked for.  Returns whether it need not look further. */
static bool take(const struct symbols *s, uint32_t i, struct search *search)
{
	const Elf64_Sym *symbol = &s->table[i];

	if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC ||
	    strcmp(s->strings + symbol->st_name, search->name))
		return false;
	if (s->versions && (s->versions[i] & VERSION_HIDDEN)) {
		if (!search->found)
			search->found = (void *)(s->base + symbol->st_value);
		return false;
	}
	search->found = (void *)(s->base + symbol->st_value);
	return true;
}

/* Of DT_GNU_HASH (binutils; "GNU Hash ELF Sections"): buckets, and chains that end with an odd
 * number. */
static void find_by_gnu_hash(const struct symbols *s, struct search *search)
{
	uint32_t hash = 5381, count = s->gnu_hash[0], first = s->gnu_hash[1];
	const uint32_t *buckets =
		s->gnu_hash + 4 + (size_t)s->gnu_hash[2] * (sizeof(Elf64_Addr) / 4);
	const uint32_t *chains = buckets + count;
	uint32_t i;

	for (const char *c = search->name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	i = count ? buckets[hash % count] : 0;
	if (i < first || !i)
		return;
	for (;; i++) {
		if ((chains[i - first] | 1) == (hash | 1) && take(s, i, search))
			return;
		if (chains[i - first] & 1)
			return;
	}
}

/* Of DT_HASH its second number is that of all symbols. */
static void find_among_all(const struct symbols *s, struct search *search)
{
	for (uint32_t i = 1; i < s->sysv_hash[1]; i++)
		if (take(s, i, search))
			return;
}

/* What has been loaded later is behind libc, and may be unloaded while we look. */
static bool is_libc(const struct link_map *object)
{
	const char *slash = strrchr(object->l_name, '/');

	return strcmp(slash ? slash + 1 : object->l_name, "libc.so.6") == 0;
}

static void look_into(const struct link_map *object, struct search *search)
{
	struct symbols s = { .base = object->l_addr };

	read_dynamic(&s, object->l_ld);
	if (!s.table || !s.strings)
		return;
	if (s.gnu_hash)
		find_by_gnu_hash(&s, search);
	else if (s.sysv_hash)
		find_among_all(&s, search);
}

void *next_function(const char *name)
{
	struct search search = { .name = name };
	const struct link_map *object = _r_debug.r_map;

	/* Our own object has our own dynamic section. */
	while (object && object->l_ld != _DYNAMIC)
		object = object->l_next;
	while (object && !is_libc(object) && !search.found) {
		object = object->l_next;
		if (object)
			look_into(object, &search);
	}
	return search.found;
}
