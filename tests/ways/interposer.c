/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that stands before or behind ours in LD_PRELOAD, as profilers do, and hands everything
 * on; it needs no HDF5. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

typedef int64_t hid_t;

/* Looked up once, at the first call. */
#define NEXT(name) ((__typeof__(&name))next(#name, &next_##name))

static void *next(const char *name, void **at)
{
	if (!*at)
		*at = dlsym(RTLD_NEXT, name);
	return *at;
}

#define FORWARD(type, name, parameters, arguments) \
	type name parameters;                      \
	static void *next_##name;                  \
	type name parameters                       \
	{                                          \
		return NEXT(name) arguments;       \
	}

FORWARD(hid_t, H5Fopen, (const char *name, unsigned flags, hid_t list), (name, flags, list))
FORWARD(hid_t, H5Fcreate, (const char *name, unsigned flags, hid_t creation, hid_t list),
	(name, flags, creation, list))
FORWARD(int, H5Fclose, (hid_t file), (file))
FORWARD(int, H5Fdelete, (const char *name, hid_t list), (name, list))
FORWARD(int, H5Fstart_swmr_write, (hid_t file), (file))
FORWARD(int, H5Fis_hdf5, (const char *name), (name))
FORWARD(int, H5Fis_accessible, (const char *name, hid_t list), (name, list))
FORWARD(int, H5Dread, (hid_t set, hid_t type, hid_t memory, hid_t space, hid_t list, void *buffer),
	(set, type, memory, space, list, buffer))
FORWARD(int, H5Dwrite,
	(hid_t set, hid_t type, hid_t memory, hid_t space, hid_t list, const void *buffer),
	(set, type, memory, space, list, buffer))
FORWARD(int, H5Oexists_by_name, (hid_t place, const char *name, hid_t list), (place, name, list))
FORWARD(int, H5Ocopy,
	(hid_t from, const char *from_name, hid_t to, const char *to_name, hid_t copy, hid_t link),
	(from, from_name, to, to_name, copy, link))
FORWARD(int, H5Ewalk2, (hid_t stack, int direction, void *function, void *data),
	(stack, direction, function, data))
FORWARD(int, flock, (int fd, int operation), (fd, operation))
FORWARD(int, close, (int fd), (fd))

/* glibc before 2.33 has these by other names. */
#if __GLIBC_PREREQ(2, 33)
FORWARD(int, stat, (const char *path, void *st), (path, st))
FORWARD(int, lstat, (const char *path, void *st), (path, st))
FORWARD(int, fstatat, (int folder, const char *path, void *st, int flags),
	(folder, path, st, flags))
#endif
FORWARD(int, __xstat, (int version, const char *path, void *st), (version, path, st))
FORWARD(int, __lxstat, (int version, const char *path, void *st), (version, path, st))
FORWARD(int, __fxstatat, (int version, int folder, const char *path, void *st, int flags),
	(version, folder, path, st, flags))
FORWARD(int, statx, (int folder, const char *path, int flags, unsigned mask, void *st),
	(folder, path, flags, mask, st))
FORWARD(int, access, (const char *path, int mode), (path, mode))
FORWARD(int, eaccess, (const char *path, int mode), (path, mode))
FORWARD(int, faccessat, (int folder, const char *path, int mode, int flags),
	(folder, path, mode, flags))
FORWARD(int, creat, (const char *path, mode_t mode), (path, mode))
FORWARD(int, rename, (const char *from, const char *to), (from, to))
FORWARD(int, renameat, (int from_folder, const char *from, int to_folder, const char *to),
	(from_folder, from, to_folder, to))
FORWARD(int, link, (const char *from, const char *to), (from, to))
FORWARD(int, symlink, (const char *target, const char *path), (target, path))
FORWARD(int, chdir, (const char *path), (path))
FORWARD(int, fchdir, (int fd), (fd))
FORWARD(pid_t, wait, (int *status), (status))
FORWARD(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
FORWARD(int, waitid, (int kind, id_t id, void *info, int options), (kind, id, info, options))
FORWARD(int, system, (const char *command), (command))
FORWARD(int, pclose, (void *stream), (stream))

int openat(int folder, const char *path, int flags, ...)
{
	static void *next_openat;
	int mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, int);
	va_end(args);
	return NEXT(openat)(folder, path, flags, mode);
}

#define OPEN(name)                                                          \
	int name(const char *path, int flags, ...);                         \
	static void *next_##name;                                           \
	int name(const char *path, int flags, ...)                          \
	{                                                                   \
		int (*real)(const char *, int, ...) = NEXT(name), mode = 0; \
		va_list args;                                               \
                                                                            \
		va_start(args, flags);                                      \
		if (flags & (O_CREAT | __O_TMPFILE))                        \
			mode = va_arg(args, int);                           \
		va_end(args);                                               \
		return real(path, flags, mode);                             \
	}

#undef open
#undef open64
OPEN(open)
OPEN(open64)
