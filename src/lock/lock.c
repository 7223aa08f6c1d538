/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/lock.h"

#include "lock/kernel_lock.h"
#include "lock/turnstile.h"
#include "system/libc.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

int lock_try(const struct filesystem *fs, int fd, bool exclusive, bool in_turn)
{
	if (in_turn && turnstile_taken(fs, fd))
		return -EAGAIN;
	return kernel_lock_try(fs, fd, exclusive);
}

/* The last moment of each second.  Who reads for less than that has closed the file before it is
 * over, and a writer who asks every 40 ms gets it. */
#define SECOND_NS 1000000000
#define BREATH_NS 120000000

void lock_breathe(const struct filesystem *fs)
{
	struct timespec now, rest = { 0 };

	if (!(fs->traits & FS_BREATHES))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_nsec < SECOND_NS - BREATH_NS)
		return;
	rest.tv_nsec = SECOND_NS - now.tv_nsec;
	nanosleep(&rest, NULL);
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

int lock_try_in_turn(const struct filesystem *fs, int fd, const struct stat *st, bool exclusive)
{
	bool has = exclusive && has_turn(st);
	int rc = lock_try(fs, fd, exclusive, !has);

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

int lock_spin(const struct filesystem *fs, int fd, bool exclusive, bool in_turn)
{
	int64_t began = monotonic_ns();
	int rc = -EAGAIN;

	/* On another host's file system each look is a request. */
	if (fs->traits & FS_REMOTE || processors() < 2 || usual_wait_ns > 2 * SPIN_MOST_NS)
		return -EAGAIN;
	while (rc == -EAGAIN && monotonic_ns() - began < SPIN_MOST_NS) {
		if (in_turn && turnstile_taken(fs, fd))
			return -EAGAIN;
		pause_a_moment();
		rc = kernel_lock_try(fs, fd, exclusive);
	}
	if (rc == 0)
		lock_waited(monotonic_ns() - began);
	return rc;
}
