/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/create.h"

#include "hdf5/errors.h"
#include "lock/held.h"
#include "lock/lock.h"
#include "opening/failure.h"
#include "opening/looked.h"
#include "opening/lookup.h"
#include "opening/weak_lock.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

/* The call can't succeed as things are.  HDF5 is told so, in silence: what the user reads comes
 * from run_opening(), or nothing does because it starts over. */
static int give_up(struct opening *o, int rc)
{
	errors_printing_off(o->h5, &o->handed.printing);
	return rc;
}

int create_start_over(struct opening *o)
{
	o->handed.again = true;
	return give_up(o, -EAGAIN);
}

#define CREATED_NS INT64_C(3000000000)
enum { MOMENT_NS = 1000000, ASK_AGAIN_NS = 20000000 };

/* The lock on a file that this thread has just created.  A reader that takes it for an empty one
 * may have it for a moment; whoever keeps it is another creator. */
static int lock_created(const struct filesystem *fs, int fd)
{
	int64_t until = monotonic_ns() + CREATED_NS;
	struct timespec moment = { .tv_nsec = fs->traits & FS_REMOTE ? ASK_AGAIN_NS : MOMENT_NS };
	int rc;

	while ((rc = lock_try(fs, fd, true, false)) == -EAGAIN && monotonic_ns() < until)
		nanosleep(&moment, NULL);
	return rc;
}

/* Whoever gives up removes nothing but what it created itself, and only while it is empty.  PATH:
 * NULL if it is somebody else's by now. */
static int abandon_created(struct opening *o, const char *path, int fd)
{
	if (path)
		lookup_remove_empty(o, path, fd);
	held_close(fd);
	libc_close(fd);
	return give_up(o, -o->failure.error);
}

static int adopt_created(struct opening *o, const char *path, int fd)
{
	int rc = fstat(fd, &o->file.st) ? -errno : 0;

	o->file.fs = filesystem_of(fd, o->file.st.st_dev);
	if (!rc && weak_lock_here(o, o->file.fs, fd, false))
		return abandon_created(o, path, fd);

	/* Entered first, so that no other thread of this process waits for this one's lock. */
	if (!rc)
		rc = held_add(fd, &o->file.st, o->file.fs, HELD_HANDED, HELD_UNLOCKED, o->h5->base);
	if (rc) {
		failure_no_entry(o, -rc);
		return abandon_created(o, path, fd);
	}
	rc = lock_created(o->file.fs, fd);
	o->file.lock = rc ? HELD_UNLOCKED : HELD_EXCLUSIVE;
	held_change(fd, HELD_HANDED, o->file.lock);
	if (rc == 0 && fstat(fd, &o->file.st)) {
		failure_no_look(o, errno);
		return abandon_created(o, path, fd);
	}
	if (rc == -EAGAIN || (rc == 0 && o->file.st.st_size)) {
		failure_created_meanwhile(o);
		return abandon_created(o, NULL, fd);
	}
	if (rc ? weak_lock_none(o, fd, -rc) : weak_lock_here(o, o->file.fs, fd, true))
		return abandon_created(o, path, fd);
	looked_and_made(o);
	o->file.fd = fd;
	o->file.target = TARGET_LOCKED;
	o->handed.has_fd = true;
	return fd;
}

/* Always with O_EXCL and never with O_TRUNC, so that what another process created in this moment is
 * not overwritten. */
int create_file(struct opening *o, int flags, mode_t mode)
{
	int fd, rc, exclusive = (flags & ~O_TRUNC) | O_EXCL;
	char behind_links[PATH_MAX];
	const char *path = o->call.name;

	if (o->file.target == TARGET_OURS)
		return create_start_over(o);
	if (o->file.target == TARGET_UNOPENABLE) {
		fd = lookup_open(o, flags & ~(O_TRUNC | O_CREAT), mode);
		if (fd < 0 && errno != ENOENT)
			return -errno;
		if (fd >= 0)
			libc_close(fd);
		return create_start_over(o);
	}
	fd = lookup_open(o, exclusive, mode);
	if (fd < 0 && errno == EEXIST && !(flags & O_EXCL)) {
		rc = lookup_dangling(o, behind_links);
		if (rc < 0)
			return give_up(o, failure_no_look(o, -rc));
		if (!rc)
			return create_start_over(o);
		path = behind_links;
		fd = lookup_open_path(o, path, exclusive, mode);
		if (fd < 0 && errno == EEXIST)
			return create_start_over(o);
	}
	return fd < 0 ? -errno : adopt_created(o, path, fd);
}
