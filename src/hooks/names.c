/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported functions by which a program makes a name, or changes what its names are relative
 * to: creat…, rename…, link…, symlink…, chdir and fchdir. */
#include "hooks/export.h"
#include "looks/outcome.h"
#include "system/names.h"

int name_creat(const char *, mode_t) EXPORT_AS(creat);
int name_creat64(const char *, mode_t) EXPORT_AS(creat64);
int name_rename(const char *, const char *) EXPORT_AS(rename);
int name_renameat(int, const char *, int, const char *) EXPORT_AS(renameat);
int name_renameat2(int, const char *, int, const char *, unsigned int) EXPORT_AS(renameat2);
int name_link(const char *, const char *) EXPORT_AS(link);
int name_linkat(int, const char *, int, const char *, int) EXPORT_AS(linkat);
int name_symlink(const char *, const char *) EXPORT_AS(symlink);
int name_symlinkat(const char *, int, const char *) EXPORT_AS(symlinkat);
int name_chdir(const char *) EXPORT_AS(chdir);
int name_fchdir(int) EXPORT_AS(fchdir);

int name_creat(const char *path, mode_t mode)
{
	return outcome_opened(AT_FDCWD, path, O_CREAT, libc_creat(path, mode));
}

int name_creat64(const char *path, mode_t mode)
{
	return outcome_opened(AT_FDCWD, path, O_CREAT, libc_creat64(path, mode));
}

int name_rename(const char *from, const char *to)
{
	return outcome_made(AT_FDCWD, to, libc_rename(from, to));
}

int name_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	return outcome_made(to_folder, to, libc_renameat(from_folder, from, to_folder, to));
}

int name_renameat2(int from_folder, const char *from, int to_folder, const char *to,
		   unsigned int flags)
{
	return outcome_made(to_folder, to, libc_renameat2(from_folder, from, to_folder, to, flags));
}

int name_link(const char *from, const char *to)
{
	return outcome_made(AT_FDCWD, to, libc_link(from, to));
}

int name_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	return outcome_made(to_folder, to, libc_linkat(from_folder, from, to_folder, to, flags));
}

int name_symlink(const char *target, const char *path)
{
	return outcome_made(AT_FDCWD, path, libc_symlink(target, path));
}

int name_symlinkat(const char *target, int folder, const char *path)
{
	return outcome_made(folder, path, libc_symlinkat(target, folder, path));
}

int name_chdir(const char *path)
{
	if (looks_any())
		looks_folder_changes();
	return libc_chdir(path);
}

int name_fchdir(int fd)
{
	if (looks_any())
		looks_folder_changes();
	return libc_fchdir(fd);
}
