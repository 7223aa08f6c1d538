/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/handover.h"

#include "lock/held.h"
#include "opening/create.h"
#include "opening/failure.h"
#include "opening/lookup.h"
#include "opening/ongoing.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A file that changes hands more often than this between our look and HDF5's is a bug of ours. */
enum { MOST_ROUNDS = 100 };

void handover_reset(struct opening *o)
{
	o->file.target = TARGET_UNKNOWN;
	o->handed.has_fd = o->handed.closed = o->handed.shared = o->handed.again = false;
	o->file.fd = o->handed.passed = -1;
}

bool handover_again(struct opening *o)
{
	if (!o->handed.again || o->failure.error)
		return false;
	if (++o->handed.rounds < MOST_ROUNDS)
		return true;
	failure_held(o);
	return false;
}

bool handover_expects(const char *path)
{
	const struct opening *o = ongoing_that_answers();

	return o && lookup_is_name(o, path);
}

const struct hdf5 *handover_sec2(void)
{
	const struct opening *o = ongoing_that_answers();

	return o && !o->inner ? o->h5 : NULL;
}

bool handover_has(const struct opening *o, int fd)
{
	return o && o->handed.has_fd && !o->handed.closed && o->file.target == TARGET_LOCKED &&
	       o->file.fd == fd;
}

/* H5Fcreate() looks first, with a descriptor that it closes at once, and then opens with O_TRUNC
 * (1.8 to 2.2).  H5Fdelete() only looks, and then deletes what is at the path (1.12 to 2.2): that
 * has to be what is locked.  Closing a dup() leaves the lock alone. */
static int hand_over(struct opening *o, int flags)
{
	int fd;

	/* Another thread had to go first. */
	if (o->file.target == TARGET_LOCKED && !held_commit(o->file.fd))
		return create_start_over(o);
	if (o->deletes && lookup_replaced(o, &o->file.st))
		return create_start_over(o);
	if (o->deletes || (o->create && !(flags & O_TRUNC))) {
		fd = fcntl(o->file.fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		return fd < 0 ? -errno : fd;
	}
	if ((flags & O_TRUNC) && o->file.target == TARGET_LOCKED && libc_ftruncate(o->file.fd, 0))
		return -errno;
	o->handed.has_fd = true;
	return o->file.fd;
}

/* A second look at a file that this process has open: HDF5 compares, closes this descriptor again
 * and shares what it has.  If the file was closed in the meantime, it would not. */
static int pass(struct opening *o, int fd)
{
	struct stat st;
	struct held h;

	if (fstat(fd, &st) == 0 && held_find(&st, fd, &h) && h.state == HELD_OPEN) {
		o->handed.passed = fd;
		return fd;
	}
	libc_close(fd);
	return create_start_over(o);
}

static int reopen(struct opening *o, int flags, mode_t mode)
{
	int fd;

	/* HDF5 looks only whether it is to create it (O_EXCL tells if it is not). */
	if (o->create && o->file.target == TARGET_ABSENT)
		return -ENOENT;
	fd = lookup_open(o, flags, mode);
	if (fd < 0)
		return -errno;
	/* H5F_ACC_EXCL only wants to know whether it is there; and what is handed over already may
	 * be looked at once more. */
	if (o->file.target == TARGET_UNKNOWN || (o->handed.has_fd && !o->handed.closed))
		return fd;
	if (o->file.target == TARGET_OURS)
		return pass(o, fd);
	/* There was nothing to open when the attempt looked. */
	libc_close(fd);
	return create_start_over(o);
}

int handover_open(int flags, mode_t mode)
{
	struct opening *o = ongoing_that_answers();
	int fd;

	/* What has failed stays failed, though it might succeed by now: nobody would close it. */
	if (o->handed.again || o->failure.error)
		fd = o->failure.error ? -o->failure.error : -EAGAIN;
	else if (o->file.fd >= 0 && !o->handed.has_fd)
		fd = hand_over(o, flags);
	else if (flags & O_CREAT)
		fd = create_file(o, flags, mode);
	else
		fd = reopen(o, flags, mode);
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}
