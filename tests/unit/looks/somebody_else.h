/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that somebody else makes.  No hook is before libc in a unit test, so that is the test
 * itself. */
#ifndef SOMEBODY_ELSE_H
#define SOMEBODY_ELSE_H

#include "looks/looks.h"
#include "looks/missed.h"

#include <check.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What looks_now() gives; 0: the kernel's time.  It stands still from the first look on, however
 * busy this machine is. */
static int64_t clock_ms;

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_REALTIME_COARSE || !clock_ms)
		return (int)syscall(SYS_clock_gettime, clock, now);
	now->tv_sec = clock_ms / 1000;
	now->tv_nsec = clock_ms % 1000 * 1000000;
	return 0;
}

/* What is_missed() has looked at last. */
static struct stat st;

static inline int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* So many milliseconds after now; if it is missed, gives how long ago that was, or else -1. */
static inline int age_after(int fd, const char *name, bool local, int later)
{
	struct missed_file file = { .fd = fd, .name = name, .st = &st, .local = local };
	int age = -2;

	return missed_file(&file, looks_now() + later, &age) ? age : -1;
}

static inline bool is_missed(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC), age;

	ck_assert_int_eq(fstat(fd, &st), 0);
	age = age_after(fd, name, true, 0);
	close(fd);
	return age >= 0;
}

static inline int64_t real_now(void)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What happens now is later than what has happened so far, for a file's times, too. */
static inline void tick(void)
{
	int64_t before = looks_now();

	while (real_now() <= before)
		usleep(500);
	if (clock_ms)
		clock_ms++;
}

static inline void look_in(int folder, const char *name)
{
	if (!clock_ms)
		clock_ms = real_now();
	looks_missed(folder, name);
}

static inline void look(const char *name)
{
	look_in(AT_FDCWD, name);
}

#endif
