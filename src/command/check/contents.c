/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/contents.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* H5_VERS_INFO, with which H5check_version() compares in every HDF5 from 1.8 to 2.2, static or
 * shared.  Programs that use HDF5 have at most "%d" in its place. */
static const char banner[] = "HDF5 library version: ";

static void find_version(const struct elf *elf, char version[CONTENTS_VERSION])
{
	const char *at = elf->bytes, *end = elf->bytes + elf->size;
	size_t n = 0;

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

static bool defines(struct elf *elf, unsigned int table, const char *name)
{
	const char *const names[] = { name, NULL };

	return elf_functions(elf, table, names, 0, NULL, 0) > 0;
}

/* Whether IT is true of one of the names by which builtin.c knows HDF5 (1.8; 1.10 to 2.2).  They
 * are put together here: as they stand there, this program itself would have HDF5 inside. */
static bool has_name(struct elf *elf, bool (*it)(struct elf *elf, const char *name))
{
	static const char *const prefixes[] = { "H5FD_", "H5FD__" };
	char name[32];

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		snprintf(name, sizeof(name), "%ssec2_open", prefixes[i]);
		if (it(elf, name))
			return true;
	}
	return false;
}

static bool has_symbol(struct elf *elf, const char *name)
{
	return defines(elf, SHT_SYMTAB, name);
}

static bool has_string(struct elf *elf, const char *name)
{
	return memmem(elf->bytes, elf->size, name, strlen(name) + 1);
}

void contents_look(struct elf *elf, struct contents *contents)
{
	/* An executable's own calls go to its own HDF5, even if it has that for others. */
	if (!elf_interpreter(elf) && defines(elf, SHT_DYNSYM, "H5open") &&
	    defines(elf, SHT_DYNSYM, "H5Fopen"))
		contents->kind = CONTENTS_LIBRARY;
	else if (!has_name(elf, has_string))
		contents->kind = CONTENTS_NONE;
	else
		contents->kind = has_name(elf, has_symbol) ? CONTENTS_STATIC : CONTENTS_STRIPPED;
	strcpy(contents->version, "?");
	if (contents->kind != CONTENTS_NONE)
		find_version(elf, contents->version);
}
