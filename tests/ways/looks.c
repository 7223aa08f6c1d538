/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of the hooks that tell what this process has looked for in vain.  It is compiled with
 * hooks.c, and as that is.
 *
 * Somebody else is this very process, past every hook. */
#include "calls.h"
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ABSENT "absent.h5" /* what is looked for, and made in the end */
#define OTHER  "other.h5"  /* somebody else's */

/* What a look is remembered for, less some time to use that. */
enum { LATE_MS = 900, MOST_BYTES = 1 << 16 };

static int here = -1, elsewhere = -1; /* folders */
static int said;		      /* the call's errno */
static pid_t child;
static FILE *stream;
static int64_t began;
static char absolute[PATH_MAX + sizeof(ABSENT)];

/* --- somebody else ----------------------------------------------------------------- */

static int open_past(const char *name, int flags)
{
	return (int)syscall(SYS_openat, here, name, flags | O_CLOEXEC, 0644);
}

static ssize_t read_past(const char *name, char bytes[MOST_BYTES])
{
	int fd = open_past(name, O_RDONLY);
	ssize_t length = syscall(SYS_read, fd, bytes, (size_t)MOST_BYTES);

	syscall(SYS_close, fd);
	return length;
}

static void make_past(const char *name)
{
	static char bytes[MOST_BYTES];
	ssize_t length = read_past("data.h5", bytes);
	int fd = open_past(name, O_WRONLY | O_CREAT | O_EXCL);

	if (length <= 0 || syscall(SYS_write, fd, bytes, (size_t)length) != length)
		_exit(2);
	syscall(SYS_close, fd);
}

static bool is_untouched(const char *name)
{
	static char bytes[2][MOST_BYTES];
	ssize_t length = read_past("data.h5", bytes[0]);

	return length > 0 && read_past(name, bytes[1]) == length &&
	       !memcmp(bytes[0], bytes[1], (size_t)length);
}

/* --- before and after ----------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static hid_t create(const char *name)
{
	return CALL(H5Fcreate)(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static void begin(void)
{
	here = (int)syscall(SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	syscall(SYS_unlinkat, here, ABSENT, 0);
	syscall(SYS_unlinkat, here, OTHER, 0);
	if (!getcwd(absolute, PATH_MAX))
		_exit(2);
	strcat(absolute, "/" ABSENT);
	began = now_ms();
}

static void miss(void)
{
	begin();
	if (!access(ABSENT, F_OK))
		_exit(2);
}

/* The first time.  It is for no other reason that it is refused, for who does it again means it. */
static const char *is_refused_once(const char *name)
{
	if (create(name) >= 0)
		return now_ms() - began > LATE_MS ? "late" : "forgotten";
	if (!is_untouched(ABSENT))
		return "erased";
	return create(name) >= 0 ? "kept" : "refused";
}

static const char *is_replaced(void)
{
	if (result < 0 || said)
		return "failed";
	return create(ABSENT) >= 0 ? "kept" : "refused";
}

/* --- looks ------------------------------------------------------------------------------- */

#define NOTED_CALL(name, call)         \
	INT_CALL(name, call)           \
	static void noted_##name(void) \
	{                              \
		errno = 0;             \
		call_##name();         \
		said = errno;          \
	}

static struct stat st;
static struct statx stx;

#if !__GLIBC_PREREQ(2, 33) && defined(BY_DLSYM)
/* They are no functions yet. */
NOTED_CALL(stat, CALL(__xstat)(_STAT_VER, ABSENT, &st))
NOTED_CALL(lstat, CALL(__lxstat)(_STAT_VER, ABSENT, &st))
NOTED_CALL(fstatat, CALL(__fxstatat)(_STAT_VER, here, ABSENT, &st, 0))
#else
NOTED_CALL(stat, CALL(stat)(ABSENT, &st))
NOTED_CALL(lstat, CALL(lstat)(ABSENT, &st))
NOTED_CALL(fstatat, CALL(fstatat)(here, ABSENT, &st, 0))
#endif
NOTED_CALL(statx, CALL(statx)(AT_FDCWD, ABSENT, 0, STATX_BASIC_STATS, &stx))
NOTED_CALL(access, CALL(access)(ABSENT, F_OK))
NOTED_CALL(eaccess, CALL(eaccess)(ABSENT, F_OK))
NOTED_CALL(faccessat, CALL(faccessat)(here, ABSENT, F_OK, 0))
NOTED_CALL(openat, CALL(openat)(here, ABSENT, O_RDONLY | O_CLOEXEC))

