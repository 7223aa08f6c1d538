#include "lock.h"

#include "libc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

/* The kernel's flock() lets two readers who overlap starve a writer for ever.  The turnstile, one
 * byte far past any data, mends it: who has to wait stands there, and everybody, writers too, first
 * asks whether somebody does.  (Writers that try first make a reader wait 1.7 s behind a stream of
 * four of them.)  An OFD lock, because it belongs to the descriptor as flock() does. */
static const struct flock64 turnstile = { .l_whence = SEEK_SET, .l_start = 1LL << 62, .l_len = 1 };

/* Internal: the lock was free, whoever stands before it. */
#define GOT 1

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

/* How long a wait takes here: grows slowly, so that a single long one says nothing, and falls at
 * once. */
static _Atomic int64_t usual_wait_ns;

void lock_waited(int64_t ns)
{
	usual_wait_ns = ns < usual_wait_ns ? ns : usual_wait_ns + (ns - usual_wait_ns) / 8;
}

/* How long a writer's turn lasts at least: who has closed the file may take it again until then.  A
 * sleep and a wake-up cost as much as several short visits.  Not where waits are so short that
 * there are two or three processes: these spin, or are faster in strict turns.  (Measured with a
 * counter of 40 to 90 us a visit, 2 to 128 processes on two processors.) */
enum { TURN_NS = 2000000, TURNS_FROM_NS = 700000 };

static _Thread_local struct {
	dev_t dev;
	ino_t ino;
	int64_t began;
} turn;

static bool has_turn(const struct stat *st)
{
	return turn.ino == st->st_ino && turn.dev == st->st_dev &&
	       monotonic_ns() - turn.began < TURN_NS;
}

void lock_begin_turn(const struct stat *st)
{
	if (usual_wait_ns < TURNS_FROM_NS)
		return;
	turn.dev = st->st_dev;
	turn.ino = st->st_ino;
	turn.began = monotonic_ns();
}

int lock_try_in_turn(int fd, const struct stat *st, bool exclusive)
{
	bool has = exclusive && has_turn(st);
	int rc = lock_try(fd, exclusive, !has);

	if (rc == 0 && exclusive && !has)
		lock_begin_turn(st);
	return rc;
}

/* 100 to 300 us pay for two processes on two processors, also where an earlier wait was in vain.
 * Where more wait, somebody stands at the turnstile, and nobody spins. */
enum { SPIN_MOST_NS = 300000, PAUSES = 40 };

static int processors(void)
{
	static _Atomic int count;
	cpu_set_t set;

	if (!count)
		count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	return count;
}

static void pause_a_moment(void)
{
	for (int i = 0; i < PAUSES; i++) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#else
		__asm__ volatile("");
#endif
	}
}

int lock_spin(int fd, bool exclusive, bool in_turn)
{
	int64_t began = monotonic_ns();
	int rc = -EAGAIN;

	if (processors() < 2 || usual_wait_ns > 2 * SPIN_MOST_NS)
		return -EAGAIN;
	while (rc == -EAGAIN && monotonic_ns() - began < SPIN_MOST_NS) {
		if (in_turn && somebody_waits(fd))
			return -EAGAIN;
		pause_a_moment();
		rc = try_flock(fd, exclusive);
	}
	if (rc == 0)
		lock_waited(monotonic_ns() - began);
	return rc;
}

/* Who stands at the turnstile may be stopped (SIGSTOP, a debugger, a suspended job) and not take a
 * lock that is free.  One that readers hold is not: behind them waits a writer. */
static int take_free(int fd, bool exclusive)
{
	int rc = try_flock(fd, true);

	return rc || exclusive ? rc : try_flock(fd, false);
}

/* Returns 0 in the turnstile, GOT with the lock itself, or a negative errno. */
static int enter_turnstile(int fd, bool exclusive, int (*interrupted)(void *), void *arg)
{
	struct flock64 stand = turnstile;

	/* A reader's descriptor can't do more than share; readers may stand there together. */
	stand.l_type = exclusive ? F_WRLCK : F_RDLCK;
	while (fcntl(fd, F_OFD_SETLKW, &stand)) {
		int rc = errno == EINTR ? interrupted(arg) : -errno;

		if ((!rc || rc == -EAGAIN) && take_free(fd, exclusive) == 0)
			return GOT;
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
		return rc == GOT ? 0 : rc;
	rc = wait_flock(fd, exclusive, interrupted, arg);
	if (in_turn)
		leave_turnstile(fd);
	return rc;
}
