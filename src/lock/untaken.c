/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/untaken.h"

#include "lock/kernel_lock.h"
#include "system/libc.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

/* On another host's file system a look is a request, and who takes the lock needs several. */
enum { LOOKS = 5, LOOK_NS = 3000000, REMOTE_LOOK_NS = 100000000 };

/* One that readers hold is not free: behind them waits a writer. */
static int take_free(const struct filesystem *fs, int fd, bool exclusive)
{
	int rc = kernel_lock_try(fs, fd, true);

	return rc || exclusive ? rc : kernel_lock_try(fs, fd, false);
}

/* The lock is taken in each look, because the kernel tells in no other way whether a flock() would
 * succeed; others find the file in use for a moment, as they do soon after. */
static int look_by_taking(const struct filesystem *fs, int fd, bool exclusive,
			  struct untaken *looks)
{
	int rc = take_free(fs, fd, exclusive);

	looks->free = rc ? 0 : looks->free + 1;
	if (rc || looks->free > LOOKS)
		return rc;
	kernel_lock(fs, fd, LOCK_UN);
	return -EAGAIN;
}

int untaken_look(const struct filesystem *fs, int fd, bool exclusive, struct untaken *looks)
{
	int busy = kernel_lock_busy(fs, fd, true), rc;

	if (busy < 0)
		return look_by_taking(fs, fd, exclusive, looks);
	looks->free = busy ? 0 : looks->free + 1;
	if (looks->free <= LOOKS)
		return -EAGAIN;
	rc = kernel_lock_try(fs, fd, exclusive);
	/* A server of NFS 3 tells of no readers: it is not free, and looking on would last as long
	 * as they do. */
	if (rc == -EAGAIN)
		looks->free = 0;
	return rc;
}

void untaken_decide(struct untaken *looks)
{
	looks->free = LOOKS;
}

int64_t untaken_pause(const struct filesystem *fs)
{
	return fs->traits & FS_REMOTE ? REMOTE_LOOK_NS : LOOK_NS;
}

static void sleep_until(int64_t ns)
{
	struct timespec when = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

int untaken_take(const struct filesystem *fs, int fd, bool exclusive)
{
	struct untaken looks = { 0 };
	int rc;

	while ((rc = untaken_look(fs, fd, exclusive, &looks)) == -EAGAIN && looks.free)
		sleep_until(monotonic_ns() + untaken_pause(fs));
	return rc;
}
