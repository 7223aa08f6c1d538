/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/check.h"

#include "command/check/process.h"
#include "command/check/program.h"
#include "command/say.h"

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

int check_command(const char *library, char *const words[])
{
	bool all_names = words[0] && !strcmp(words[0], "--");
	const char *name = words[all_names];

	if (!name || words[all_names + 1]) {
		fprintf(stderr, "usage: lockedh5 check PROGRAM | PID\n");
		return UNKNOWN;
	}
	if (!all_names && name[0] == '-')
		say_fatal("check has no option %s; a program of that name is checked with "
			  "'lockedh5 check -- %s'",
			  name, name);
	if (is_number(name)) {
		unsigned long pid = strtoul(name, NULL, 10);

		/* No process has a number beyond, nor 0. */
		return (int)process_check(pid > 0 && pid <= INT_MAX ? (pid_t)pid : INT_MAX);
	}
	return (int)program_check(name, library);
}
