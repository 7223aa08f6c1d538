/* SPDX-License-Identifier: BSD-3-Clause */
/* Uncontended opens: for each line of standard input, opens and closes the file so many times and
 * prints the nanoseconds that one took.  The driver lets two of these take turns.
 *
 *   opens FILE read|write TIMES
 */
#include "bench.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void open_and_close(const char *file, int writing, int times)
{
	for (int i = 0; i < times; i++)
		h5_close(h5_open(file, writing));
}

int main(int argc, char **argv)
{
	int writing, times;
	char byte;

	if (argc != 4) {
		fprintf(stderr, "usage: opens FILE read|write TIMES\n");
		return 2;
	}
	writing = strcmp(argv[2], "write") == 0;
	times = atoi(argv[3]);
	open_and_close(argv[1], writing, times);
	say("ready");
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		int64_t began;

		/* The first ones after a sleep have cold caches. */
		open_and_close(argv[1], writing, 2);
		began = now_ns();
		open_and_close(argv[1], writing, times);
		say("%.1f", (double)(now_ns() - began) / times);
	}
	return 0;
}
