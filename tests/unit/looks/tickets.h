/* SPDX-License-Identifier: BSD-3-Clause */
/* Tickets, taken and watched. */
#ifndef TICKETS_H
#define TICKETS_H

#include "looks/ticket.h"
#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t ahead; /* seconds that this process's clock is */

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_MONOTONIC)
		now->tv_sec += ahead;
	return rc;
}

static inline struct ticket_name name_of(const char *name)
{
	struct ticket_name found;

	ck_assert_int_eq(ticket_name(AT_FDCWD, name, &found), 0);
	return found;
}

/* The descriptor that will be the next one. */
static inline int next_descriptor(void)
{
	int fd = fcntl(0, F_DUPFD, 3);

	ck_assert_int_ge(fd, 3);
	close(fd);
	return fd;
}

/* Takes it; gives the descriptor. */
static inline int take(const struct ticket_name *name)
{
	int fd = next_descriptor();

	ck_assert_int_eq(ticket_take(name), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return fd;
}

static inline int watch(const struct ticket_name *name)
{
	int fd = ticket_watch(name);

	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return fd;
}

/* Within so many milliseconds. */
static inline bool hung_up_within(int fd, int ms)
{
	struct pollfd looker = { .fd = fd };

	return poll(&looker, 1, ms) == 1 && (looker.revents & POLLHUP);
}

#endif
