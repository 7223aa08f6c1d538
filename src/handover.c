#include "handover.h"

#include "attempt.h"
#include "failure.h"
#include "held.h"
#include "libc.h"
#include "lock.h"
#include "report.h"
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static _Thread_local struct opening *current;
static _Thread_local bool starting_swmr;

/* A file that changes hands more often than this between our look and HDF5's is a bug of ours. */
enum { MOST_ROUNDS = 100 };

void handover_reset(struct opening *o)
{
	o->target = TARGET_UNKNOWN;
	o->handed = o->closed = o->shared = o->again = false;
	o->fd = o->passed = -1;
}

bool handover_again(struct opening *o)
{
	if (!o->again || o->error)
		return false;
	if (++o->rounds < MOST_ROUNDS)
		return true;
	failure_held(o);
	return false;
}

void handover_begin(struct opening *o)
{
	o->outer = current;
	current = o;
}

void handover_end(struct opening *o)
{
	current = o->outer;
}

bool handover_expects(const char *path)
{
	return current && path && strcmp(path, current->name) == 0;
}

const struct hdf5 *handover_sec2(void)
{
	return current && !current->read_only_now && !current->inner ? current->h5 : NULL;
}

bool handover_has(const struct opening *o, int fd)
{
	return o && o->handed && !o->closed && o->target == TARGET_LOCKED && o->fd == fd;
}

/* The call can't succeed as things are.  HDF5 is told so, in silence: what the user reads comes
 * from opening_run(), or nothing does because it starts over. */
static int give_up(struct opening *o, int rc)
{
	hdf5_printing_off(o->h5, &o->printing);
	return rc;
}

static int start_over(struct opening *o)
{
	o->again = true;
	return give_up(o, -EAGAIN);
}

/* H5Fcreate() looks first, with a descriptor that it closes at once, and then opens with O_TRUNC
 * (1.8 to 2.2).  H5Fdelete() only looks, and then deletes what is at the path (1.12 to 2.2): that
 * has to be what is locked.  Closing a dup() leaves the lock alone. */
static int hand_over(struct opening *o, int flags)
{
	int fd;

	/* Another thread had to go first. */
	if (o->target == TARGET_LOCKED && !held_commit(o->fd))
		return start_over(o);
	if (o->deletes && wait_replaced(o))
		return start_over(o);
	if (o->deletes || (o->create && !(flags & O_TRUNC))) {
		fd = fcntl(o->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		return fd < 0 ? -errno : fd;
	}
	if ((flags & O_TRUNC) && o->target == TARGET_LOCKED && ftruncate(o->fd, 0))
		return -errno;
	o->handed = true;
	return o->fd;
}

/* The path that a dangling symbolic link leads to, in BUFFER of PATH_MAX bytes; O_EXCL does not
 * follow links, while HDF5's O_CREAT would create what they lead to. */
static bool follow_dangling(const char *path, char *buffer)
{
	char target[PATH_MAX];
	const char *slash;
	int links;

	snprintf(buffer, PATH_MAX, "%s", path);
	for (links = 0; links < 40; links++) {
		ssize_t length = readlink(buffer, target, sizeof(target) - 1);

		if (length < 0)
			return links > 0 && errno == ENOENT;
		target[length] = 0;
		slash = target[0] == '/' ? NULL : strrchr(buffer, '/');
		if (slash && (size_t)(slash - buffer) + 2 + (size_t)length > PATH_MAX)
			return false;
		strcpy(slash ? buffer + (slash - buffer) + 1 : buffer, target);
	}
	return false;
}

/* The lock on a file that this thread has just created.  A reader that takes it for an empty one
 * may have it for a moment; whoever keeps it is another creator. */
static int lock_created(int fd)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };
	int rc = -EAGAIN;

	for (int tries = 0; tries < 2000 && (rc = lock_try(fd, true, false)) == -EAGAIN; tries++)
		nanosleep(&moment, NULL);
	return rc;
}

/* Whoever gives up removes nothing but what it created itself, and only while it is empty.  PATH:
 * NULL if it is somebody else's by now. */
static int abandon_created(struct opening *o, const char *path, int fd)
{
	struct stat created, there;

	if (path && fstat(fd, &created) == 0 && stat(path, &there) == 0 && there.st_size == 0 &&
	    created.st_dev == there.st_dev && created.st_ino == there.st_ino)
		unlink(path);
	held_close(fd);
	libc_close(fd);
	return give_up(o, -o->error);
}

static int adopt_created(struct opening *o, const char *path, int fd)
{
	int rc = fstat(fd, &o->st) ? -errno : 0;

	/* Entered first, so that no other thread of this process waits for this one's lock. */
	if (!rc)
		rc = held_add(fd, &o->st, HELD_HANDED, HELD_UNLOCKED, o->h5->base);
	if (rc) {
		failure_no_entry(o, -rc);
		return abandon_created(o, path, fd);
	}
	rc = lock_created(fd);
	o->lock = rc ? HELD_UNLOCKED : HELD_EXCLUSIVE;
	held_change(fd, HELD_HANDED, o->lock);
	if (rc == -EAGAIN || (rc == 0 && (fstat(fd, &o->st) || o->st.st_size))) {
		failure_created_meanwhile(o);
		return abandon_created(o, NULL, fd);
	}
	if (rc && attempt_without_lock(o, fd, -rc))
		return abandon_created(o, path, fd);
	o->fd = fd;
	o->target = TARGET_LOCKED;
	o->handed = true;
	return fd;
}

