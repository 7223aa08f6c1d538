#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Our own header, which the linker gives this name: what this machine's files look like. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/* --- reading within bounds ------------------------------------------------------------------ */

static bool copy(const struct elf *elf, size_t offset, void *to, size_t size)
{
	if (offset > elf->size || size > elf->size - offset)
		return false;
	memcpy(to, elf->bytes + offset, size);
	return true;
}

/* A string that ends inside the file; else NULL. */
static const char *string_at(const struct elf *elf, size_t offset)
{
	if (offset >= elf->size || !memchr(elf->bytes + offset, 0, elf->size - offset))
		return NULL;
	return elf->bytes + offset;
}

int elf_open(struct elf *elf, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 0;
	void *bytes = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		rc = -errno;
	else if (!S_ISREG(st.st_mode) || (size_t)st.st_size < sizeof(elf->header))
		rc = -ENOEXEC;
	else if ((bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) ==
		 MAP_FAILED)
		rc = -errno;
	close(fd);
	if (rc)
		return rc;
	*elf = (struct elf){ .bytes = bytes, .size = (size_t)st.st_size };
	memcpy(&elf->header, bytes, sizeof(elf->header));
	if (memcmp(elf->header.e_ident, ELFMAG, SELFMAG) != 0)
		rc = -ENOEXEC;
	else if (elf->header.e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
		 elf->header.e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
		 elf->header.e_machine != __ehdr_start.e_machine)
		rc = -EXDEV;
	if (rc)
		elf_close(elf);
	return rc;
}

void elf_close(struct elf *elf)
{
	munmap((void *)elf->bytes, elf->size);
}

/* --- program headers ------------------------------------------------------------------------ */

/* The Ith program header of this TYPE. */
static bool find_header(const struct elf *elf, unsigned int type, size_t i, Elf64_Phdr *found)
{
	for (size_t n = 0; n < elf->header.e_phnum; n++) {
		if (!copy(elf, elf->header.e_phoff + n * sizeof(*found), found, sizeof(*found)))
			return false;
		if (found->p_type == type && i-- == 0)
			return true;
	}
	return false;
}

const char *elf_interpreter(const struct elf *elf)
{
	Elf64_Phdr header;

	return find_header(elf, PT_INTERP, 0, &header) ? string_at(elf, header.p_offset) : NULL;
}

/* Where in the file the byte is that is at this ADDRESS in memory; beyond its end if nowhere. */
static size_t offset_of(const struct elf *elf, Elf64_Addr address)
{
	Elf64_Phdr header;

	for (size_t i = 0; find_header(elf, PT_LOAD, i, &header); i++)
		if (address >= header.p_vaddr && address - header.p_vaddr < header.p_filesz)
			return header.p_offset + (address - header.p_vaddr);
	return elf->size;
}

/* The Ith entry of the dynamic section with this TAG. */
static bool find_entry(const struct elf *elf, Elf64_Sxword tag, size_t i, Elf64_Dyn *found)
{
	Elf64_Phdr header;

	if (!find_header(elf, PT_DYNAMIC, 0, &header))
		return false;
	for (size_t at = 0; at + sizeof(*found) <= header.p_filesz; at += sizeof(*found)) {
		if (!copy(elf, header.p_offset + at, found, sizeof(*found)) ||
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

static bool find_section(const struct elf *elf, unsigned int type, Elf64_Shdr *found)
{
	for (size_t n = 0; n < elf->header.e_shnum; n++) {
		if (!copy(elf, elf->header.e_shoff + n * sizeof(*found), found, sizeof(*found)))
			return false;
		if (found->sh_type == type)
			return true;
	}
	return false;
}

static bool is_part_of(const char *symbol, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(symbol, name, length) && (!symbol[length] || symbol[length] == '.');
}

bool elf_defines(const struct elf *elf, unsigned int table, const char *name)
{
	Elf64_Shdr symbols, strings;
	const char *other;
	Elf64_Sym symbol;

	if (!find_section(elf, table, &symbols) ||
	    !copy(elf, elf->header.e_shoff + symbols.sh_link * sizeof(strings), &strings,
		  sizeof(strings)))
		return false;
	for (size_t at = 0; at + sizeof(symbol) <= symbols.sh_size; at += sizeof(symbol)) {
		if (!copy(elf, symbols.sh_offset + at, &symbol, sizeof(symbol)))
			return false;
		if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		other = string_at(elf, strings.sh_offset + symbol.st_name);
		if (other && is_part_of(other, name))
			return true;
	}
	return false;
}
