/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/loader.h"

#include "command/check/target.h"
#include "system/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* --- whether it is one ------------------------------------------------------------------------ */

/* glibc's, on all kinds of machines: "ld-linux-x86-64.so.2", "ld64.so.2"; before 2.34 that was a
 * link to "ld-2.31.so". */
static bool has_loaders_name(const char *path)
{
	static const char *const patterns[] = { "ld-linux*.so.[0-9]", "ld64.so.[0-9]",
						"ld.so.[0-9]", "ld-[0-9].[0-9]*.so" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], target_base(path), 0) == 0)
			return true;
	return false;
}

/* In /lib64, /usr/lib/x86_64-linux-gnu and the like. */
static bool is_in_system_folder(const char *path)
{
	int depth = 0;

	if (!strncmp(path, "/usr/", 5))
		path += 4;
	for (const char *p = path; *p; p++)
		depth += *p == '/';
	return !strncmp(path, "/lib", 4) && depth <= 3;
}

/* Whether it is the one that has loaded us, wherever that is (Nix, Guix, a prefix). */
static bool is_our_own(const struct stat *st)
{
	const char *interpreter;
	bool same = false;
	struct stat ours;
	struct elf elf;

	if (elf_open(&elf, "/proc/self/exe"))
		return false;
	interpreter = elf_interpreter(&elf);
	if (interpreter && stat(interpreter, &ours) == 0)
		same = ours.st_dev == st->st_dev && ours.st_ino == st->st_ino;
	elf_close(&elf);
	return same;
}

char *loader_find(const char *interpreter)
{
	char *path = realpath(interpreter, NULL);
	struct stat st;

	if (!path)
		return NULL;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (is_our_own(&st) || (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
				 is_in_system_folder(path) && has_loaders_name(path))))
		return path;
	free(path);
	return NULL;
}

/* --- its answer, line by line ---------------------------------------------------------------- */

static int add(struct loader *loader, const char *name, const char *path)
{
	struct object *objects =
		realloc(loader->objects, (loader->n + 1) * sizeof(*loader->objects));
	struct object *object;

	if (!objects)
		return -ENOMEM;
	loader->objects = objects;
	object = &objects[loader->n++];
	*object = (struct object){ strdup(name), strdup(path), LOADER_NOBODY };
	return object->name && object->path ? 0 : -ENOMEM;
}

/* "\tlibz.so.1 => /lib/libz.so.1 (0x7f…)", "\t/lib64/ld-linux-x86-64.so.2 (0x7f…)", or a
 * message: what it says of a library that is missing. */
static int read_line(struct loader *loader, char *line)
{
	char *arrow, *address;

	line[strcspn(line, "\n")] = 0;
	if (line[0] != '\t') {
		if (!loader->message && !(loader->message = strdup(line)))
			return -ENOMEM;
		return 0;
	}
	line++;
	address = strstr(line, " (0x");
	if (address)
		*address = 0;
	arrow = strstr(line, " => ");
	if (arrow) {
		*arrow = 0;
		return add(loader, line, arrow + strlen(" => "));
	}
	/* The kernel's own has no file. */
	return line[0] == '/' ? add(loader, line, line) : 0;
}

static int read_lines(struct loader *loader, FILE *answer)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &size, answer) >= 0)
		rc = read_line(loader, line);
	free(line);
	return rc;
}

/* --- who needs what --------------------------------------------------------------------------- */

/* Whether object N may be there because of WHO, for all that is known.  What nothing wants is there
 * without what comes later (LD_PRELOAD), and may be why that is. */
static bool may_be_for(const struct loader *loader, size_t n, size_t who)
{
	switch (loader->objects[n].wanted_by) {
	case LOADER_OURS:
		return who != LOADER_OURS;
	case LOADER_NOBODY:
		return who >= loader->n || n > who;
	default:
		return false;
	}
}

/* The libraries that WHO, the file at PATH, needs are there because of it, unless they were there
 * already.  In the order of the list, which is the loader's, so that the shortest way is found.
 * Returns whether one of them was ours alone, and what it needs in turn, too. */
static bool mark_needed(struct loader *loader, size_t who, const char *path)
{
	bool ours = false;
	struct elf elf;
	const char *name;

	if (elf_open(&elf, path))
		return false;
	for (size_t i = 0; (name = elf_needed(&elf, i)); i++)
		for (size_t n = 0; n < loader->n; n++)
			if (may_be_for(loader, n, who) && !strcmp(loader->objects[n].name, name)) {
				ours |= loader->objects[n].wanted_by == LOADER_OURS;
				loader->objects[n].wanted_by = who;
			}
	elf_close(&elf);
	return ours;
}

/* --- the question ------------------------------------------------------------------------------
 */

/* Starts it with its output in a pipe, whose end is *OUTPUT. */
static int start(const char *interpreter, const char *path, pid_t *pid, int *output)
{
	/* The variable with which ldd(1) asks is for glibc's alone: another one would run the
	 * program. */
	char *const argv[] = { (char *)interpreter, "--list", (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	rc = posix_spawn(pid, interpreter, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (rc)
		close(ends[0]);
	*output = ends[0];
	return -rc;
}

/* Our library, or what it alone needs (libdl, before glibc 2.34). */
static bool is_ours(const struct object *object, const char *library)
{
	return object->wanted_by == LOADER_OURS || !strcmp(object->path, library);
}

static void find_ways(struct loader *loader, const char *path, const char *library)
{
	bool again;

	mark_needed(loader, LOADER_PROGRAM, path);
	for (size_t n = 0; n < loader->n; n++)
		if (is_ours(&loader->objects[n], library))
			mark_needed(loader, LOADER_OURS, loader->objects[n].path);
	do {
		again = false;
		for (size_t n = 0; n < loader->n; n++)
			if (!is_ours(&loader->objects[n], library))
				again |= mark_needed(loader, n, loader->objects[n].path);
	} while (again);
}

int loader_ask(struct loader *loader, const char *interpreter, const char *path,
	       const char *library)
{
	FILE *answer;
	int output = -1, rc;
	pid_t pid;

	*loader = (struct loader){ .n = 0 };
	rc = start(interpreter, path, &pid, &output);
	if (rc)
		return rc;
	answer = fdopen(output, "r");
	if (answer) {
		rc = read_lines(loader, answer);
		fclose(answer);
	} else {
		rc = -errno;
		close(output);
	}
	waitpid(pid, NULL, 0);
	if (rc)
		loader_free(loader);
	else
		find_ways(loader, path, library);
	return rc;
}

void loader_free(struct loader *loader)
{
	for (size_t i = 0; i < loader->n; i++) {
		free(loader->objects[i].name);
		free(loader->objects[i].path);
	}
	free(loader->objects);
	free(loader->message);
	*loader = (struct loader){ .n = 0 };
}
