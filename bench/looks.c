/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at a name, and files that are made since there is none.
 *
 *   looks NAME stat|access TIMES    for each line of standard input looks so often, and prints the
 *                                   nanoseconds that one look took; a first one has missed
 *   looks FOLDER make TIMES         makes so many files of its own there when standard input ends,
 *                                   and prints the microseconds that one took */
#include "bench.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void look(const char *name, int by_stat, int times)
{
	struct stat st;

	for (int i = 0; i < times; i++)
		if (by_stat)
			stat(name, &st);
		else
			access(name, F_OK);
}

static void look_in_batches(const char *name, int by_stat, int times)
{
	char byte;

	access("/nothing/is/here", F_OK);
	say("ready");
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		int64_t began;

		look(name, by_stat, 10);
		began = now_ns();
		look(name, by_stat, times);
		say("%.2f", (double)(now_ns() - began) / times);
	}
}

static void name_of(char name[4096], const char *folder, int i)
{
	snprintf(name, 4096, "%s/%d-%d.h5", folder, (int)getpid(), i);
}

/* As programs do that open a file or, if there is none, create it. */
static void make(const char *folder, int i)
{
	char name[4096];
	hid_t file;

	name_of(name, folder, i);
	file = H5Fopen(name, H5F_ACC_RDWR, H5P_DEFAULT);
	if (file < 0)
		file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	if (file < 0 || H5Fclose(file) < 0)
		die(name);
}

static void make_all(const char *folder, int times)
{
	char name[4096];
	int64_t began;

	H5open();
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	wait_for_start();
	began = now_ns();
	for (int i = 0; i < times; i++)
		make(folder, i);
	say("%.2f", (double)(now_ns() - began) / times / 1e3);
	for (int i = 0; i < times; i++) {
		name_of(name, folder, i);
		unlink(name);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: looks NAME stat|access|make TIMES\n");
		return 2;
	}
	if (strcmp(argv[2], "make") == 0)
		make_all(argv[1], atoi(argv[3]));
	else
		look_in_batches(argv[1], strcmp(argv[2], "stat") == 0, atoi(argv[3]));
	return 0;
}
