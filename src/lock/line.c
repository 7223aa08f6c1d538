/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/line.h"

#include "lock/holders.h"
#include "lock/kernel_lock.h"
#include "lock/lock.h"
#include "lock/turnstile.h"
#include "lock/untaken.h"
#include "system/libc.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

/* One who waits. */
struct line {
	const struct filesystem *fs;
	int fd;
	bool exclusive;
	const struct lock_waiter *w;
	struct untaken looks;
	int64_t pause; /* until the next look, if it is not free; grows */
	int64_t most;
};

/* Beside 0, negative errnos, and what the caller ends a wait with. */
enum {
	GOT = 100, /* the lock itself, past whoever stands before it */
	NO_LINE	   /* nobody can stand in line */
};

#define MS INT64_C(1000000)

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_remote(const struct line *l)
{
	return l->fs->traits & FS_REMOTE;
}

static int look(struct line *l)
{
	return untaken_look(l->fs, l->fd, l->exclusive, &l->looks);
}

/* --- in the kernel's queue ---------------------------------------------------------------------
 */

/* Who waits behind the turnstile looks this often whether nobody takes what is free: at the most
 * after 50 ms it has that. */
enum { WATCH_FIRST_MS = 10, WATCH_MOST_MS = 33 };
enum { REMOTE_WATCH_FIRST_MS = 500, REMOTE_WATCH_MOST_MS = 2000 };

/* Who waits for the last place looks rarely: when one of a long line is interrupted, the kernel
 * wakes all who are behind it, and its own place is lost. */
enum { BEHIND_FIRST_MS = 4000, BEHIND_MOST_MS = 60000 };

static void watch(struct line *l, int64_t first_ms, int64_t most_ms)
{
	l->looks = (struct untaken){ 0 };
	l->pause = first_ms * MS;
	l->most = most_ms * MS;
}

/* Waits for PLACE, at which somebody stands, with a look every now and then.  Returns 0 there, GOT,
 * NO_LINE, or a negative errno. */
static int reach(struct line *l, enum place place)
{
	const struct lock_waiter *w = l->w;
	int rc = -EAGAIN;

	while (rc == -EAGAIN) {
		w->look_at(w->arg,
			   monotonic_ns() + (l->looks.free ? untaken_pause(l->fs) : l->pause));
		rc = turnstile_wait(l->fd, place, l->exclusive);
		if (rc != -EINTR)
			break;
		rc = w->interrupted(w->arg);
		if (rc == -EAGAIN)
			untaken_decide(&l->looks); /* the time is over */
		if ((!rc || rc == -EAGAIN) && look(l) == 0)
			return GOT;
		if (rc)
			return rc;
		if (!l->looks.free)
			l->pause = shorter(l->pause * 3 / 2, l->most);
		/* What is in the way may be somebody else's lock by now. */
		rc = turnstile_try(l->fs, l->fd, place, l->exclusive);
	}
	return rc == -ENOTSUP ? NO_LINE : rc;
}

/* Waits for the last place. */
static int reach_last(struct line *l)
{
	watch(l, BEHIND_FIRST_MS, BEHIND_MOST_MS);
	look(l);
	return reach(l, PLACE_THIRD);
}

/* The first free place from the turnstile on, or -EAGAIN if there is none, or -ENOTSUP. */
static int find_place(const struct line *l)
{
	int place = PLACE_TURNSTILE, rc;

	while ((rc = turnstile_try(l->fs, l->fd, place, l->exclusive)) == -EAGAIN &&
	       place < PLACE_THIRD)
		place++;
	return rc ? rc : place;
}

/* Gets in line.  Returns 0 at the turnstile, and what reach() does. */
static int line_up(struct line *l)
{
	int place = find_place(l), rc = 0;

	if (place == -EAGAIN) {
		rc = reach_last(l);
		place = PLACE_THIRD;
	}
	if (rc || place < 0)
		return rc ? rc : NO_LINE;
	watch(l, is_remote(l) ? REMOTE_WATCH_FIRST_MS : WATCH_FIRST_MS,
	      is_remote(l) ? REMOTE_WATCH_MOST_MS : WATCH_MOST_MS);
	for (; !rc && place > PLACE_TURNSTILE; place--) {
		rc = reach(l, place - 1);
		turnstile_leave(l->fd, place);
	}
	return rc;
}

/* Somebody else's fcntl() lock on the whole file has to wait for who stands at the turnstile; if a
 * program asks for one while it has the file open, each would wait for the other.  Looked at
 * rarely, for it takes a look at all locks of the machine. */
enum { IN_THE_WAY_FIRST_MS = 200, IN_THE_WAY_GROWS = 4 };

static int wait_watching(struct line *l, bool *stands)
{
	int64_t pause = IN_THE_WAY_FIRST_MS * MS, next = monotonic_ns() + pause;
	const struct lock_waiter *w = l->w;
	int rc;

	w->look_at(w->arg, *stands ? next : INT64_MAX);
	while ((rc = kernel_lock(l->fs, l->fd, l->exclusive ? LOCK_EX : LOCK_SH)) == -EINTR) {
		rc = w->interrupted(w->arg);
		if (rc)
			return rc;
		if (!*stands || monotonic_ns() < next)
			continue;
		*stands = !holders_turnstile_in_the_way(l->fd);
		if (!*stands)
			turnstile_leave(l->fd, PLACE_TURNSTILE);
		pause *= IN_THE_WAY_GROWS;
		next = *stands ? monotonic_ns() + pause : INT64_MAX;
		w->look_at(w->arg, next);
	}
	return rc;
}

