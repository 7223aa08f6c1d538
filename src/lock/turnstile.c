/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/turnstile.h"

#include "lock/holders.h"

#include <errno.h>
#include <fcntl.h>

/* The kernel's flock() lets two readers who overlap starve a writer for ever.  The turnstile, one
 * byte far past any data, mends it: who has to wait stands there, and everybody, writers too, first
 * asks whether somebody does.  (Writers that try first make a reader wait 1.7 s behind a stream of
 * four of them.)  An OFD lock, because it belongs to the descriptor as flock() does. */
static struct flock64 lock_at(enum place place, int type)
{
	static const long long starts[] = { [PLACE_TURNSTILE] = HOLDERS_TURNSTILE,
					    [PLACE_SECOND] = HOLDERS_SECOND,
					    [PLACE_THIRD] = HOLDERS_THIRD,
					    [PLACE_GUARDED] = HOLDERS_GUARDED };

	return (struct flock64){
		.l_type = (short)type, .l_whence = SEEK_SET, .l_start = starts[place], .l_len = 1
	};
}

/* Who takes a lock on more than this byte does not know of us; nor does who has a process: the
 * kernel gives none for an OFD lock, a server may. */
static bool is_ours(const struct filesystem *fs, const struct flock64 *lock, enum place place)
{
	return lock->l_start == lock_at(place, F_WRLCK).l_start && lock->l_len == 1 &&
	       (lock->l_pid == -1 || fs->traits & FS_REMOTE);
}

bool turnstile_taken(const struct filesystem *fs, int fd)
{
	struct flock64 ask = lock_at(PLACE_TURNSTILE, F_WRLCK);
	enum place last = PLACE_TURNSTILE;

	/* Who asks for the turnstile now and then may not have seen yet that it is free. */
	if (fs->traits & FS_POLLS) {
		last = PLACE_THIRD;
		ask.l_len = lock_at(last, F_WRLCK).l_start - ask.l_start + 1;
	}
	/* Not F_OFD_GETLK, which tells of this process's own POSIX locks, too. */
	if (fcntl(fd, F_GETLK64, &ask) || ask.l_type == F_UNLCK)
		return false;
	for (enum place place = PLACE_TURNSTILE; place <= last; place++)
		if (is_ours(fs, &ask, place))
			return true;
	/* The kernel tells the oldest lock that is in the way.  Beside somebody's exclusive lock on
	 * this byte nobody can stand; beside a shared one readers can. */
	return ask.l_type == F_RDLCK && holders_at_turnstile(fd);
}

int turnstile_try(const struct filesystem *fs, int fd, enum place place, bool exclusive)
{
	/* A reader's descriptor can't do more than share. */
	struct flock64 stand = lock_at(place, exclusive ? F_WRLCK : F_RDLCK), there = stand;

	if (fcntl(fd, F_OFD_SETLK, &stand) == 0)
		return 0;
	/* EINVAL: Linux before 3.15, gVisor. */
	if ((errno != EAGAIN && errno != EACCES) || fcntl(fd, F_OFD_GETLK, &there))
		return -ENOTSUP;
	return there.l_type == F_UNLCK || is_ours(fs, &there, place) ? -EAGAIN : -ENOTSUP;
}

int turnstile_wait(int fd, enum place place, bool exclusive)
{
	struct flock64 stand = lock_at(place, exclusive ? F_WRLCK : F_RDLCK);

	if (fcntl(fd, F_OFD_SETLKW, &stand) == 0)
		return 0;
	return errno == EINTR ? -EINTR : -ENOTSUP;
}

void turnstile_leave(int fd, enum place place)
{
	struct flock64 gone = lock_at(place, F_UNLCK);
	int saved_errno = errno;

	fcntl(fd, F_OFD_SETLK, &gone);
	errno = saved_errno;
}
