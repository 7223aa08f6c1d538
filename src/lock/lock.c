/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/lock.h"

#include "lock/holders.h"
#include "lock/turnstile.h"
#include "system/libc.h"

#include <errno.h>
#include <sched.h>
#include <sys/file.h>
#include <time.h>

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
	if (in_turn && turnstile_taken(fd))
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
		if (in_turn && turnstile_taken(fd))
			return -EAGAIN;
		pause_a_moment();
		rc = try_flock(fd, exclusive);
	}
	if (rc == 0)
		lock_waited(monotonic_ns() - began);
	return rc;
}

/* --- behind somebody who does not take it -------------------------------------------------------
 */

/* Who stands at the turnstile may be stopped (SIGSTOP, a debugger, a suspended job) and not take a
 * lock that is free: one that runs takes it within microseconds, on a busy machine milliseconds. So
 * if it is free whenever one looks, for as long as this, nobody is about to take it. */
enum { LOOKS = 5, LOOK_NS = 3000000 };

/* Who waits behind the turnstile looks this often whether it is so: at the most after 50 ms it has
 * what is free. */
enum { WATCH_FIRST_NS = 10000000, WATCH_MOST_NS = 33000000 };

/* Who waits for the last place looks rarely: when one of a long line is interrupted, the kernel
 * wakes all who are behind it, and its own place is lost. */
enum { BEHIND_FIRST_S = 4, BEHIND_MOST_S = 60 };

struct looks {
	int free;      /* how often it was, one time after the other */
	int64_t pause; /* until the next look, if it is not; grows */
	int64_t most;
};

/* One that readers hold is not free: behind them waits a writer. */
static int take_free(int fd, bool exclusive)
{
	int rc = try_flock(fd, true);

	return rc || exclusive ? rc : try_flock(fd, false);
}

/* One look.  Returns 0 with the lock, which is taken in each, because the kernel tells in no other
 * way whether a flock() would succeed; others find the file in use for a moment, as they do soon
 * after. */
