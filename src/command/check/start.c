/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/start.h"

#include "command/check/contents.h"
#include "command/check/obstacle.h"
#include "command/check/starters.h"
#include "command/check/target.h"
#include "command/say.h"
#include "report/settings.h"
#include "system/elf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The option of the launcher's that sets what this sentence is about, as " (option -n)". */
static const char *hint(const char *sentence)
{
	static const char *const options[][2] = {
		{ SETTING_COUNT "=", " (option -n)" },
		{ SETTING_WAIT "=", " (option -w)" },
		{ SETTING_DRIVER "=", " (option --driver)" },
		{ SETTING_VERBOSE "=", " (option -v)" },
		{ SETTING_LOG "=", " (option --log)" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strncmp(sentence, options[i][0], strlen(options[i][0])))
			return options[i][1];
	return "";
}

static int check_settings(void)
{
	const char *error = settings()->error;

	if (!*error)
		return 0;
	say_error("%s%s", error, hint(error));
	return START_REFUSED;
}

/* The library is also loaded in vain where it can't tell which files are HDF5's. */
static const char *obstacle_to_locking(struct elf *elf, const char *path)
{
	const char *obstacle = obstacle_to_loading(elf, path);
	struct contents contents;

	if (obstacle || getenv(SETTING_FILES))
		return obstacle;
	contents_look(elf, &contents);
	return contents.kind == CONTENTS_STRIPPED ? OBSTACLE_UNNAMED : NULL;
}

static int refuse(const struct target *target, const char *obstacle)
{
	if (target->script)
		say_error("%s is run by %s, which %s", target->program, target->file, obstacle);
	else
		say_error("%s %s", target->file, obstacle);
	return START_REFUSED;
}

static int check_executable(const struct target *target, const char *library)
{
	const char *obstacle;
	struct elf elf;
	char *sentence;
	int rc = elf_open(&elf, target->file);

	if (rc == -EXDEV) {
		sentence = say_text(OBSTACLE_MACHINE, library);
		rc = refuse(target, sentence);
		free(sentence);
		return rc;
	}
	if (rc)
		return 0;
	obstacle = obstacle_to_locking(&elf, target->file);
	rc = obstacle ? refuse(target, obstacle) : 0;
	elf_close(&elf);
	return rc;
}

/* A program that has another one started, where the library is not. */
static int check_starter(const char *library, char *const words[])
{
	const char *who;
	char *obstacle = starters_obstacle(words, library, &who);

	if (!obstacle)
		return 0;
	say_error("%s %s", who, obstacle);
	free(obstacle);
	return START_REFUSED;
}

static int check_command(const char *library, char *const words[])
{
	const char *name = words[0];
	struct target target;
	int rc = target_find(&target, name), refused = check_starter(library, words);

	if (refused)
		return refused;
	if (rc == -EPERM) {
		say_error("%s can't be read, which would show whether it loads the library; give "
			  "read permission",
			  target.file);
		return START_REFUSED;
	}
	if (rc == -EACCES && !target.script) {
		say_error("%s can't be executed: it is a folder, or permission is missing",
			  target.file);
		return START_NOT_EXECUTABLE;
	}
	if (rc == -ENOENT && !target.script) {
		say_error("the program '%s' is not found", name);
		return START_NOT_FOUND;
	}
	return rc || target.plain ? 0 : check_executable(&target, library);
}

int start_check(const char *library, char *const words[])
{
	int rc = check_settings();

	return rc || !words[0] ? rc : check_command(library, words);
}
