/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: system/libc.c */
/* A program or a library, as lockedh5 check reads it, and the program's own executable, in which
 * the library looks for functions of HDF5's.  The room is compiled in here, so that its mmap() is a
 * copy of which ASan knows where it ends. */
#include "fuzz.h"

static void *copy_of(int fd, size_t size)
{
	char *bytes = malloc(size);

	MUST(bytes && pread(fd, bytes, size, 0) == (ssize_t)size);
	return bytes;
}

#define mmap(address, size, protection, flags, fd, offset) copy_of(fd, size)
#define munmap(bytes, size)				   free(bytes)
#include "../../src/system/elf_file.c"

/* Whether NAME is one that ends inside the file. */
static int inside(const struct elf *elf, const char *name)
{
	return name >= elf->bytes && name < elf->bytes + elf->size &&
	       memchr(name, 0, (size_t)(elf->bytes + elf->size - name));
}

static void find_functions(struct elf *elf, unsigned int table)
{
	static const char *const names[] = { "H5FD_sec2_open", "H5FD__sec2_open", "H5open", NULL };
	enum { MOST = 2 };
	struct span *found = malloc(MOST * sizeof(*found));

	MUST(found && elf_functions(elf, table, names, 0, found, MOST) >= 0);
	free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	char path[64];
	const char *name;
	struct elf elf;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (elf_open_unmapped(&elf, path) == 0) {
		find_functions(&elf, SHT_SYMTAB);
		elf_close(&elf);
	}
	if (elf_open(&elf, path) == 0) {
		name = elf_interpreter(&elf);
		MUST(!name || inside(&elf, name));
		for (size_t i = 0; i < 8 && (name = elf_needed(&elf, i)); i++)
			MUST(inside(&elf, name));
		elf_is_library(&elf);
		elf_is_whole(&elf);
		find_functions(&elf, SHT_DYNSYM);
		find_functions(&elf, SHT_SYMTAB);
		elf_close(&elf);
	}
	close(fd);
	return 0;
}