/* Always with O_EXCL and never with O_TRUNC, so that what another process created in this moment is
 * not overwritten. */
static int create(struct opening *o, int flags, mode_t mode)
{
	int fd, exclusive = (flags & ~O_TRUNC) | O_EXCL | O_CLOEXEC;
	char behind_links[PATH_MAX];
	const char *path = o->name;

	if (o->target == TARGET_OURS)
		return start_over(o);
	if (o->target == TARGET_UNOPENABLE) {
		fd = libc_open(path, flags & ~(O_TRUNC | O_CREAT), mode);
		if (fd < 0 && errno != ENOENT)
			return -errno;
		if (fd >= 0)
			libc_close(fd);
		return start_over(o);
	}
	fd = libc_above_streams(libc_open(path, exclusive, mode));
	if (fd < 0 && errno == EEXIST && !(flags & O_EXCL)) {
		if (!follow_dangling(o->name, behind_links))
			return start_over(o);
		path = behind_links;
		fd = libc_above_streams(libc_open(path, exclusive, mode));
		if (fd < 0 && errno == EEXIST)
			return start_over(o);
	}
	return fd < 0 ? -errno : adopt_created(o, path, fd);
}

/* A second look at a file that this process has open: HDF5 compares, closes this descriptor again
 * and shares what it has.  If the file was closed in the meantime, it would not. */
static int pass(struct opening *o, int fd)
{
	struct stat st;
	struct held h;

	if (fstat(fd, &st) == 0 && held_find(&st, fd, &h) && h.state == HELD_OPEN) {
		o->passed = fd;
		return fd;
	}
	libc_close(fd);
	return start_over(o);
}

static int reopen(struct opening *o, int flags, mode_t mode)
{
	int fd = libc_above_streams(libc_open(o->name, flags | O_CLOEXEC, mode));

	if (fd < 0)
		return -errno;
	/* H5F_ACC_EXCL only wants to know whether it is there; and what is handed over already may
	 * be looked at once more. */
	if (o->target == TARGET_UNKNOWN || (o->handed && !o->closed))
		return fd;
	if (o->target == TARGET_OURS)
		return pass(o, fd);
	/* There was nothing to open when the attempt looked. */
	libc_close(fd);
	return start_over(o);
}

int handover_open(int flags, mode_t mode)
{
	struct opening *o = current;
	int fd;

	/* What has failed stays failed, though it might succeed by now: nobody would close it. */
	if (o->again || o->error)
		fd = o->error ? -o->error : -EAGAIN;
	else if (o->fd >= 0 && !o->handed)
		fd = hand_over(o, flags);
	else if (flags & O_CREAT)
		fd = create(o, flags, mode);
	else
		fd = reopen(o, flags, mode);
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

int handover_share(int fd)
{
	/* The kernel turns an exclusive lock into a shared one in one step. */
	return held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED);
}

/* A program that makes its reader's lock exclusive by itself; the kernel lets the old lock go
 * first. */
static int make_exclusive(int fd, int operation)
{
	int rc = held_relock(fd, operation, HELD_EXCLUSIVE);

	if (rc == 0)
		return 0;
	libc_flock(fd, LOCK_SH | LOCK_NB);
	errno = -rc;
	return -1;
}

int handover_flock(int fd, int operation)
{
	int what = operation & ~LOCK_NB;
	struct held h;

	/* HDF5's own lock meets ours; there is nothing to do, and nothing to look up: this is in
	 * every open. */
	if (handover_has(current, fd))
		return 0;
	if (!held_get(fd, &h))
		return libc_flock(fd, operation);
	/* What our parent locked is not ours to unlock. */
	if (h.lock == HELD_UNLOCKED || h.state == HELD_OPENING || h.state == HELD_HANDED ||
	    starting_swmr || h.inherited)
		return 0;
	if (what == LOCK_EX && h.lock == HELD_SHARED)
		return make_exclusive(fd, operation);
	if (what == LOCK_UN && h.lock == HELD_EXCLUSIVE && handover_share(fd))
		return -1;
	return 0;
}

void handover_close(int fd)
{
	struct opening *o = current;

	if (o && held_may_write()) {
		if (o->handed && fd == o->fd)
			o->closed = true;
		if (fd >= 0 && fd == o->passed)
			o->shared = true;
	}
	if (held_close(fd))
		report(REPORT_LOCK, "unlocked descriptor %d", fd);
}

void handover_swmr(bool on)
{
	starting_swmr = on;
}