static const char *is_remembered(void)
{
	if (result != -1 || said != ENOENT)
		return "found";
	make_past(ABSENT);
	return is_refused_once(ABSENT);
}

/* --- what makes a name: what was somebody else's is this process's by that ----------------- */

NOTED_CALL(creat, CALL(creat)(ABSENT, 0644))
NOTED_CALL(rename, CALL(rename)(OTHER, ABSENT))
NOTED_CALL(renameat, CALL(renameat)(here, OTHER, here, ABSENT))
NOTED_CALL(link, CALL(link)(OTHER, ABSENT))
NOTED_CALL(symlink, CALL(symlink)(OTHER, ABSENT))

static void miss_beside_other(void)
{
	miss();
	make_past(OTHER);
}

/* --- where a name leads from ------------------------------------------------------------- */

NOTED_CALL(chdir, CALL(chdir)("elsewhere"))
NOTED_CALL(fchdir, CALL(fchdir)(elsewhere))

static void miss_here(void)
{
	miss();
	make_past(ABSENT);
	syscall(SYS_mkdirat, here, "elsewhere", 0755);
	elsewhere = open_past("elsewhere", O_RDONLY | O_DIRECTORY);
}

static const char *is_remembered_elsewhere(void)
{
	return result || said ? "failed" : is_refused_once(absolute);
}

/* --- children, by whom it is made --------------------------------------------------------- */

NOTED_CALL(wait, CALL(wait)(NULL))
NOTED_CALL(waitpid, CALL(waitpid)(child, NULL, 0))
NOTED_CALL(waitid, CALL(waitid)(P_PID, (id_t)child, NULL, WEXITED))
NOTED_CALL(system, CALL(system)("cp data.h5 " ABSENT))
NOTED_CALL(pclose, CALL(pclose)(stream))

static void miss_with_child(void)
{
	miss();
	child = fork();
	if (child == 0) {
		make_past(ABSENT);
		_exit(0);
	}
}

static void miss_with_stream(void)
{
	miss();
	stream = popen("cp data.h5 " ABSENT, "r");
}

const struct hook ways_looks[] = {
	{ "stat", begin, noted_stat, is_remembered },
	{ "lstat", begin, noted_lstat, is_remembered },
	{ "fstatat", begin, noted_fstatat, is_remembered },
	{ "statx", begin, noted_statx, is_remembered },
	{ "access", begin, noted_access, is_remembered },
	{ "eaccess", begin, noted_eaccess, is_remembered },
	{ "faccessat", begin, noted_faccessat, is_remembered },
	{ "openat", begin, noted_openat, is_remembered },
	{ "creat", miss, noted_creat, is_replaced },
	{ "rename", miss_beside_other, noted_rename, is_replaced },
	{ "renameat", miss_beside_other, noted_renameat, is_replaced },
	{ "link", miss_beside_other, noted_link, is_replaced },
	{ "symlink", miss_beside_other, noted_symlink, is_replaced },
	{ "chdir", miss_here, noted_chdir, is_remembered_elsewhere },
	{ "fchdir", miss_here, noted_fchdir, is_remembered_elsewhere },
	{ "wait", miss_with_child, noted_wait, is_replaced },
	{ "waitpid", miss_with_child, noted_waitpid, is_replaced },
	{ "waitid", miss_with_child, noted_waitid, is_replaced },
	{ "system", miss, noted_system, is_replaced },
	{ "pclose", miss_with_stream, noted_pclose, is_replaced },
	{ NULL, NULL, NULL, NULL },
};
