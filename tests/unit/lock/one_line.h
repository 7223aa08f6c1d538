/* SPDX-License-Identifier: BSD-3-Clause */
/* A file "a", and threads that wait for it in line, each in a way that a file system wants. */
#ifndef ONE_LINE_H
#define ONE_LINE_H

#include "lock/interrupt.h"
#include "lock/kernel_lock.h"
#include "lock/line.h"
#include "lock/turnstile.h"
#include "support.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static const struct filesystem here = { .name = "here", .traits = FS_LINE };
static const struct filesystem nfs = { .name = "nfs4", .traits = FS_REMOTE | FS_LINE | FS_BYTES };
static const struct filesystem asked = { .name = "nfs4",
					 .traits = FS_REMOTE | FS_LINE | FS_BYTES | FS_POLLS };
static const struct filesystem cifs = { .name = "cifs",
					.traits = FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS };

/* The ways to wait; those of other hosts' file systems are the first. */
static const struct way {
	const struct filesystem *fs;
	int (*wait)(const struct filesystem *, int, bool, bool, const struct lock_waiter *);
} ways[] = {
	{ &nfs, line_wait }, { &asked, line_poll }, { &here, line_wait }, { &here, line_poll }
};
enum { REMOTE_WAYS = 2, WAYS = 4 };

static inline int open_file(void)
{
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static inline int try(const struct way *way, int fd, bool exclusive)
{
	return kernel_lock_again(way->fs, fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
}

static inline int holder(const struct way *way)
{
	int fd = open_file();

	ck_assert_int_eq(try(way, fd, true), 0);
	return fd;
}

/* --- places ----------------------------------------------------------------------------------- */

static const long long starts[] = { [PLACE_TURNSTILE] = 1LL << 62,
				    [PLACE_SECOND] = (1LL << 62) + 256,
				    [PLACE_THIRD] = (1LL << 62) + 512 };

/* Whether somebody stands there.  FD: of nobody who does. */
static inline bool is_taken(int fd, enum place place)
{
	struct flock64 ask = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = starts[place], .l_len = 1
	};

	ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &ask), 0);
	return ask.l_type != F_UNLCK;
}

/* Places as bits: 1 the turnstile, 2 the second, 4 the third. */
static inline int places(int fd)
{
	return is_taken(fd, PLACE_TURNSTILE) | is_taken(fd, PLACE_SECOND) << 1 |
	       is_taken(fd, PLACE_THIRD) << 2;
}

static inline void places_become(int fd, int expected)
{
	double end = seconds_now() + PATIENCE;

	while (places(fd) != expected) {
		ck_assert_msg(seconds_now() < end, "places %d, not %d", places(fd), expected);
		usleep(5000);
	}
}

static inline void stand_at(int fd, enum place place)
{
	ck_assert_int_eq(turnstile_try(&nfs, fd, place, true), 0);
}

/* --- one who waits ---------------------------------------------------------------------------- */

struct waiter {
	const struct way *way;
	int fd;
	bool exclusive, outside; /* not in turn */
	int64_t deadline;
	_Atomic int ends_with; /* what its caller wants it to end with */
	void (*got)(struct waiter *);
	int number;

	struct interrupt interrupt;
	_Atomic int interruptions, over;
	int64_t furthest; /* how long it wanted to sleep at the most */
	int rc;
	pthread_t thread;
};

static inline int interrupted(void *arg)
{
	struct waiter *w = arg;

	w->interruptions++;
	if (interrupt_stopped(&w->interrupt))
		return -EINTR;
	if (w->ends_with)
		return w->ends_with;
	return monotonic_ns() >= w->deadline ? -EAGAIN : 0;
}

static inline void look_at(void *arg, int64_t when)
{
	struct waiter *w = arg;
	int64_t ns = when - monotonic_ns();

	w->furthest = ns > w->furthest ? ns : w->furthest;
	interrupt_deadline(&w->interrupt, when < w->deadline ? when : w->deadline);
}

static inline void *wait_in_thread(void *arg)
{
	struct waiter *w = arg;
	struct lock_waiter waiter = { interrupted, look_at, w };

	if (interrupt_begin(&w->interrupt))
		return NULL;
	interrupt_deadline(&w->interrupt, w->deadline);
	w->rc = w->way->wait(w->way->fs, w->fd, w->exclusive, !w->outside, &waiter);
	interrupt_end(&w->interrupt);
	w->over = 1;
	if (w->rc == 0 && w->got)
		w->got(w);
	return NULL;
}

static inline struct waiter waiter_of(const struct way *way)
{
	return (struct waiter){ .way = way,
				.fd = open_file(),
				.exclusive = true,
				.deadline = monotonic_ns() + PATIENCE * S,
				.rc = 99 };
}

static inline void begins(struct waiter *w)
{
	ck_assert_int_eq(pthread_create(&w->thread, NULL, wait_in_thread, w), 0);
}

static inline int end_of(struct waiter *w)
{
	ck_assert_int_eq(pthread_join(w->thread, NULL), 0);
	return w->rc;
}

/* Its caller says that it is over. */
static inline void ends(struct waiter *w, int number)
{
	w->ends_with = number;
	interrupt_all();
	ck_assert_int_eq(end_of(w), number);
}

#endif
