#include "loader.h"

#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool loader_is_trusted(const char *interpreter)
{
	struct stat st;

	return stat(interpreter, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       !(st.st_mode & S_IWOTH);
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

/* The libraries that WHO, the file at PATH, needs are there because of it, unless they were there
 * already.  In the order of the list, which is the loader's, so that the shortest way is found. */
static void mark_needed(struct loader *loader, size_t who, const char *path)
{
	struct elf elf;
	const char *name;

	if (elf_open(&elf, path))
		return;
	for (size_t i = 0; (name = elf_needed(&elf, i)); i++)
		for (size_t n = 0; n < loader->n; n++)
			if (loader->objects[n].wanted_by == LOADER_NOBODY &&
			    !strcmp(loader->objects[n].name, name))
				loader->objects[n].wanted_by = who;
	elf_close(&elf);
}

/* --- the question ------------------------------------------------------------------------------
 */

/* Starts it with its output in a pipe, whose end is *OUTPUT. */
static int start(const char *interpreter, const char *path, pid_t *pid, int *output)
{
	/* Also musl's loader knows the option.  The variable with which ldd(1) asks it does not,
	 * and would run the program. */
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

static void find_ways(struct loader *loader, const char *path, const char *library)
{
	mark_needed(loader, LOADER_PROGRAM, path);
	for (size_t n = 0; n < loader->n; n++)
		if (strcmp(loader->objects[n].path, library) != 0)
			mark_needed(loader, n, loader->objects[n].path);
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
