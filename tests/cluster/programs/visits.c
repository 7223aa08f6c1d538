/* SPDX-License-Identifier: BSD-3-Clause */
/* An unmodified program that visits the files of other hosts: the counter of counter_file.h in
 * each. A visit that fails is counted, and the first one printed; the next ones go on.
 *
 *   count FILE N           N times: open, read, add one, write, close
 *   stream FILE r|rw HOLD PAUSE SECONDS
 *                          for so long: open, keep it for HOLD ms, close, PAUSE ms
 *   fresh ME FOLDER FILES UPDATES SLOT START
 *                          one of several of these: every SLOT ms from START on (seconds since
 *                          1970) number 0 makes a new file, and each adds UPDATES times one
 *   sum FOLDER FILES SUM   what is missing in the files of "fresh"
 *
 * The first three print "VISITS FAILED WORST", the longest time that an open took, in ms; "sum"
 * prints "LOST FILES WRONG": updates, in so many files, and files with too many or with none.
 */
#include "counter_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static long visits, failed;
static double worst;

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void note(bool good)
{
	visits += good;
	if (!good && failed++ == 0)
		H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static int report(void)
{
	printf("%ld %ld %.0f\n", visits, failed, worst * 1000);
	return failed != 0;
}

static int count(char **word)
{
	int number;

	for (int i = 0; i < atoi(word[1]); i++)
		note(counter_visit(word[0], 1, &number) == 0);
	return report();
}

/* How long the open took is how long this program had to wait. */
static int stream(char **word)
{
	unsigned int mode = !strcmp(word[1], "r") ? H5F_ACC_RDONLY : H5F_ACC_RDWR;
	double end = now(CLOCK_MONOTONIC) + atof(word[4]);

	for (double began; (began = now(CLOCK_MONOTONIC)) < end;) {
		hid_t file = H5Fopen(word[0], mode, H5P_DEFAULT);
		double took = now(CLOCK_MONOTONIC) - began;

		worst = took > worst ? took : worst;
		note(file >= 0);
		usleep((unsigned int)atoi(word[2]) * 1000);
		if (file >= 0)
			H5Fclose(file);
		usleep((unsigned int)atoi(word[3]) * 1000);
	}
	return report();
}

static const char *fresh_name(const char *folder, int number)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/fresh%d.h5", folder, number);
	return path;
}

/* Number 0 makes it; the others look until it is there, and open it then, finished or not.  NFS
 * remembers for half a minute what is missing, unless it has to ask for the folder's time. */
static void begin_file(const char *folder, const char *path, bool maker)
{
	struct statx times;

	if (maker)
		note(counter_create(path) == 0);
	for (int i = 0; i < 1000 && access(path, F_OK); i++) {
		usleep(10000);
		if (statx(AT_FDCWD, folder, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &times))
			perror(folder);
	}
}

static int fresh(char **word)
{
	int me = atoi(word[0]), number;

	for (int i = 0; i < atoi(word[2]); i++) {
		double start = atof(word[5]) + i * atof(word[4]) / 1000, left;

		/* Hosts differ in their clocks. */
		if (me)
			start += 0.1;
		while ((left = start - now(CLOCK_REALTIME)) > 0)
			usleep((unsigned int)(left * 1e6));
		begin_file(word[1], fresh_name(word[1], i), me == 0);
		for (int k = 0; k < atoi(word[3]); k++)
			note(counter_visit(fresh_name(word[1], i), 1, &number) == 0);
	}
	return report();
}

static int sum(char **word)
{
	long lost = 0, files = 0, wrong = 0, whole = atol(word[2]);

	for (int i = 0; i < atoi(word[1]); i++) {
		int number;

		if (counter_visit(fresh_name(word[0], i), 0, &number) || number > whole)
			wrong++;
		else if (number < whole) {
			lost += whole - number;
			files++;
		}
	}
	printf("%ld %ld %ld\n", lost, files, wrong);
	return lost || wrong;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int words;
		int (*run)(char **word);
	} commands[] = { { "count", 2, count },
			 { "stream", 5, stream },
			 { "fresh", 6, fresh },
			 { "sum", 3, sum } };

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc == commands[i].words + 2)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: see visits.c\n");
	return 2;
}
