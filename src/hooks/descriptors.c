/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported open…, fopen…, freopen…, flock, close and fclose: where HDF5's descriptors begin,
 * change and end. */
/* Both open() and open64() are defined here: the C library's headers must not make one of the
 * other, as they do with -D_FILE_OFFSET_BITS=64, without which -D_TIME_BITS=64 is an error.
 * Distributions build with both; on 64 bits they change nothing else. */
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS
#include "hdf5/builtin.h"
#include "hooks/hook.h"
#include "opening/descriptor.h"
#include "opening/opens.h"
#include "system/libc.h"

#include <stdio.h>
#include <unistd.h>

EXPORT int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = MODE_OF(flags, args);
	va_end(args);
	return opens_descriptor(path, flags, mode, CALLER, libc_open);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = MODE_OF(flags, args);
	va_end(args);
	return opens_descriptor(path, flags, mode, CALLER, libc_open64);
}

EXPORT FILE *fopen(const char *path, const char *mode)
{
	return opens_stream(path, mode, CALLER, libc_fopen);
}

EXPORT FILE *fopen64(const char *path, const char *mode)
{
	return opens_stream(path, mode, CALLER, libc_fopen64);
}

EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream)
{
	return opens_again(path, mode, stream, CALLER, libc_freopen);
}

EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
	return opens_again(path, mode, stream, CALLER, libc_freopen64);
}

EXPORT int flock(int fd, int operation)
{
	builtin_flocks(CALLER);
	return descriptor_flock(fd, operation);
}

EXPORT int close(int fd)
{
	descriptor_close(fd);
	return libc_close(fd);
}

EXPORT int fclose(FILE *stream)
{
	opens_end(stream);
	return libc_fclose(stream);
}
