/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/place.h"

#include "command/say.h"
#include "system/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- finding it ------------------------------------------------------------------------------- */

/* The folder that this program's file is in; links to it don't count. */
static void find_own_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);

	if (length >= 0)
		folder[length] = 0;
	/* Where there is no /proc, by the name that it was started by. */
	else if (!realpath((const char *)getauxval(AT_EXECFN), folder))
		say_fatal("where lockedh5 is can't be found out (%s)", strerror(errno));
	*strrchr(folder, '/') = 0;
}

static bool ends_with(const char *path, const char *end)
{
	size_t length = strlen(path), n = strlen(end);

	return length >= n && !strcmp(path + length - n, end);
}

/* How many bytes, up to a slash, the two folders have in common. */
static size_t common_part(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] == b[i]; i++) {
		if (a[i] == '/')
			common = i;
		if (!a[i])
			return i;
	}
	return common;
}

/* The library as it lies from HERE when BINDIR and LIBDIR lie to each other as they did at the
 * installation; NULL if HERE is not that deep. */
static char *seen_from(const char *here)
{
	size_t common = common_part(BINDIR, LIBDIR);
	char *up = say_text("%s", here), *slash, *file = NULL;
	bool deep = true;

	for (const char *p = &BINDIR[common]; deep && (p = strchr(p, '/')); p++) {
		slash = strrchr(up, '/');
		deep = slash != NULL;
		if (deep)
			*slash = 0;
	}
	if (deep)
		file = say_text("%s%s/liblockedh5.so", up, &LIBDIR[common]);
	free(up);
	return file;
}

static bool exists(const char *file)
{
	return file && access(file, F_OK) == 0;
}

static char *find(void)
{
	char here[PATH_MAX], *slash, *built, *installed;

	find_own_folder(here);
	installed = seen_from(here);
	slash = strrchr(here, '/');
	built = say_text("%.*s/src/.libs/liblockedh5.so", slash ? (int)(slash - here) : 0, here);
	if (exists(built)) {
		free(installed);
		return built;
	}
	free(built);
	/* Of a staging folder, which may have a part of the tree only, nothing leads out. */
	if (exists(installed) || (installed && ends_with(here, BINDIR)))
		return installed;
	free(installed);
	return say_text("%s", LIBDIR "/liblockedh5.so");
}

/* --- whether it can be loaded ----------------------------------------------------------------- */

/* Whether this machine maps its code, which a file system that is mounted with noexec forbids. */
static int map_code(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), rc = 0;
	void *page;

	if (fd < 0)
		return -errno;
	page = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED)
		rc = -errno;
	else
		munmap(page, 1);
	close(fd);
	return rc;
}

static const char *why_not(int error)
{
	switch (error) {
	case -ENOEXEC:
		return "it is no library, or not whole";
	case -EXDEV:
		return "it is for another kind of machine";
	case -EPERM:
		return "its file system does not allow that (noexec)";
	default:
		return strerror(-error);
	}
}

/* dlopen() would know, but takes longer than all else that happens here. */
static void must_load(const char *file)
{
	struct elf elf;
	int rc = elf_open(&elf, file);

	if (rc == 0) {
		rc = elf_is_whole(&elf) ? map_code(file) : -ENOEXEC;
		elf_close(&elf);
	}
	if (rc)
		say_fatal("the library can't be loaded on this machine: %s: %s", file, why_not(rc));
}

char *place_library(void)
{
	char *file = find();

	if (!exists(file))
		say_fatal("the library %s is missing, or you have no permission to see it; run "
			  "'make' or 'make install' again",
			  file);
	if (strpbrk(file, " :"))
		say_fatal("the library's path '%s' has a space or colon, which ends a name in "
			  "LD_PRELOAD; build or install it elsewhere",
			  file);
	must_load(file);
	return file;
}
