/* The exported open…, flock and close: where HDF5's descriptors begin, change and end. */
#include "handover.h"
#include "inner.h"
#include "inside.h"
#include "libc.h"
#include "site.h"

#include <fcntl.h>
#include <stdarg.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* The third argument is there only if a file may be created. */
static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

static int begin(const char *path, int flags, mode_t mode, const void *caller,
		 int (*otherwise)(const char *, int, mode_t))
{
	const struct hdf5 *h5;

	if (handover_expects(path)) {
		h5 = handover_sec2();
		if (h5)
			site_learn(h5, caller);
		return handover_open(flags, mode);
	}
	h5 = site_of(caller);
	if (!h5)
		h5 = inside_opens(caller, flags);
	return h5 ? inner_open(h5, path, flags, mode) : otherwise(path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return begin(path, flags, mode, CALLER, libc_open);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return begin(path, flags, mode, CALLER, libc_open64);
}

EXPORT int flock(int fd, int operation)
{
	inside_flocks(CALLER);
	return handover_flock(fd, operation);
}

EXPORT int close(int fd)
{
	handover_close(fd);
	return libc_close(fd);
}
