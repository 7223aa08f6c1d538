/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/env.h"

#include "command/check/start.h"
#include "command/place.h"
#include "command/preload.h"
#include "command/say.h"
#include "report/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_export(const char *name, const char *value)
{
	printf("export %s='", name);
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*value);
	puts("'");
}

static int print_settings(void)
{
	char *const no_program[] = { NULL };
	char *library = place_library(), *list;
	const char *name;
	int rc = start_check(library, no_program);

	if (rc)
		return rc;
	list = preload_list(library);
	print_export("LD_PRELOAD", list);
	for (size_t i = 0; (name = settings_name(i)); i++)
		if (getenv(name))
			print_export(name, getenv(name));
	free(list);
	free(library);
	return 0;
}

static void print_unset(void)
{
	char *list = preload_list(NULL);

	if (*list)
		print_export("LD_PRELOAD", list);
	else
		puts("unset LD_PRELOAD");
	free(list);
}

int env_command(char *const words[])
{
	int rc = 0;

	if (!words[0])
		rc = print_settings();
	else if (!strcmp(words[0], "--unset") && !words[1])
		print_unset();
	else
		say_fatal(
			"only --unset may follow env: options go before it, and a program of that "
			"name is started with 'lockedh5 -- env'");
	say_all_printed();
	return rc;
}
