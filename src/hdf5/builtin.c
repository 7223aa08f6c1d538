/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/builtin.h"

#include "hdf5/superblock.h"
#include "report/report.h"
#include "report/settings.h"
#include "system/executable.h"
#include "system/libc.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The function of the sec2 driver that calls open(), in 1.8 and in 1.10 to 2.2; ends with NULL. Its
 * symbol is a local one.  Its name is also a string in the executable, which HDF5 puts into its
 * errors and which strip(1) leaves alone. */
static const char *const sec2_open[] = { "H5FD_sec2_open", "H5FD__sec2_open", NULL };

/* Drivers that open their file themselves.  Others open the parts of theirs by sec2 (family,
 * multi), or by another library (MPI's). */
static const struct {
	const char *name;
	const char *const open[3];
} drivers[] = {
	{ "sec2", { "H5FD_sec2_open", "H5FD__sec2_open" } },
	{ "core", { "H5FD_core_open", "H5FD__core_open" } },
	{ "log", { "H5FD_log_open", "H5FD__log_open" } },
	{ "direct", { "H5FD_direct_open", "H5FD__direct_open" } },
	{ "stdio", { "H5FD_stdio_open", "H5FD__stdio_open" } },
};
enum { SEC2, DRIVERS = sizeof(drivers) / sizeof(drivers[0]) };

/* Of which there may be several: two parts from one compilation, or two copies of HDF5. */
enum { MOST_PARTS = 16 };

enum knowledge {
	UNKNOWN,   /* nobody has looked yet, or could */
	NOT_HERE,  /* no HDF5 */
	UNNAMED,   /* HDF5 is inside, and nothing tells what it opens */
	SOMEWHERE, /* HDF5 is inside, and what it opens is what LOCKEDH5_FILES names */
	ANYWHERE,  /* HDF5 is inside, and it may be whatever opens an HDF5 file */
	EXACTLY	   /* what it opens is what the parts of its functions open */
};

/* Whoever comes first looks; two who look at once find the same. */
static _Atomic uintptr_t code_start, code_end;
static struct {
	_Atomic uintptr_t start, end;
} part[DRIVERS][MOST_PARTS];
static _Atomic int knowledge;

/* HDF5 shares no file between two drivers, so each has a base of its own. */
static _Alignas(16) const char bases[DRIVERS];

#define INSIDE(driver)                                                    \
	{                                                                 \
		.object = bases, .base = bases + (driver),                \
		.path = (char *)"the one that is linked into the program" \
	}
static const struct hdf5 inside[DRIVERS] = { INSIDE(0), INSIDE(1), INSIDE(2), INSIDE(3),
					     INSIDE(4) };

static bool from_executable(const void *caller)
{
	struct span code;

	if (!code_end) {
		code = executable_code();
		code_start = code.start;
		code_end = code.end;
	}
	return (uintptr_t)caller >= code_start && (uintptr_t)caller < code_end;
}

/* The driver that the code at CALLER is, or -1. */
static int driver_at(const void *caller)
{
	for (int d = 0; d < DRIVERS; d++)
		for (int i = 0; i < MOST_PARTS; i++)
			if ((uintptr_t)caller >= part[d][i].start &&
			    (uintptr_t)caller < part[d][i].end)
				return d;
	return -1;
}

/* Notes where the driver's parts are; returns their number or a negative errno. */
static int find_parts(int driver)
{
	struct span found[MOST_PARTS];
	int n = executable_functions(drivers[driver].open, found, MOST_PARTS);

	for (int i = 0; i < n && i < MOST_PARTS; i++) {
		part[driver][i].start = found[i].start;
		part[driver][i].end = found[i].end;
	}
	return n;
}

static int without_symbols(void)
{
	if (!executable_has_string(sec2_open))
		return NOT_HERE;
	return secure_getenv(SETTING_FILES) ? SOMEWHERE : UNNAMED;
}

