/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/obstacle.h"

#include "command/check/target.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Its loader finds no function of glibc's where our library needs them, and ends the program. */
static bool is_musls(const struct elf *elf)
{
	const char *name;

	if (begins(target_base(elf_interpreter(elf)), "ld-musl-"))
		return true;
	/* Whoever names a loader of his own; glibc is "libc.so.6". */
	for (size_t i = 0; (name = elf_needed(elf, i)); i++)
		if (!strcmp(name, "libc.so") || begins(name, "libc.musl-"))
			return true;
	return false;
}

const char *obstacle_to_loading(const struct elf *elf, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID))
		return "is setuid or setgid: it loads no library that a user names; start lockedh5 "
		       "inside it, as in 'sudo lockedh5 PROGRAM'";
	if (getxattr(path, "security.capability", NULL, 0) > 0)
		return "has file capabilities: it loads no library that a user names; run a copy "
		       "without them";
	if (!elf_interpreter(elf))
		return "is a static executable: it loads no libraries at all; link it dynamically";
	if (is_musls(elf))
		return "does not use the C library of GNU (glibc), at whose calls the library "
		       "stands, but musl; use one that was built for glibc";
	return NULL;
}
