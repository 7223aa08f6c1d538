/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands that look whether a file is there.
 *
 *   misses HOW NAME      "ok" if this look, one of "looks" below, ends with ENOENT
 *   finds HOW NAME       "ok" if it finds the file
 *   look-from FOLDER     fstatat, openat... go by this folder's descriptor from now on
 *   look-from-nowhere    that is closed; they go by the current folder, as at first
 */
#include "actor.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- looks ------------------------------------------------------------------ */

int from_folder = AT_FDCWD;
/* What the compiler knows, it checks itself: no __open_2 then in a program that is fortified. */
static volatile int read_only = O_RDONLY;

static int closed(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int file_closed(FILE *file)
{
	return file ? fclose(file) : -1;
}

static int look_stat(const char *name)
{
	struct stat status;

	return stat(name, &status);
}

static int look_stat64(const char *name)
{
	struct stat64 status;

	return stat64(name, &status);
}

static int look_lstat(const char *name)
{
	struct stat status;

	return lstat(name, &status);
}

static int look_fstatat(const char *name)
{
	struct stat status;

	return fstatat(from_folder, name, &status, 0);
}

static int look_statx(const char *name)
{
	struct statx status;

	return statx(from_folder, name, 0, STATX_BASIC_STATS, &status);
}

#ifndef _STAT_VER /* glibc 2.33 still has the functions, for old programs, but no header */
#ifdef __x86_64__
#define _STAT_VER 1
#else
#define _STAT_VER 0
#endif
#endif

/* As programs call it that were linked before glibc 2.33; a system without old programs has none.
 */
static int look_old(const char *function, const char *name)
{
	int (*old)(int, const char *, struct stat *);
	struct stat status;

	old = (int (*)(int, const char *, struct stat *))dlsym(RTLD_DEFAULT, function);
	return old ? old(_STAT_VER, name, &status) : stat(name, &status);
}

static int look_xstat(const char *name)
{
	return look_old("__xstat", name);
}

static int look_xstat64(const char *name)
{
	return look_old("__xstat64", name);
}

static int look_lxstat(const char *name)
{
	return look_old("__lxstat", name);
}

static int look_lxstat64(const char *name)
{
	return look_old("__lxstat64", name);
}

static int look_old_at(const char *function, const char *name)
{
	int (*old)(int, int, const char *, struct stat *, int);
	struct stat status;

	old = (int (*)(int, int, const char *, struct stat *, int))dlsym(RTLD_DEFAULT, function);
	return old ? old(_STAT_VER, from_folder, name, &status, 0)
		   : fstatat(from_folder, name, &status, 0);
}

static int look_fxstatat(const char *name)
{
	return look_old_at("__fxstatat", name);
}

static int look_fxstatat64(const char *name)
{
	return look_old_at("__fxstatat64", name);
}

static int look_access(const char *name)
{
	return access(name, F_OK);
}

static int look_faccessat(const char *name)
{
	return faccessat(from_folder, name, R_OK, 0);
}

static int look_eaccess(const char *name)
{
	return eaccess(name, R_OK);
}

static int look_euidaccess(const char *name)
{
	return euidaccess(name, R_OK);
}

static int look_fopen(const char *name)
{
	return file_closed(fopen(name, "r"));
}

static int look_fopen64(const char *name)
{
	return file_closed(fopen64(name, "rb+"));
}

static int look_open(const char *name)
{
	return closed(open(name, read_only));
}

static int look_open64(const char *name)
{
	return closed(open64(name, read_only | O_CLOEXEC));
}

static int look_openat(const char *name)
{
	return closed(openat(from_folder, name, read_only));
}

/* What a program that is built fortified calls; its headers don't declare them. */
int __open_2(const char *name, int flags);
int __open64_2(const char *name, int flags);
int __openat_2(int folder, const char *name, int flags);
int __openat64_2(int folder, const char *name, int flags);

static int look_open_2(const char *name)
{
	return closed(__open_2(name, read_only));
}

static int look_open64_2(const char *name)
{
	return closed(__open64_2(name, read_only));
}

static int look_openat_2(const char *name)
{
	return closed(__openat_2(from_folder, name, read_only));
}

static int look_openat64_2(const char *name)
{
	return closed(__openat64_2(from_folder, name, read_only));
}

static int look_h5fopen(const char *name, const char *mode)
{
	hid_t file = open_file(name, mode, false);

	return file < 0 ? -1 : H5Fclose(file);
}

static int look_rw(const char *name)
{
	return look_h5fopen(name, "rw");
}

static int look_r(const char *name)
{
	return look_h5fopen(name, "r");
}

/* HDF5 says no more than that. */
static int is_there(htri_t is)
{
	if (is < 0)
		errno = ENOENT;
	return is < 0 ? -1 : 0;
}

static int look_is_hdf5(const char *name)
{
	return is_there(H5Fis_hdf5(name));
}

static int look_is_accessible(const char *name)
{
#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 12, 0)
	return is_there(H5Fis_accessible(name, H5P_DEFAULT));
#endif
#endif
	return look_is_hdf5(name); /* the only one before HDF5 1.12 */
}

static const struct way looks[] = {
	{ "stat", look_stat },
	{ "stat64", look_stat64 },
	{ "lstat", look_lstat },
	{ "fstatat", look_fstatat },
	{ "statx", look_statx },
	{ "__xstat", look_xstat },
	{ "__xstat64", look_xstat64 },
	{ "__lxstat", look_lxstat },
	{ "__lxstat64", look_lxstat64 },
	{ "__fxstatat", look_fxstatat },
	{ "__fxstatat64", look_fxstatat64 },
	{ "access", look_access },
	{ "faccessat", look_faccessat },
	{ "eaccess", look_eaccess },
	{ "euidaccess", look_euidaccess },
	{ "fopen", look_fopen },
	{ "fopen64", look_fopen64 },
	{ "open", look_open },
	{ "open64", look_open64 },
	{ "openat", look_openat },
	{ "__open_2", look_open_2 },
	{ "__open64_2", look_open64_2 },
	{ "__openat_2", look_openat_2 },
	{ "__openat64_2", look_openat64_2 },
	{ "H5Fopen-rw", look_rw },
	{ "H5Fopen-r", look_r },
	{ "H5Fis_hdf5", look_is_hdf5 },
	{ "H5Fis_accessible", look_is_accessible },
	{ NULL, NULL },
};

/* --- commands -------------------------------------------------------------------- */

int go(const struct way *table, const char *name, const char *file)
{
	while (table->name && strcmp(table->name, name))
		table++;
	if (!table->name)
		return EINVAL;
	errno = 0;
	if (table->go(file) == 0)
		return 0;
	return errno ? errno : EIO;
}

void answer_if(bool good, int error)
{
	if (good)
		answer_ok();
	else
		answer("error errno=%d", error);
}

static void run_misses(const struct words *w)
{
	int error = go(looks, w->word[1], w->word[2]);

	answer_if(error == ENOENT, error);
}

static void run_finds(const struct words *w)
{
	int error = go(looks, w->word[1], w->word[2]);

	answer_if(error == 0, error);
}

static void run_look_from(const struct words *w)
{
	from_folder = open(w->word[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	answer_if(from_folder >= 0, errno);
}

static void run_look_from_nowhere(const struct words *w)
{
	(void)w;
	close(from_folder);
	from_folder = AT_FDCWD;
	answer_ok();
}

const struct command look_commands[] = {
	{ "misses", run_misses, 2 },
	{ "finds", run_finds, 2 },
	{ "look-from", run_look_from, 1 },
	{ "look-from-nowhere", run_look_from_nowhere, 0 },
	{ NULL, NULL, 0 },
};
