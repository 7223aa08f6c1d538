/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens a file, holds it, closes it, pauses, again and again, and notes how long each open took.
 *
 *   holds hdf5|bare read|write FILE HOLD_FROM HOLD_TO PAUSE SECONDS
 *
 * "bare" is open and blocking flock(), without HDF5. Holds and the pause are in microseconds.
 * At least one open, and none begins after SECONDS. Prints: 1 for a writer, 0 for a reader; how
 * many opens; the longest and the median of their waits, the median hold, the CPU time used: all
 * times in nanoseconds.
 */
#include "bench.h"

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MOST = 100000 };

static int bare, writing;
static int64_t waits[MOST], holds[MOST];

static int64_t open_it(const char *file)
{
	int fd;

	if (!bare)
		return h5_open(file, writing);
	fd = open(file, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0 || flock(fd, writing ? LOCK_EX : LOCK_SH))
		die(file);
	return fd;
}

static void close_it(int64_t id)
{
	if (!bare)
		h5_close(id);
	else if (close((int)id))
		die("close");
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(int n, int64_t cpu)
{
	qsort(waits, (size_t)n, sizeof(*waits), ascending);
	qsort(holds, (size_t)n, sizeof(*holds), ascending);
	say("%d %d %lld %lld %lld %lld", writing, n, (long long)waits[n - 1],
	    (long long)waits[n / 2], (long long)holds[n / 2], (long long)cpu);
}

int main(int argc, char **argv)
{
	int64_t began, opened, end, cpu;
	int n = 0;

	if (argc != 8) {
		fprintf(stderr, "usage: holds hdf5|bare read|write FILE "
				"HOLD_FROM HOLD_TO PAUSE SECONDS\n");
		return 2;
	}
	bare = strcmp(argv[1], "bare") == 0;
	writing = strcmp(argv[2], "write") == 0;
	H5open();
	wait_for_start();
	cpu = cpu_ns();
	end = now_ns() + (int64_t)(atof(argv[7]) * 1e9);
	do {
		int64_t id;

		began = now_ns();
		id = open_it(argv[3]);
		opened = now_ns();
		waits[n] = opened - began;
		sleep_between(atol(argv[4]), atol(argv[5]));
		holds[n++] = now_ns() - opened;
		close_it(id);
		sleep_between(atol(argv[6]), atol(argv[6]));
	} while (now_ns() < end && n < MOST);
	report(n, cpu_ns() - cpu);
	return 0;
}
