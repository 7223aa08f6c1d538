/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/executable.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

/* --- in memory -------------------------------------------------------------------------------- */

/* dl_iterate_phdr() would take a lock. */
struct image {
	const Elf64_Phdr *header;
	size_t headers;
	uintptr_t base;
};

static struct image get_image(void)
{
	struct image i = { (const Elf64_Phdr *)getauxval(AT_PHDR), getauxval(AT_PHNUM), 0 };

	if (!i.header)
		i.headers = 0;
	for (size_t n = 0; n < i.headers; n++)
		if (i.header[n].p_type == PT_PHDR)
			i.base = (uintptr_t)i.header - i.header[n].p_vaddr;
	return i;
}

/* The part of the image that HEADER describes, if it is loaded with all of FLAGS and none of NOT.
 */
static struct span loaded(const struct image *i, const Elf64_Phdr *header, unsigned int flags,
			  unsigned int not )
{
	uintptr_t start = i->base + header->p_vaddr;

	if (header->p_type != PT_LOAD || (header->p_flags & flags) != flags ||
	    (header->p_flags & not ))
		return (struct span){ 0, 0 };
	return (struct span){ start, start + header->p_filesz };
}

struct span executable_code(void)
{
	struct image i = get_image();
	struct span code = { 0, 0 };

	for (size_t n = 0; n < i.headers; n++) {
		struct span s = loaded(&i, &i.header[n], PF_X, 0);

		if (s.start != s.end && (code.start == code.end || s.start < code.start))
			code.start = s.start;
		if (s.end > code.end)
			code.end = s.end;
	}
	return code;
}

static bool contains(struct span s, const char *const names[])
{
	for (; *names; names++)
		if (memmem((const char *)s.start, s.end - s.start, *names, strlen(*names) + 1))
			return true;
	return false;
}

bool executable_has_string(const char *const names[])
{
	struct image i = get_image();

	for (size_t n = 0; n < i.headers; n++) {
		struct span s = loaded(&i, &i.header[n], PF_R, PF_W);

		if (s.start != s.end && contains(s, names))
			return true;
	}
	return false;
}

/* --- in its file ------------------------------------------------------------------------------ */

enum { NOTE_BYTES = 4096 };

/* Whether SIZE bytes at OFFSET of the file, or the first of them, are as they are at BYTES. */
static bool is_at(const struct elf *elf, uint64_t offset, const void *bytes, size_t size)
{
	char there[NOTE_BYTES];

	size = size < sizeof(there) ? size : sizeof(there);
	return elf_read(elf, offset, there, size) == 0 && memcmp(there, bytes, size) == 0;
}

static bool is_loaded(const struct image *i, const Elf64_Phdr *header)
{
	uintptr_t start = i->base + header->p_vaddr, end = start + header->p_filesz;

	for (size_t n = 0; n < i->headers; n++) {
		struct span s = loaded(i, &i->header[n], PF_R, 0);

		if (start >= s.start && end <= s.end)
			return true;
	}
	return false;
}

/* Whether that is the file of what runs here: under ld.so as a command, /proc/self/exe is ld.so,
 * and at the path that was started there may be another one by now.  What tells is the program
 * headers and the notes, of which one is a checksum of the whole (the build's id). */
static bool is_this_program(const struct elf *elf)
{
	struct image i = get_image();

	if (elf->header.e_phnum != i.headers ||
	    !is_at(elf, elf->header.e_phoff, i.header, i.headers * sizeof(*i.header)))
		return false;
	for (size_t n = 0; n < i.headers; n++)
		if (i.header[n].p_type == PT_NOTE && is_loaded(&i, &i.header[n]) &&
		    !is_at(elf, i.header[n].p_offset, (const char *)(i.base + i.header[n].p_vaddr),
			   i.header[n].p_filesz))
			return false;
	return true;
}

static int open_if_ours(struct elf *elf, const char *path)
{
	int rc = path ? elf_open_unmapped(elf, path) : -ENOENT;

	if (rc || is_this_program(elf))
		return rc;
	elf_close(elf);
	return -ENOENT;
}

int executable_functions(const char *const names[], struct span *found, int most)
{
	int saved_errno = errno, n;
	struct elf elf;

	n = open_if_ours(&elf, "/proc/self/exe");
	/* Where there is no /proc (a chroot). */
	if (n)
		n = open_if_ours(&elf, (const char *)getauxval(AT_EXECFN));
	if (n == 0) {
		n = elf_functions(&elf, SHT_SYMTAB, names, get_image().base, found, most);
		elf_close(&elf);
	}
	errno = saved_errno;
	return n;
}
