/* Starts a program again and again, with one variable in its environment and with another in turn,
 * and prints for each pair of starts the nanoseconds from posix_spawn() to the program's end.
 *
 *   starts PAIRS PROGRAM NAME=VALUE NAME=VALUE
 */
#include "bench.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static int64_t start(char *program, char *variable)
{
	char *argv[] = { program, NULL };
	char *env[] = { variable, NULL };
	int64_t began = now_ns();
	int status;
	pid_t pid;

	/* glibc does this with CLONE_VFORK: the driver's own size does not count. */
	errno = posix_spawn(&pid, program, NULL, NULL, argv, env);
	if (errno || waitpid(pid, &status, 0) != pid || status)
		die(program);
	return now_ns() - began;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: starts PAIRS PROGRAM NAME=VALUE NAME=VALUE\n");
		return 2;
	}
	for (int i = 0; i < atoi(argv[1]); i++) {
		int second = i % 2;
		int64_t took[2];

		took[second] = start(argv[2], argv[3 + second]);
		took[!second] = start(argv[2], argv[3 + !second]);
		say("%lld %lld", (long long)took[0], (long long)took[1]);
	}
	return 0;
}
