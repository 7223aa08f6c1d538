/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts one command and another again and again, in turn, each with one variable in its
 * environment, and prints for each pair of starts the nanoseconds from posix_spawn() to the
 * program's end.
 *
 *   starts PAIRS NAME=VALUE PROGRAM [ARG...] -- NAME=VALUE PROGRAM [ARG...]
 */
#include "bench.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* WORDS are the variable, the program and its arguments, with a NULL at the end. */
static int64_t start(char *words[])
{
	char **argv = words + 1, *env[] = { words[0], NULL };
	int64_t began = now_ns();
	int status;
	pid_t pid;

	/* glibc does this with CLONE_VFORK: the driver's own size does not count. */
	errno = posix_spawn(&pid, argv[0], NULL, NULL, argv, env);
	if (errno || waitpid(pid, &status, 0) != pid || status)
		die(argv[0]);
	return now_ns() - began;
}

int main(int argc, char **argv)
{
	char **commands[2] = { argv + 2, argv + 2 };

	while (argc > 2 && *commands[1] && strcmp(*commands[1], "--") != 0)
		commands[1]++;
	if (argc < 7 || !*commands[1] || !commands[1][1] || !commands[1][2]) {
		fprintf(stderr, "usage: starts PAIRS NAME=VALUE PROGRAM [ARG...] -- NAME=VALUE "
				"PROGRAM [ARG...]\n");
		return 2;
	}
	*commands[1]++ = NULL;
	for (int i = 0; i < atoi(argv[1]); i++) {
		int second = i % 2;
		int64_t took[2];

		took[second] = start(commands[second]);
		took[!second] = start(commands[!second]);
		say("%lld %lld", (long long)took[0], (long long)took[1]);
	}
	return 0;
}