/* Not every server tells a client that a lock is free, and the kernel would ask again after 30 s
 * (NFS); and of two hosts one can have it again and again (OCFS2). */
enum { ASK_AGAIN_MS = 1000 };

static int wait_asking(struct line *l)
{
	const struct lock_waiter *w = l->w;
	int rc;

	do {
		w->look_at(w->arg, monotonic_ns() + ASK_AGAIN_MS * MS);
		rc = kernel_lock(l->fs, l->fd, l->exclusive ? LOCK_EX : LOCK_SH);
		if (rc != -EINTR)
			return rc;
		rc = w->interrupted(w->arg);
	} while (!rc);
	return rc;
}

int line_wait(const struct filesystem *fs, int fd, bool exclusive, bool in_turn,
	      const struct lock_waiter *w)
{
	struct line l = { .fs = fs, .fd = fd, .exclusive = exclusive, .w = w };
	int rc = in_turn ? line_up(&l) : NO_LINE;
	bool stands = rc == 0;

	if (rc == GOT)
		return 0;
	if (rc && rc != NO_LINE)
		return rc;
	rc = is_remote(&l) ? wait_asking(&l) : wait_watching(&l, &stands);
	if (stands)
		turnstile_leave(fd, PLACE_TURNSTILE);
	return rc;
}

/* --- by asking ---------------------------------------------------------------------------------
 */

/* No place in line. */
enum { OUTSIDE = PLACE_THIRD + 1 };

/* How long one waits between two looks at most, by place: short at first, since HDF5's critical
 * sections can be.  On another host's file system, where each is a request, those who stand in line
 * ask 8 times a second all together (a place that is taken takes two requests). */
static const int most_ms[2][OUTSIDE + 1] = { { 25, 25, 25, 25 }, { 250, 700, 2000, 500 } };
enum { FIRST_MS = 1, REMOTE_FIRST_MS = 10 };
/* Who has no place asks about as often as whoever came before it: or else the last to come would be
 * the next in line. */
enum { OUTSIDE_LEAST_MS = 200 };

/* How many times one asks for the next place before one looks whether nobody takes the lock. */
enum { ASKS = 1, REMOTE_ASKS = 6 };

/* Where there never is a line, all ask for the lock itself, and who asks more rarely does not get
 * it. */
enum { NO_LINE_MS = 40 };

struct polling {
	struct line line;
	int place; /* PLACE_TURNSTILE to OUTSIDE */
	bool no_line;
	int asked;
};

static int64_t most_pause(const struct polling *p)
{
	if (!p->no_line)
		return most_ms[is_remote(&p->line)][p->place] * MS;
	if (is_remote(&p->line) && !(p->line.fs->traits & FS_LINE))
		return NO_LINE_MS * MS;
	return most_ms[is_remote(&p->line)][PLACE_TURNSTILE] * MS;
}

static int64_t first_pause(const struct line *l)
{
	return (is_remote(l) ? REMOTE_FIRST_MS : FIRST_MS) * MS;
}

static void leave(struct polling *p)
{
	if (p->place < OUTSIDE)
		turnstile_leave(p->line.fd, p->place);
}

/* Returns 0 one place nearer. */
static int move_up(struct polling *p, int to)
{
	int rc = turnstile_try(p->line.fs, p->line.fd, to, p->line.exclusive);

	if (rc == -EAGAIN)
		return rc;
	leave(p);
	p->no_line = rc == -ENOTSUP;
	p->place = p->no_line ? OUTSIDE : to;
	p->line.pause = first_pause(&p->line);
	p->asked = 0;
	return 0;
}

/* Asks for what is next: a place, or at the turnstile the lock.  Returns 0 with the lock. */
static int ask(struct polling *p)
{
	struct line *l = &p->line;

	while (!p->no_line && p->place > PLACE_TURNSTILE) {
		if (move_up(p, p->place - 1) == 0)
			continue;
		if (++p->asked % (is_remote(l) ? REMOTE_ASKS : ASKS) == 0 || l->looks.free)
			return look(l);
		return -EAGAIN;
	}
	if (!l->exclusive)
		lock_breathe(l->fs);
	return kernel_lock_try(l->fs, l->fd, l->exclusive);
}

/* Where those who stand in line ask now and then, everybody comes by the last place: the turnstile
 * may be free, and its next one not have seen it yet. */
static void come(struct polling *p)
{
	int rc = is_remote(&p->line) ? -EAGAIN : find_place(&p->line);

	p->no_line = rc == -ENOTSUP;
	p->place = rc >= 0 ? rc : OUTSIDE;
}

static void pause_until_next(const struct polling *p)
{
	const struct line *l = &p->line;
	int64_t ns = l->looks.free ? untaken_pause(l->fs) : l->pause;
	struct timespec pause;

	if (p->place == OUTSIDE && !p->no_line && is_remote(l) && ns < OUTSIDE_LEAST_MS * MS)
		ns = OUTSIDE_LEAST_MS * MS;
	pause = (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int line_poll(const struct filesystem *fs, int fd, bool exclusive, bool in_turn,
	      const struct lock_waiter *w)
{
	struct polling p = { .line = { .fs = fs, .fd = fd, .exclusive = exclusive, .w = w },
			     .place = OUTSIDE,
			     .no_line = !in_turn };
	struct line *l = &p.line;
	int rc;

	l->pause = first_pause(l);
	if (in_turn)
		come(&p);
	while ((rc = ask(&p)) == -EAGAIN) {
		pause_until_next(&p);
		rc = w->interrupted(w->arg);
		if (rc)
			break;
		l->pause = shorter(l->pause * 3 / 2, most_pause(&p));
	}
	leave(&p);
	return rc;
}
