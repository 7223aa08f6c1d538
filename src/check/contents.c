#include "contents.h"

#include "inside.h"

#include <ctype.h>
#include <string.h>

/* H5_VERS_INFO, with which H5check_version() compares in every HDF5 from 1.8 to 2.2, static or
 * shared.  Programs that use HDF5 have at most "%d" in its place. */
static const char banner[] = "HDF5 library version: ";

static void find_version(const struct elf *elf, char version[CONTENTS_VERSION])
{
	const char *at = elf->bytes, *end = elf->bytes + elf->size;
	size_t n = 0;

	strcpy(version, "?");
	while ((at = memmem(at, (size_t)(end - at), banner, strlen(banner)))) {
		at += strlen(banner);
		if (at == end || !isdigit((unsigned char)*at))
			continue;
		while (n < CONTENTS_VERSION - 1 && at + n < end && isgraph((unsigned char)at[n])) {
			version[n] = at[n];
			n++;
		}
		version[n] = 0;
		return;
	}
}

static bool has_symbol(const struct elf *elf)
{
	bool has = false;

	for (int i = 0; inside_sec2_open[i]; i++)
		has = has || elf_defines(elf, SHT_SYMTAB, inside_sec2_open[i]);
	return has;
}

static bool has_string(const struct elf *elf)
{
	bool has = false;

	for (int i = 0; inside_sec2_open[i]; i++)
		has = has || memmem(elf->bytes, elf->size, inside_sec2_open[i],
				    strlen(inside_sec2_open[i]) + 1);
	return has;
}

void contents_look(const struct elf *elf, struct contents *contents)
{
	find_version(elf, contents->version);
	/* An executable's own calls go to its own HDF5, even if it has that for others. */
	if (!elf_interpreter(elf) && elf_defines(elf, SHT_DYNSYM, "H5open") &&
	    elf_defines(elf, SHT_DYNSYM, "H5Fopen"))
		contents->kind = CONTENTS_LIBRARY;
	else if (!has_string(elf))
		contents->kind = CONTENTS_NONE;
	else
		contents->kind = has_symbol(elf) ? CONTENTS_STATIC : CONTENTS_STRIPPED;
}
