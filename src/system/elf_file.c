/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/elf_file.h"

#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Our own header, which the linker gives this name: what this machine's files look like. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/* --- reading within bounds ------------------------------------------------------------------ */

static bool is_inside(const struct elf *elf, uint64_t offset, uint64_t size)
{
	return offset <= elf->size && size <= elf->size - offset;
}

/* As long as the file is mapped. */
static const char *piece(const struct elf *elf, uint64_t offset, uint64_t size)
{
	return is_inside(elf, offset, size) ? elf->bytes + offset : NULL;
}

int elf_read(const struct elf *elf, uint64_t offset, void *to, size_t size)
{
	ssize_t n;

	if (!is_inside(elf, offset, size))
		return -ENODATA;
	if (elf->bytes) {
		memcpy(to, elf->bytes + offset, size);
		return 0;
	}
	n = libc_pread(elf->fd, to, size, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENODATA;
}

/* A string that ends inside the file; else NULL. */
static const char *string_at(const struct elf *elf, uint64_t offset)
{
	if (offset >= elf->size || !memchr(elf->bytes + offset, 0, elf->size - offset))
		return NULL;
	return elf->bytes + offset;
}

static int read_header(struct elf *elf)
{
	const unsigned char *its = elf->header.e_ident, *ours = __ehdr_start.e_ident;
	struct stat st;

	if (fstat(elf->fd, &st))
		return -errno;
	elf->size = (size_t)st.st_size;
	if (!S_ISREG(st.st_mode) || elf_read(elf, 0, &elf->header, sizeof(elf->header)) ||
	    memcmp(its, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (its[EI_CLASS] != ours[EI_CLASS] || its[EI_DATA] != ours[EI_DATA] ||
	    elf->header.e_machine != __ehdr_start.e_machine)
		return -EXDEV;
	return 0;
}

int elf_open_unmapped(struct elf *elf, const char *path)
{
	int rc;

	*elf = (struct elf){ .fd = libc_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
					     0) };
	if (elf->fd < 0)
		return -errno;
	rc = read_header(elf);
	if (rc)
		elf_close(elf);
	return rc;
}

static int map(struct elf *elf)
{
	void *bytes = mmap(NULL, elf->size, PROT_READ, MAP_PRIVATE, elf->fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	elf->bytes = bytes;
	libc_close(elf->fd);
	return 0;
}

int elf_open(struct elf *elf, const char *path)
{
	int rc = elf_open_unmapped(elf, path);

	if (rc)
		return rc;
	rc = map(elf);
	if (rc)
		elf_close(elf);
	return rc;
}

void elf_close(struct elf *elf)
{
	if (elf->bytes)
		munmap((void *)elf->bytes, elf->size);
	else
		libc_close(elf->fd);
}

/* --- program headers ------------------------------------------------------------------------ */

/* The next program header of this TYPE, from the Nth of all on. */
static bool next_header(const struct elf *elf, unsigned int type, size_t *n, Elf64_Phdr *found)
{
	while (*n < elf->header.e_phnum) {
		if (elf_read(elf, elf->header.e_phoff + (*n)++ * sizeof(*found), found,
			     sizeof(*found)))
			return false;
		if (found->p_type == type)
			return true;
	}
	return false;
}

static bool first_header(const struct elf *elf, unsigned int type, Elf64_Phdr *found)
{
	return next_header(elf, type, &(size_t){ 0 }, found);
}

bool elf_is_whole(const struct elf *elf)
{
	bool something = false;
	Elf64_Phdr header;
	size_t n = 0;

	while (next_header(elf, PT_LOAD, &n, &header)) {
		if (!is_inside(elf, header.p_offset, header.p_filesz))
			return false;
		something = true;
	}
	return something;
}

const char *elf_interpreter(const struct elf *elf)
{
	Elf64_Phdr header;

	return first_header(elf, PT_INTERP, &header) ? string_at(elf, header.p_offset) : NULL;
}

/* Where in the file the byte is that is at this ADDRESS in memory; beyond its end if nowhere. */
static uint64_t offset_of(const struct elf *elf, Elf64_Addr address)
{
	Elf64_Phdr header;
	size_t n = 0;

	while (next_header(elf, PT_LOAD, &n, &header))
		if (address >= header.p_vaddr && address - header.p_vaddr < header.p_filesz)
			return header.p_offset + (address - header.p_vaddr);
	return elf->size;
}

/* The Ith entry of the dynamic section with this TAG. */
static bool find_entry(const struct elf *elf, Elf64_Sxword tag, size_t i, Elf64_Dyn *found)
{
	Elf64_Phdr header;

	if (!first_header(elf, PT_DYNAMIC, &header))
		return false;
	for (size_t at = 0; at + sizeof(*found) <= header.p_filesz; at += sizeof(*found)) {
		if (elf_read(elf, header.p_offset + at, found, sizeof(*found)) ||
		    found->d_tag == DT_NULL)
			return false;
		if (found->d_tag == tag && i-- == 0)
			return true;
	}
	return false;
}

const char *elf_needed(const struct elf *elf, size_t i)
{
	Elf64_Dyn name, strings;

	if (!find_entry(elf, DT_NEEDED, i, &name) || !find_entry(elf, DT_STRTAB, 0, &strings))
		return NULL;
	return string_at(elf, offset_of(elf, strings.d_un.d_ptr + name.d_un.d_val));
}

bool elf_is_library(const struct elf *elf)
{
	Elf64_Dyn entry;

	return elf->header.e_type == ET_DYN && !elf_interpreter(elf) &&
	       (find_entry(elf, DT_SONAME, 0, &entry) || elf_needed(elf, 0));
}

/* --- symbols -------------------------------------------------------------------------------- */

enum { SECTIONS = 64 };

static int read_sections(const struct elf *elf, size_t n, Elf64_Shdr *sections, size_t count)
{
	return elf_read(elf, elf->header.e_shoff + n * sizeof(*sections), sections,
			count * sizeof(*sections));
}

/* -ENODATA if there is none.  Many are read at once, for a file that is not mapped. */
static int find_table(const struct elf *elf, unsigned int table, Elf64_Shdr *found)
{
	size_t left, all = elf->header.e_shnum;
	Elf64_Shdr some[SECTIONS];
	int rc;

	for (size_t n = 0; n < all; n++) {
		left = all - n;
		rc = n % SECTIONS ? 0
				  : read_sections(elf, n, some, left < SECTIONS ? left : SECTIONS);
		if (rc)
			return rc;
		*found = some[n % SECTIONS];
		if (found->sh_type == table)
			return 0;
	}
	return -ENODATA;
}

/* A table of symbols, and their names, of which the last one ends with it. */
struct symbols {
	const char *symbol, *strings;
	uint64_t bytes, size;
};

static bool find_symbols(const struct elf *elf, const Elf64_Shdr *table, struct symbols *s)
{
	Elf64_Shdr strings;

	if (read_sections(elf, table->sh_link, &strings, 1))
		return false;
	s->symbol = piece(elf, table->sh_offset, table->sh_size);
	s->bytes = table->sh_size;
	s->strings = piece(elf, strings.sh_offset, strings.sh_size);
	s->size = strings.sh_size;
	return s->symbol && s->strings && s->size > 0 && !s->strings[s->size - 1];
}

static bool has_any(const struct symbols *s, const char *const names[])
{
	for (; *names; names++)
		if (memmem(s->strings, s->size, *names, strlen(*names)))
			return true;
	return false;
}

static bool is_one_of(const char *name, const char *const names[])
{
	for (; *names; names++) {
		size_t length = strlen(*names);

		if (strncmp(name, *names, length) == 0 && (!name[length] || name[length] == '.'))
			return true;
	}
	return false;
}

static bool is_function(const struct symbols *s, const Elf64_Sym *symbol, const char *const names[])
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_size && symbol->st_name < s->size &&
	       is_one_of(s->strings + symbol->st_name, names);
}

int elf_functions(struct elf *elf, unsigned int table, const char *const names[], uintptr_t base,
		  struct span *found, int most)
{
	Elf64_Sym symbol;
	struct symbols s;
	Elf64_Shdr section;
	int n = 0, rc = find_table(elf, table, &section);

	/* Most executables have no symbols, and end here. */
	if (rc)
		return rc == -ENODATA ? 0 : rc;
	rc = elf->bytes ? 0 : map(elf);
	if (rc)
		return rc;
	/* The strings are searched first: that takes a third of the time that symbol by symbol
	 * does. */
	if (!find_symbols(elf, &section, &s) || !has_any(&s, names))
		return 0;
	for (uint64_t at = 0; at + sizeof(symbol) <= s.bytes; at += sizeof(symbol)) {
		memcpy(&symbol, s.symbol + at, sizeof(symbol));
		if (!is_function(&s, &symbol, names))
			continue;
		if (n < most)
			found[n] = (struct span){ base + symbol.st_value,
						  base + symbol.st_value + symbol.st_size };
		n++;
	}
	return n;
}
