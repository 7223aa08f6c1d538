/* lockedh5-check: whether a program will be covered by the library, or a process is, and how; for
 * "lockedh5 check".  The first argument is the library's file. */
#include "process.h"
#include "program.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A program with such a name has to be called by its path. */
static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == 0;
}

int main(int argc, char **argv)
{
	enum verdict verdict;

	opterr = 0;
	if (getopt(argc, argv, "") != -1 || argc - optind != 2) {
		fprintf(stderr, "usage: lockedh5 check PROGRAM|PID\n");
		return UNKNOWN;
	}
	if (is_number(argv[optind + 1])) {
		unsigned long pid = strtoul(argv[optind + 1], NULL, 10);

		/* No process has a number beyond, nor 0. */
		verdict = process_check(pid > 0 && pid <= INT_MAX ? (pid_t)pid : INT_MAX);
	} else {
		verdict = program_check(argv[optind + 1], argv[optind]);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "lockedh5: standard output: %s\n", strerror(errno));
		return UNKNOWN;
	}
	return (int)verdict;
}
