/* What an ELF file of this machine's kind says of itself, read without running any of it.  No file
 * is trusted: one that contradicts itself has less in it. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

struct elf {
	const char *bytes; /* all of the file */
	size_t size;
	Elf64_Ehdr header;
};

/* Maps the file.  Returns 0, and then elf_close() unmaps it; -ENOEXEC if it is no ELF file, -EXDEV
 * if it is one for another kind of machine; or another negative errno. */
int elf_open(struct elf *elf, const char *path);
void elf_close(struct elf *elf);

/* The loader that the kernel starts for it; NULL if there is none.  Like all names here it lives
 * as long as the mapping. */
const char *elf_interpreter(const struct elf *elf);
/* Its Ith needed library; NULL if it has no more. */
const char *elf_needed(const struct elf *elf, size_t i);
/* Whether it is made to be loaded by others rather than to be started. */
bool elf_is_library(const struct elf *elf);

/* Whether it defines this function, or a part that compilers split off it ("NAME.part.0"), in its
 * table of that kind: SHT_DYNSYM (what others can be bound to) or SHT_SYMTAB (all, unless it was
 * stripped). */
bool elf_defines(const struct elf *elf, unsigned int table, const char *name);

#endif
