/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/options.h"

#include "command/say.h"
#include "report/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set(const char *variable, const char *value)
{
	if (setenv(variable, value, 1))
		say_must(NULL);
}

/* --- what they do ----------------------------------------------------------------------------- */

static void set_count(const char *value)
{
	set(SETTING_COUNT, value);
}

static void set_wait(const char *value)
{
	set(SETTING_WAIT, value);
}

static void set_driver(const char *value)
{
	set(SETTING_DRIVER, value);
}

/* Absolute, so that a program that changes its folder goes on in the same file. */
static void set_log(const char *value)
{
	char *folder, *log, *to;

	if (value[0] == '/' || !value[0]) {
		set(SETTING_LOG, value);
		return;
	}
	folder = get_current_dir_name();
	if (!folder)
		say_fatal("the folder that '%s' is to be in can't be found (%s); give an absolute "
			  "name",
			  value, strerror(errno));
	/* "%" begins a field there. */
	to = log = say_must(malloc(2 * strlen(folder) + strlen(value) + 2));
	for (const char *p = folder; *p; p++) {
		if (*p == '%')
			*to++ = '%';
		*to++ = *p;
	}
	*to++ = '/';
	strcpy(to, value);
	set(SETTING_LOG, log);
	free(log);
	free(folder);
}

/* One step from what it is, to 3 at most.  A bad value stays, for those who look at all of them. */
static void raise_verbose(void)
{
	const char *value = getenv(SETTING_VERBOSE);
	char next[] = "2"; /* one more than the default */

	if (value && (value[0] < '0' || value[0] > '2' || value[1]))
		return;
	if (value)
		next[0] = (char)(value[0] + 1);
	set(SETTING_VERBOSE, next);
}

/* --- which they are --------------------------------------------------------------------------- */

static const struct option {
	const char *letter; /* "-n", for which "-n5" will do, too; NULL: it has none */
	const char *name;   /* "--count", for which "--count=5" will do, too */
	void (*set)(const char *value);
} options[] = {
	{ "-n", "--count", set_count },
	{ "-w", "--wait", set_wait },
	{ NULL, "--driver", set_driver },
	{ NULL, "--log", set_log },
};

/* The value that WORD itself ends with, "" if it is the option alone; NULL if it is another word.
 */
static const char *value_in(const char *word, const struct option *option)
{
	size_t length = strlen(option->name);

	if (option->letter && !strncmp(word, option->letter, 2))
		return word + 2;
	if (strncmp(word, option->name, length) != 0)
		return NULL;
	return word[length] == '=' || !word[length] ? word + length : NULL;
}

static void take(const struct option *option, const char *value, char ***words)
{
	char *word = *(*words)++;

	if (*value == '=' && word[1] == '-') {
		value++;
	} else if (!*value) {
		value = **words;
		if (!value)
			say_fatal("option %s needs a value; see 'lockedh5 --help'", word);
		++*words;
	}
	option->set(value);
}

/* "-v", "-vv" and so on. */
static bool is_verbose(const char *word)
{
	return word[0] == '-' && word[1] == 'v' && word[1 + strspn(word + 1, "v")] == 0;
}

bool options_take(char ***words)
{
	const char *word = **words, *value;

	if (!strcmp(word, "--verbose"))
		word = "-v";
	if (is_verbose(word)) {
		for (const char *v = word + 1; *v; v++)
			raise_verbose();
		++*words;
		return true;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		value = value_in(word, &options[i]);
		if (value) {
			take(&options[i], value, words);
			return true;
		}
	}
	return false;
}
