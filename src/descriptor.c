/* The exported open…, flock and close: where HDF5's descriptors begin, change and end. */
#include "handover.h"
#include "libc.h"

#include <fcntl.h>
#include <stdarg.h>

#define EXPORT __attribute__((visibility("default")))

/* The third argument is there only if a file may be created. */
static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return handover_expects(path) ? handover_open(flags, mode) : libc_open(path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return handover_expects(path) ? handover_open(flags, mode) : libc_open64(path, flags, mode);
}

EXPORT int flock(int fd, int operation)
{
	return handover_flock(fd, operation);
}

EXPORT int close(int fd)
{
	handover_close(fd);
	return libc_close(fd);
}
