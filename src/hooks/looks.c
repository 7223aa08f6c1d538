/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported stat…, access… and openat…, by which a program asks whether something is there. */
#include "hooks/export.h"
#include "looks/outcome.h"
#include "system/names.h"

#include <sys/sysmacros.h>

int look_stat(const char *, struct stat *) EXPORT_AS(stat);
int look_stat64(const char *, struct stat *) EXPORT_AS(stat64);
int look_lstat(const char *, struct stat *) EXPORT_AS(lstat);
int look_lstat64(const char *, struct stat *) EXPORT_AS(lstat64);
int look_fstatat(int, const char *, struct stat *, int) EXPORT_AS(fstatat);
int look_fstatat64(int, const char *, struct stat *, int) EXPORT_AS(fstatat64);
int look_xstat(int, const char *, struct stat *) EXPORT_AS(__xstat);
int look_xstat64(int, const char *, struct stat *) EXPORT_AS(__xstat64);
int look_lxstat(int, const char *, struct stat *) EXPORT_AS(__lxstat);
int look_lxstat64(int, const char *, struct stat *) EXPORT_AS(__lxstat64);
int look_fxstatat(int, int, const char *, struct stat *, int) EXPORT_AS(__fxstatat);
int look_fxstatat64(int, int, const char *, struct stat *, int) EXPORT_AS(__fxstatat64);
int look_access(const char *, int) EXPORT_AS(access);
int look_eaccess(const char *, int) EXPORT_AS(eaccess);
int look_euidaccess(const char *, int) EXPORT_AS(euidaccess);
int look_faccessat(int, const char *, int, int) EXPORT_AS(faccessat);
int look_statx(int, const char *, int, unsigned int, struct statx *) EXPORT_AS(statx);
int look_openat(int, const char *, int, ...) EXPORT_AS(openat);
int look_openat64(int, const char *, int, ...) EXPORT_AS(openat64);
int look_open_2(const char *, int) EXPORT_AS(__open_2);
int look_open64_2(const char *, int) EXPORT_AS(__open64_2);
int look_openat_2(int, const char *, int) EXPORT_AS(__openat_2);
int look_openat64_2(int, const char *, int) EXPORT_AS(__openat64_2);

int look_stat(const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_stat(path, st));
}

int look_stat64(const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_stat64(path, st));
}

int look_lstat(const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_lstat(path, st));
}

int look_lstat64(const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_lstat64(path, st));
}

int look_fstatat(int folder, const char *path, struct stat *st, int flags)
{
	return outcome_looked(folder, path, st, libc_fstatat(folder, path, st, flags));
}

int look_fstatat64(int folder, const char *path, struct stat *st, int flags)
{
	return outcome_looked(folder, path, st, libc_fstatat64(folder, path, st, flags));
}

int look_xstat(int version, const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_xstat(version, path, st));
}

int look_xstat64(int version, const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_xstat64(version, path, st));
}

int look_lxstat(int version, const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_lxstat(version, path, st));
}

int look_lxstat64(int version, const char *path, struct stat *st)
{
	return outcome_looked(AT_FDCWD, path, st, libc_lxstat64(version, path, st));
}

int look_fxstatat(int version, int folder, const char *path, struct stat *st, int flags)
{
	return outcome_looked(folder, path, st, libc_fxstatat(version, folder, path, st, flags));
}

int look_fxstatat64(int version, int folder, const char *path, struct stat *st, int flags)
{
	return outcome_looked(folder, path, st, libc_fxstatat64(version, folder, path, st, flags));
}

enum { SEEN = STATX_TYPE | STATX_INO | STATX_CTIME };

int look_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *st)
{
	int rc = libc_statx(folder, path, flags, mask, st);
	struct stat seen;

	if (rc || !looks_any() || (~st->stx_mask & SEEN))
		return outcome_missed(folder, path, rc);
	seen.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor);
	seen.st_ino = st->stx_ino;
	seen.st_mode = st->stx_mode;
	seen.st_ctim.tv_sec = st->stx_ctime.tv_sec;
	seen.st_ctim.tv_nsec = st->stx_ctime.tv_nsec;
	return outcome_looked(folder, path, &seen, rc);
}

int look_access(const char *path, int mode)
{
	return outcome_asked(AT_FDCWD, path, libc_access(path, mode));
}

int look_eaccess(const char *path, int mode)
{
	return outcome_asked(AT_FDCWD, path, libc_eaccess(path, mode));
}

int look_euidaccess(const char *path, int mode)
{
	return outcome_asked(AT_FDCWD, path, libc_euidaccess(path, mode));
}

int look_faccessat(int folder, const char *path, int mode, int flags)
{
	return outcome_asked(folder, path, libc_faccessat(folder, path, mode, flags));
}

/* The fourth argument is there only if a file may be created. */
int look_openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	int fd;

	va_start(args, flags);
	fd = libc_openat(folder, path, flags, MODE_OF(flags, args));
	va_end(args);
	return outcome_opened(folder, path, flags, fd);
}

int look_openat64(int folder, const char *path, int flags, ...)
{
	va_list args;
	int fd;

	va_start(args, flags);
	fd = libc_openat64(folder, path, flags, MODE_OF(flags, args));
	va_end(args);
	return outcome_opened(folder, path, flags, fd);
}

/* What the compiler makes of them with _FORTIFY_SOURCE, where no file may be created. */
int look_open_2(const char *path, int flags)
{
	return outcome_opened(AT_FDCWD, path, flags, libc_open_2(path, flags));
}

int look_open64_2(const char *path, int flags)
{
	return outcome_opened(AT_FDCWD, path, flags, libc_open64_2(path, flags));
}

int look_openat_2(int folder, const char *path, int flags)
{
	return outcome_opened(folder, path, flags, libc_openat_2(folder, path, flags));
}

int look_openat64_2(int folder, const char *path, int flags)
{
	return outcome_opened(folder, path, flags, libc_openat64_2(folder, path, flags));
}
