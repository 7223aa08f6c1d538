/* lockedh5-check: "check LIBRARY PROGRAM|PID" tells whether a program will be covered by the
 * library in that file, or a process is, and how; "start LIBRARY [PROGRAM]" whether the launcher
 * may start that program, or any.  Only the launcher calls it. */
#include "process.h"
#include "program.h"
#include "start.h"

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

/* What follows LIBRARY is the user's. */
static int check(const char *library, int argc, char **argv)
{
	enum verdict verdict;

	opterr = 0;
	if (getopt(argc, argv, "") != -1 || argc - optind != 1) {
		fprintf(stderr, "usage: lockedh5 check PROGRAM | PID\n");
		return UNKNOWN;
	}
	if (is_number(argv[optind])) {
		unsigned long pid = strtoul(argv[optind], NULL, 10);

		/* No process has a number beyond, nor 0. */
		verdict = process_check(pid > 0 && pid <= INT_MAX ? (pid_t)pid : INT_MAX);
	} else {
		verdict = program_check(argv[optind], library);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "lockedh5: standard output: %s\n", strerror(errno));
		return UNKNOWN;
	}
	return (int)verdict;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "check"))
		return check(argv[2], argc - 2, argv + 2);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "start"))
		return start_check(argv[2], argv[3]);
	fprintf(stderr, "lockedh5-check: this program is part of lockedh5(1), which calls it\n");
	return UNKNOWN;
}
