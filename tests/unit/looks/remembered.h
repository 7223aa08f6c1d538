/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of what looks.c remembers: a clock that the test sets, and what is there. */
#ifndef REMEMBERED_H
#define REMEMBERED_H

#include "looks/looks.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Any time, but none at which the low half goes round. */
#define SOME_TIME ((400LL << 32) + 1000000)

static int64_t clock_ms = SOME_TIME;

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_REALTIME_COARSE)
		return (int)syscall(SYS_clock_gettime, clock, now);
	now->tv_sec = clock_ms / 1000;
	now->tv_nsec = clock_ms % 1000 * 1000000;
	return 0;
}

/* The place at which this very name is remembered, or -1. */
static int place_at(int folder, const char *name, uint32_t now)
{
	struct looks_entry entry;

	for (int i = 0; i < LOOKS_PLACES; i++)
		if (looks_read(i, now, &entry) && !strcmp(entry.name, name) &&
		    entry.folder == (*name == '/' ? LOOKS_ABSOLUTE : folder))
			return i;
	return -1;
}

static int place(int folder, const char *name)
{
	return place_at(folder, name, (uint32_t)looks_now());
}

static bool is_remembered(const char *name)
{
	return place(AT_FDCWD, name) >= 0;
}

#endif
