/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that stands before libc's open() and asks the kernel itself, as sandboxes and tracers
 * do: nobody behind it sees that a file is opened.  With $PAST_OPEN_INSTEAD it opens that file for
 * each whose name ends in ".h5", as fakechroot leads names elsewhere. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

static int past(const char *path, int flags, unsigned int mode)
{
	const char *instead = getenv("PAST_OPEN_INSTEAD"), *end = strrchr(path, '.');

	if (instead && end && !strcmp(end, ".h5"))
		path = instead;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	unsigned int mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	return past(path, flags, mode);
}
