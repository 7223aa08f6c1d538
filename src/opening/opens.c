/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/opens.h"

#include "hdf5/builtin.h"
#include "hdf5/site.h"
#include "lock/held.h"
#include "looks/outcome.h"
#include "opening/descriptor.h"
#include "opening/handover.h"
#include "opening/nested.h"
#include "system/libc.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Of an HDF5 inside the program, H5Fcreate() opens what is there, too, before it makes it empty
 * (1.8 to 2.2): that is no look of the program's. */
static int begin_inside(struct builtin inside, const char *path, int flags, mode_t mode)
{
	int fd = nested_open_by(inside.h5, inside.driver, path, flags, mode);

	return fd < 0 ? outcome_opened(AT_FDCWD, path, flags, fd) : fd;
}

static int begin_other(const char *path, int flags, mode_t mode, const void *caller,
		       int (*otherwise)(const char *, int, mode_t))
{
	const struct hdf5 *h5 = site_of(caller);
	struct builtin inside;
	int fd;

	if (h5)
		return outcome_opened(AT_FDCWD, path, flags, nested_open(h5, path, flags, mode));
	inside = builtin_opens(caller, path, flags);
	if (inside.h5)
		return begin_inside(inside, path, flags, mode);
	fd = otherwise(path, flags, mode);
	builtin_opened(caller, flags, fd);
	return outcome_opened(AT_FDCWD, path, flags, fd);
}

int opens_descriptor(const char *path, int flags, mode_t mode, const void *caller,
		     int (*otherwise)(const char *, int, mode_t))
{
	const struct hdf5 *h5;

	if (!handover_expects(path))
		return begin_other(path, flags, mode, caller, otherwise);
	h5 = handover_sec2();
	if (h5)
		site_learn(h5, caller);
	return handover_open(flags, mode);
}

static FILE *streamed(const char *path, const char *mode, FILE *stream)
{
	/* What there is is known by its descriptor; what is missing tells by errno. */
	if (stream ? looks_any() : *mode == 'r')
		outcome_opened(AT_FDCWD, path, *mode == 'r' ? O_RDONLY : O_CREAT,
			       stream ? fileno(stream) : -1);
	return stream;
}

/* Only the stdio driver of an HDF5 inside the program is of interest: of a libhdf5, its open was
 * refused or is none of our business (LOCKEDH5_DRIVER=pass). */
FILE *opens_stream(const char *path, const char *mode, const void *caller,
		   FILE *(*otherwise)(const char *, const char *))
{
	struct builtin inside = builtin_streams(caller, path, mode);
	int fd, saved_errno;
	FILE *stream;

	if (!inside.h5)
		return streamed(path, mode, otherwise(path, mode));
	fd = begin_inside(inside, path, builtin_flags(mode), 0666);
	stream = fd < 0 ? NULL : fdopen(fd, mode);
	if (fd < 0 || stream)
		return stream;
	saved_errno = errno;
	descriptor_close(fd);
	libc_close(fd);
	errno = saved_errno;
	return NULL;
}

/* What is in the stream's buffer belongs into the file as long as it is locked. */
static void unlock_stream(FILE *stream)
{
	int saved_errno = errno, fd = fileno(stream);
	struct held h;

	if (fd >= 0 && held_get(fd, &h)) {
		fflush(stream);
		descriptor_close(fd);
	}
	errno = saved_errno;
}

/* Whether the stream's descriptor is an open file at PATH, with our exclusive lock. */
static bool holds(FILE *stream, const char *path)
{
	struct stat there;
	struct held h;

	return path && held_get(fileno(stream), &h) && h.state == HELD_OPEN &&
	       h.lock == HELD_EXCLUSIVE && !h.inherited && libc_stat(path, &there) == 0 &&
	       there.st_dev == h.dev && there.st_ino == h.ino;
}

/* The stdio driver opens what it is to truncate "rb+", and then reopens it "wb+" (1.10.8), which
 * would be another descriptor, without the lock. */
FILE *opens_again(const char *path, const char *mode, FILE *stream, const void *caller,
		  FILE *(*otherwise)(const char *, const char *, FILE *))
{
	if (!held_any() || !stream)
		return streamed(path, mode, otherwise(path, mode, stream));
	if (builtin_streams(caller, path, mode).h5 && (builtin_flags(mode) & O_TRUNC) &&
	    holds(stream, path)) {
		rewind(stream);
		return libc_ftruncate(fileno(stream), 0) ? NULL : stream;
	}
	unlock_stream(stream);
	return streamed(path, mode, otherwise(path, mode, stream));
}

void opens_end(FILE *stream)
{
	if (held_any())
		unlock_stream(stream);
}
