/* SPDX-License-Identifier: BSD-3-Clause */
/* What an ELF file of this machine's kind says of itself, read without running any of it.  No file
 * is trusted: one that contradicts itself has less in it. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	const char *bytes; /* all of the file, once it is mapped */
	size_t size;
	int fd; /* until then */
	Elf64_Ehdr header;
};

/* A piece of memory, its end not included. */
struct span {
	uintptr_t start, end;
};

/* Maps the file.  Returns 0, and then elf_close() unmaps it; -ENOEXEC if it is no ELF file, -EXDEV
 * if it is one for another kind of machine; or another negative errno. */
int elf_open(struct elf *elf, const char *path);
void elf_close(struct elf *elf);

/* The same without a mapping, which takes longer than some reads: there are only elf_read() and
 * elf_functions() then, which maps the file if it has symbols. */
int elf_open_unmapped(struct elf *elf, const char *path);

/* Copies SIZE bytes from OFFSET on.  Returns 0, -ENODATA if the file has not all of them, or
 * another negative errno. */
int elf_read(const struct elf *elf, uint64_t offset, void *to, size_t size);

/* Whether there is something in it to be loaded, and the file has all of that. */
bool elf_is_whole(const struct elf *elf);
/* The loader that the kernel starts for it; NULL if there is none.  Like all names here it lives
 * as long as the mapping. */
const char *elf_interpreter(const struct elf *elf);
/* Its Ith needed library; NULL if it has no more. */
const char *elf_needed(const struct elf *elf, size_t i);
/* Whether it is made to be loaded by others rather than to be started. */
bool elf_is_library(const struct elf *elf);

/* Where its functions are that have one of NAMES (ends with NULL), also the parts that compilers
 * split off ("name.cold", "name.part.0"), in its table of that kind: SHT_DYNSYM (what others can be
 * bound to) or SHT_SYMTAB (all, unless it was stripped).  The first MOST of them are in FOUND, as
 * if it were loaded at BASE.  Returns their number, which may be higher, or, of a file that
 * was not mapped, a negative errno. */
int elf_functions(struct elf *elf, unsigned int table, const char *const names[], uintptr_t base,
		  struct span *found, int most);

/* All: any thread; async-signal-safe; errno may change. */

#endif
