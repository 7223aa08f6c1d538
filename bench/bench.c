/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <errno.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void sleep_between(long from, long to)
{
	static unsigned int seed;
	struct timespec pause;
	long us;

	if (!seed)
		seed = (unsigned int)getpid();
	us = from + (to > from ? rand_r(&seed) % (to - from + 1) : 0);
	if (us <= 0)
		return;
	pause = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
	nanosleep(&pause, NULL);
}

void wait_for_start(void)
{
	char byte;

	say("ready");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		exit(1);
}

void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

int64_t h5_open(const char *file, int writing)
{
	hid_t id = H5Fopen(file, writing ? H5F_ACC_RDWR : H5F_ACC_RDONLY, H5P_DEFAULT);

	if (id < 0)
		die(file);
	return id;
}

void h5_close(int64_t id)
{
	if (H5Fclose((hid_t)id) < 0)
		die("H5Fclose");
}
