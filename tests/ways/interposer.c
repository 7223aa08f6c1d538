/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that stands before or behind ours in LD_PRELOAD, as profilers do, and hands everything
 * on; it needs no HDF5. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>

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
