#include "lock.h"

#include "libc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

/* The kernel's flock() lets two readers who overlap starve a writer for ever.  The turnstile, one
 * byte far past any data, mends it: who has to wait stands there, and everybody, writers too, first
 * asks whether somebody does.  (Writers that try first make a reader wait 1.7 s behind a stream of
 * four of them.)  An OFD lock, because it belongs to the descriptor as flock() does. */
static const struct flock64 turnstile = { .l_whence = SEEK_SET, .l_start = 1LL << 62, .l_len = 1 };

static bool somebody_waits(int fd)
{
	struct flock64 ask = turnstile;

	ask.l_type = F_WRLCK;
	return fcntl(fd, F_OFD_GETLK, &ask) == 0 && ask.l_type != F_UNLCK;
}

static int try_flock(int fd, bool exclusive)
{
	int rc;

	do
		rc = libc_flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
	while (rc && errno == EINTR);
	return rc ? -errno : 0;
}

int lock_try(int fd, bool exclusive, bool in_turn)
{
	if (in_turn && somebody_waits(fd))
		return -EAGAIN;
	return try_flock(fd, exclusive);
}

static int enter_turnstile(int fd, bool exclusive, int (*interrupted)(void *), void *arg)
{
	struct flock64 stand = turnstile;

	/* A reader's descriptor can't do more than share; readers may stand there together. */
	stand.l_type = exclusive ? F_WRLCK : F_RDLCK;
	while (fcntl(fd, F_OFD_SETLKW, &stand)) {
		int rc = errno == EINTR ? interrupted(arg) : -errno;

		if (rc)
			return rc;
	}
	return 0;
}

static void leave_turnstile(int fd)
{
	struct flock64 gone = turnstile;

	gone.l_type = F_UNLCK;
	fcntl(fd, F_OFD_SETLK, &gone);
}

static int wait_flock(int fd, bool exclusive, int (*interrupted)(void *), void *arg)
{
	while (libc_flock(fd, exclusive ? LOCK_EX : LOCK_SH)) {
		int rc = errno == EINTR ? interrupted(arg) : -errno;

		if (rc)
			return rc;
	}
	return 0;
}

int lock_wait(int fd, bool exclusive, bool in_turn, int (*interrupted)(void *), void *arg)
{
	int rc = in_turn ? enter_turnstile(fd, exclusive, interrupted, arg) : 0;

	if (rc)
		return rc;
	rc = wait_flock(fd, exclusive, interrupted, arg);
	if (in_turn)
		leave_turnstile(fd);
	return rc;
}
