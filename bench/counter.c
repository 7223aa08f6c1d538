/* SPDX-License-Identifier: BSD-3-Clause */
/* The counter: a number in a file, one more each time; in the way of several kinds of programmers.
 *
 *   counter create FILE            makes the file with a 0 in it
 *   counter show FILE              prints the number
 *   counter version -              prints HDF5's version
 *   counter once FILE              open, read, add one, write, close
 *   counter plain FILE N           N times, at the start signal
 *   counter lossy FILE N           the same, and where the file can't be opened the update is lost
 *   counter side FILE N SIDE       the same, each within flock() on the file SIDE
 *   counter spawn FILE N SIDE      N times "flock SIDE counter once FILE"
 *
 * The last four print when they were done and the CPU time they used, both in nanoseconds.
 */
#include "bench.h"
#include "counter_file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int update(const char *file)
{
	int number = 0;

	return counter_visit(file, 1, &number);
}

static int show(const char *file)
{
	int number = 0;

	if (counter_visit(file, 0, &number) < 0)
		return -1;
	say("%d", number);
	return 0;
}

static int version(void)
{
	unsigned int major, minor, release;

	if (H5get_libversion(&major, &minor, &release) < 0)
		return -1;
	say("%u.%u.%u", major, minor, release);
	return 0;
}

static void update_beside(const char *file, int side)
{
	if (flock(side, LOCK_EX) || update(file) < 0 || flock(side, LOCK_UN))
		die(file);
}

static void spawn_update(char *program, char *file, char *side)
{
	char *argv[] = { "flock", side, program, "once", file, NULL };
	int status;
	pid_t pid;

	errno = posix_spawnp(&pid, "flock", NULL, NULL, argv, environ);
	if (errno || waitpid(pid, &status, 0) != pid || status)
		die("flock");
}

static int64_t cpu_of_children_ns(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * (int64_t)1000000000 +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * (int64_t)1000;
}

static int run(char **argv)
{
	char *how = argv[1], *file = argv[2];
	int side = argv[4] ? open(argv[4], O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
	int times = atoi(argv[3]);
	int64_t cpu;

	if (argv[4] && side < 0)
		die(argv[4]);
	H5open();
	if (strcmp(how, "lossy") == 0)
		H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	wait_for_start();
	cpu = cpu_ns();
	for (int i = 0; i < times; i++) {
		if (strcmp(how, "side") == 0)
			update_beside(file, side);
		else if (strcmp(how, "spawn") == 0)
			spawn_update(argv[0], file, argv[4]);
		else if (update(file) < 0 && strcmp(how, "lossy") != 0)
			return -1;
	}
	say("%lld %lld", (long long)now_ns(), (long long)(cpu_ns() - cpu + cpu_of_children_ns()));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "create") == 0)
		return counter_create(argv[2]) < 0;
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return show(argv[2]) < 0;
	if (argc == 3 && strcmp(argv[1], "once") == 0)
		return update(argv[2]) < 0;
	if (argc == 3 && strcmp(argv[1], "version") == 0)
		return version() < 0;
	if (argc >= 4)
		return run(argv) < 0;
	fprintf(stderr, "usage: counter create|show|once FILE\n"
			"       counter plain|lossy FILE N\n"
			"       counter side|spawn FILE N SIDE\n");
	return 2;
}