/* What is known now, and for good unless it is UNKNOWN.  What can't be read at the moment is not a
 * program without HDF5: only its memory, which always can be, may say so. */
static int look(void)
{
	int n = find_parts(SEC2), most = n;

	if (n == 0)
		return without_symbols();
	for (int d = SEC2 + 1; d < DRIVERS && n >= 0; d++) {
		n = find_parts(d);
		most = n > most ? n : most;
	}
	if (n < 0)
		return executable_has_string(sec2_open) ? UNKNOWN : NOT_HERE;
	return most > MOST_PARTS ? ANYWHERE : EXACTLY;
}

/* Whether the executable's code at CALLER may be HDF5's, after a look if need be. */
static bool may_be_hdf5(const void *caller)
{
	if (knowledge == NOT_HERE || !from_executable(caller))
		return false;
	if (knowledge == UNKNOWN)
		knowledge = look();
	return knowledge != NOT_HERE && process_may_write();
}

/* No version of the driver asks for anything else (1.8 to 2.2). */
static bool might_be_sec2(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY &&
	       !(flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_LARGEFILE));
}

static bool has_hdf5(int fd)
{
	struct superblock superblock;
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && superblock_read(fd, &superblock) == 0;
}

/* Whether that makes an HDF5 file, or may, or opens one. */
static bool is_or_becomes_hdf5(const char *path, int flags)
{
	int saved_errno = errno, fd;
	bool result = flags & O_CREAT;

	if (!result) {
		fd = libc_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
		result = fd >= 0 && has_hdf5(fd);
		if (fd >= 0)
			libc_close(fd);
	}
	errno = saved_errno;
	return result;
}

/* Where no symbol tells: what looks like sec2's is locked as sec2's, whoever it is. */
static bool counts_as_sec2(const char *path, int flags)
{
	if (!path || !might_be_sec2(flags) || knowledge == UNNAMED)
		return false;
	if (knowledge == SOMEWHERE || secure_getenv(SETTING_FILES))
		return true;
	return is_or_becomes_hdf5(path, flags);
}

struct builtin builtin_opens(const void *caller, const char *path, int flags)
{
	struct builtin nobody = { NULL, NULL };
	int driver;

	if (!may_be_hdf5(caller))
		return nobody;
	if (knowledge == EXACTLY)
		driver = driver_at(caller);
	else
		driver = counts_as_sec2(path, flags) ? SEC2 : -1;
	if (driver < 0)
		return nobody;
	return (struct builtin){ &inside[driver], drivers[driver].name };
}

int builtin_flags(const char *mode)
{
	if (strcmp(mode, "rb") == 0)
		return O_RDONLY;
	if (strcmp(mode, "rb+") == 0)
		return O_RDWR;
	return strcmp(mode, "wb+") == 0 ? O_RDWR | O_CREAT | O_TRUNC : -1;
}

struct builtin builtin_streams(const void *caller, const char *path, const char *mode)
{
	struct builtin nobody = { NULL, NULL };

	if (knowledge == NOT_HERE || !mode || builtin_flags(mode) < 0)
		return nobody;
	return builtin_opens(caller, path, builtin_flags(mode));
}

static void say_that_nothing_is_locked(void)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&said))
		report(REPORT_PROBLEM,
		       "this program has HDF5 inside and no symbol table that would tell which "
		       "files "
		       "it opens: they are not locked; name them in " SETTING_FILES);
}

void builtin_opened(const void *caller, int flags, int fd)
{
	int saved_errno = errno;

	/* Where HDF5's own lock is off (and in 1.8, which has none) it never calls flock(). */
	if (knowledge == UNNAMED && fd >= 0 && from_executable(caller) && might_be_sec2(flags) &&
	    has_hdf5(fd))
		say_that_nothing_is_locked();
	errno = saved_errno;
}

void builtin_flocks(const void *caller)
{
	if (knowledge == UNNAMED && from_executable(caller))
		say_that_nothing_is_locked();
}
