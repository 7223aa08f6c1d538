/* SPDX-License-Identifier: BSD-3-Clause */
/* The libc functions behind our hooks of names and children, each with that function's contract:
 * libc_stat() and so on.  They are looked for when they are first called, for a program's start is
 * none of the times at which that may cost something. */
#ifndef NAMES_H
#define NAMES_H

/* struct stat and struct stat64 are the same where a long has 64 bits. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

/* What was found, each, or NULL as long as nobody has looked: names.c's. */
#define NEXT(result, name, symbol, parameters, arguments, otherwise) \
	extern result(*_Atomic names_##name) parameters;
#include "system/names.def"

/* Any thread; async-signal-safe where libc's are. */
#define NEXT(result, name, symbol, parameters, arguments, otherwise)                     \
	result names_find_##name parameters;                                             \
	static inline result libc_##name parameters                                      \
	{                                                                                \
		result(*found) parameters =                                              \
			atomic_load_explicit(&names_##name, memory_order_relaxed);       \
                                                                                         \
		return __builtin_expect(found != NULL, 1) ? found arguments              \
							  : names_find_##name arguments; \
	}
#include "system/names.def"
int libc_openat(int folder, const char *path, int flags, mode_t mode);
int libc_openat64(int folder, const char *path, int flags, mode_t mode);

/* A time in nanoseconds. */
static inline int64_t nanoseconds(int64_t seconds, int64_t ns)
{
	return seconds * 1000000000 + ns;
}

/* When the file behind FD was born, in nanoseconds since 1970.  Returns false where the kernel or
 * the file system does not know.  Preserves errno; any thread; async-signal-safe. */
bool libc_born(int fd, int64_t *born);

#endif