static int look(int fd, bool exclusive, struct looks *looks)
{
	int rc = take_free(fd, exclusive);

	looks->free = rc ? 0 : looks->free + 1;
	if (rc || looks->free > LOOKS)
		return rc;
	libc_flock(fd, LOCK_UN);
	return -EAGAIN;
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void sleep_until(int64_t ns)
{
	struct timespec when = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

int lock_take_untaken(int fd, bool exclusive)
{
	struct looks looks = { 0 };
	int rc;

	while ((rc = look(fd, exclusive, &looks)) == -EAGAIN && looks.free)
		sleep_until(monotonic_ns() + LOOK_NS);
	return rc;
}

/* --- waiting ------------------------------------------------------------------------------------
 */

/* Beside 0, negative errnos, and what the caller ends a wait with. */
enum {
	GOT = 100, /* the lock itself, past whoever stands before it */
	NO_LINE	   /* nobody can stand in line */
};

/* Waits for PLACE, at which somebody stands, with a look every now and then.  Returns 0 there, GOT,
 * NO_LINE, or a negative errno. */
static int reach(int fd, enum place place, bool exclusive, struct looks *looks,
		 const struct lock_waiter *w)
{
	int rc = -EAGAIN;

	while (rc == -EAGAIN) {
		w->look_at(w->arg, monotonic_ns() + (looks->free ? LOOK_NS : looks->pause));
		rc = turnstile_wait(fd, place, exclusive);
		if (rc != -EINTR)
			break;
		rc = w->interrupted(w->arg);
		if (rc == -EAGAIN)
			looks->free = LOOKS; /* the time is over: this look decides */
		if ((!rc || rc == -EAGAIN) && look(fd, exclusive, looks) == 0)
			return GOT;
		if (rc)
			return rc;
		if (!looks->free)
			looks->pause = shorter(looks->pause * 3 / 2, looks->most);
		/* What is in the way may be somebody else's lock by now. */
		rc = turnstile_try(fd, place, exclusive);
	}
	return rc == -ENOTSUP ? NO_LINE : rc;
}

/* Waits for the last place. */
static int reach_last(int fd, bool exclusive, const struct lock_waiter *w)
{
	struct looks looks = { .pause = BEHIND_FIRST_S * INT64_C(1000000000),
			       .most = BEHIND_MOST_S * INT64_C(1000000000) };

	look(fd, exclusive, &looks);
	return reach(fd, PLACE_THIRD, exclusive, &looks, w);
}

/* Gets in line.  Returns 0 at the turnstile, and what reach() does. */
static int line_up(int fd, bool exclusive, const struct lock_waiter *w)
{
	struct looks looks = { .pause = WATCH_FIRST_NS, .most = WATCH_MOST_NS };
	int place = PLACE_TURNSTILE, rc;

	while ((rc = turnstile_try(fd, place, exclusive)) == -EAGAIN && place < PLACE_THIRD)
		place++;
	if (rc == -EAGAIN)
		rc = reach_last(fd, exclusive, w);
	if (rc)
		return rc == -ENOTSUP ? NO_LINE : rc;
	for (; !rc && place > PLACE_TURNSTILE; place--) {
		rc = reach(fd, place - 1, exclusive, &looks, w);
		turnstile_leave(fd, place);
	}
	return rc;
}

/* Somebody else's fcntl() lock on the whole file has to wait for who stands at the turnstile; if a
 * program asks for one while it has the file open, each would wait for the other.  Looked at
 * rarely, for it takes a look at all locks of the machine. */
enum { IN_THE_WAY_FIRST_NS = 200000000, IN_THE_WAY_GROWS = 4 };

static int wait_flock(int fd, bool exclusive, bool stands, const struct lock_waiter *w)
{
	int64_t pause = IN_THE_WAY_FIRST_NS, next = monotonic_ns() + pause;
	int rc = 0;

	w->look_at(w->arg, stands ? next : INT64_MAX);
	while (!rc && libc_flock(fd, exclusive ? LOCK_EX : LOCK_SH)) {
		rc = errno == EINTR ? w->interrupted(w->arg) : -errno;
		if (rc || !stands || monotonic_ns() < next)
			continue;
		stands = !holders_turnstile_in_the_way(fd);
		if (!stands)
			turnstile_leave(fd, PLACE_TURNSTILE);
		pause *= IN_THE_WAY_GROWS;
		next = stands ? monotonic_ns() + pause : INT64_MAX;
		w->look_at(w->arg, next);
	}
	return rc;
}

int lock_wait(int fd, bool exclusive, bool in_turn, const struct lock_waiter *w)
{
	int rc = in_turn ? line_up(fd, exclusive, w) : NO_LINE;
	bool stands = rc == 0;

	if (rc == GOT)
		return 0;
	if (rc && rc != NO_LINE)
		return rc;
	rc = wait_flock(fd, exclusive, stands, w);
	if (stands)
		turnstile_leave(fd, PLACE_TURNSTILE);
	return rc;
}

/* Short at first, since HDF5's critical sections can be. */
enum { POLL_FIRST_NS = 1000000, POLL_MOST_NS = 25000000 };

int lock_poll(int fd, bool exclusive, bool in_turn, const struct lock_waiter *w)
{
	int rc, place = in_turn ? -EAGAIN : -ENOTSUP;
	struct looks looks = { .pause = POLL_FIRST_NS };

	do {
		if (place == -EAGAIN)
			place = turnstile_try(fd, PLACE_TURNSTILE, exclusive);
		rc = place == -EAGAIN ? look(fd, exclusive, &looks) : try_flock(fd, exclusive);
		if (rc != -EAGAIN)
			break;
		sleep_until(monotonic_ns() + (looks.free ? LOOK_NS : looks.pause));
		looks.pause = shorter(looks.pause * 3 / 2, POLL_MOST_NS);
		rc = w->interrupted(w->arg);
	} while (!rc);
	if (place == 0)
		turnstile_leave(fd, PLACE_TURNSTILE);
	return rc;
}
