/* SPDX-License-Identifier: BSD-3-Clause */
/* lockedh5 - run a program so that it locks the HDF5 files that it opens; see lockedh5(1).  It
 * reads its options, looks whether that will do, and becomes the program; or does what a subcommand
 * says. */
#include "command/check/check.h"
#include "command/env.h"
#include "command/help.h"
#include "command/launch.h"
#include "command/options.h"
#include "command/place.h"
#include "command/preload.h"
#include "command/say.h"
#include "command/status/status.h"
#include "command/trace/trace.h"
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_help(char *words[])
{
	(void)words;
	help();
	return 0;
}

static int print_version(char *words[])
{
	(void)words;
	puts("lockedh5 (liblockedh5) " PACKAGE_VERSION);
	return 0;
}

static int print_library(char *words[])
{
	char *library = place_library();

	(void)words;
	puts(library);
	free(library);
	return 0;
}

static int env(char *words[])
{
	return env_command(words);
}

/* It asks the loader what a program gets, so the environment has to be that of a program. */
static int check(char *words[])
{
	char *library;
	int rc;

	say_failure = 2;
	library = place_library();
	preload_set(library);
	rc = check_command(library, words);
	free(library);
	return rc;
}

static int status(char *words[])
{
	say_failure = 2;
	return status_command(words);
}

static int trace(char *words[])
{
	say_failure = 2;
	return trace_command(words);
}

static int run(char *words[])
{
	return launch(words);
}

/* What a word that is no option of the launcher's says is to be done, with the words behind it; to
 * run a program of such a name there is "--". */
static const struct action {
	const char *word;
	bool has_help; /* "lockedh5 env --help" */
	int (*act)(char *words[]);
} actions[] = {
	{ "env", true, env },
	{ "status", true, status },
	{ "check", true, check },
	{ "trace", true, trace },
	{ "--library", false, print_library },
	{ "--help", false, print_help },
	{ "--version", false, print_version },
	{ "--", false, run },
};

static int act(char *words[])
{
	const char *word = words[0];

	for (size_t i = 0; word && i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(word, actions[i].word) != 0)
			continue;
		if (actions[i].has_help && words[1] && !strcmp(words[1], "--help"))
			return print_help(words);
		return actions[i].act(words + 1);
	}
	if (word && word[0] == '-' && word[1])
		say_fatal("there is no option %s; see 'lockedh5 --help'", word);
	return run(words);
}

int main(int argc, char *argv[])
{
	char **words = argv + (argc > 0);
	int rc;

	while (*words && options_take(&words))
		;
	rc = act(words);
	say_all_printed();
	return rc;
}
