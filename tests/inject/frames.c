/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <libunwind-ptrace.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unw_addr_space_t space;

/* The file that is mapped at ADDRESS, without its folder; good until the next call. */
static const char *object_at(pid_t pid, unsigned long address)
{
	static char path[4096];
	char name[64], line[4200];
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	maps = fopen(name, "re");
	path[0] = 0;
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;

		path[0] = 0;
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %4095s", &start, &end, path) >= 2 &&
		    address >= start && address < end)
			break;
	}
	if (maps)
		fclose(maps);
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* libc and what belongs to it. */
static bool is_libc(const char *object)
{
	static const char *const names[] = {
		"libc.so",    "libc-", "ld-linux", "ld-2",     "ld.so",
		"libpthread", "librt", "libdl",	   "libgcc_s", "[vdso]"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(object, names[i], strlen(names[i])))
			return true;
	return false;
}

bool frames_ours(pid_t pid, char *chain, size_t size)
{
	bool ours = false;
	unw_cursor_t cursor;
	size_t used = 0;
	void *process;

	if (!space) {
		space = unw_create_addr_space(&_UPT_accessors, 0);
		unw_set_caching_policy(space, UNW_CACHE_GLOBAL);
	}
	process = _UPT_create(pid);
	chain[0] = 0;
	if (!process || unw_init_remote(&cursor, space, process))
		return false;
	do {
		char function[128] = "?";
		const char *object;
		unw_word_t ip = 0, offset;

		unw_get_reg(&cursor, UNW_REG_IP, &ip);
		object = object_at(pid, (unsigned long)ip);
		if (is_libc(object))
			continue;
		if (strncmp(object, "liblockedh5", 11)) {
			if (!ours)
				snprintf(chain, size, "%s", object);
			break;
		}
		ours = true;
		unw_get_proc_name(&cursor, function, sizeof(function), &offset);
		if (used < size)
			used += (size_t)snprintf(chain + used, size - used, "%s%s", used ? "<" : "",
						 function);
	} while (unw_step(&cursor) > 0);
	_UPT_destroy(process);
	return ours;
}
