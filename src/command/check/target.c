/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 5 };	   /* scripts that are run by scripts, as the kernel has it */
enum { FIRST_LINE = 256 }; /* what the kernel reads of a script (Linux 5.1; before, 128) */

const char *target_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int may_execute(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == EACCES ? -EACCES : -ENOENT;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

static int copy_path(char path[PATH_MAX], const char *from)
{
	return snprintf(path, PATH_MAX, "%s", from) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Searches PATH; -EACCES if there is something of that name in it, but nothing to execute. */
static int search(const char *name, char path[PATH_MAX])
{
	const char *folder = getenv("PATH"), *end;
	char found[PATH_MAX];
	int rc = -ENOENT, one;

	for (folder = folder ? folder : "/usr/bin:/bin"; folder; folder = *end ? end + 1 : NULL) {
		end = strchrnul(folder, ':');
		if (snprintf(found, sizeof(found), "%.*s%s%s", (int)(end - folder), folder,
			     end == folder ? "./" : "/", name) >= PATH_MAX)
			continue;
		one = may_execute(found);
		if (one == -ENOENT || (one && rc == -EACCES))
			continue;
		copy_path(path, found);
		rc = one;
		if (rc == 0)
			break;
	}
	return rc;
}

static int find(const char *name, char path[PATH_MAX])
{
	int rc = copy_path(path, name);

	if (rc == 0)
		rc = !*name ? -ENOENT : strchr(name, '/') ? may_execute(name) : search(name, path);
	return rc;
}

/* Whether a word of env(1)'s is not yet the program. */
static bool is_for_env(const char *word)
{
	return word[0] == '-' || strchr(word, '=');
}

/* The program of "#! LINE", looked up if env(1) is to do that. */
static int follow(char *line, char path[PATH_MAX])
{
	char *rest, *word = strtok_r(line, " \t", &rest);

	if (!word)
		return -ENOENT;
	if (strcmp(target_base(word), "env") != 0)
		return copy_path(path, word) ? -ENAMETOOLONG : may_execute(word);
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (!strncmp(word, "-S", 2) && word[2])
			word += 2;
		if (!is_for_env(word))
			return find(word, path);
	}
	return -ENOENT;
}

/* The beginning of a file, up to the end of its first line. */
static ssize_t read_line(const char *path, char line[FIRST_LINE + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, line, FIRST_LINE);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -EPERM;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return n;
}

int target_find(struct target *target, const char *name)
{
	char line[FIRST_LINE + 1];
	ssize_t n;
	int rc = find(name, target->program);

	target->script = target->plain = false;
	strcpy(target->file, target->program);
	strcpy(target->runner, target->program);
	for (int depth = 0; rc == 0; depth++) {
		n = read_line(target->file, line);
		if (n < 0)
			return (int)n;
		if (strncmp(line, "#!", 2) != 0) {
			target->plain = n > 0 && memcmp(line, "\177ELF", 4) != 0;
			return 0;
		}
		if (depth == DEEPEST)
			return -ELOOP;
		target->script = true;
		rc = follow(line + 2, target->file);
		if (depth == 0)
			strcpy(target->runner, target->file);
	}
	return rc;
}
