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

static bool is_wanted(const struct object *object)
{
	return object->wanted_by != LOADER_NOBODY && object->wanted_by != LOADER_OURS;
}

/* The libraries that WHO, the file at PATH, needs are there because of it, unless they were there
 * already.  In the order of the list, which is the loader's, so that the shortest way is found.
 * Returns whether there are such. */
static bool mark_needed(struct loader *loader, size_t who, const char *path)
{
	bool some = false;
	struct elf elf;
	const char *name;

	if (elf_open(&elf, path))
		return false;
	for (size_t i = 0; (name = elf_needed(&elf, i)); i++)
		for (size_t n = 0; n < loader->n; n++) {
			struct object *object = &loader->objects[n];

			/* What comes before WHO is there without it (LD_PRELOAD), and may be why
			 * WHO is. */
			bool before =
				who < loader->n && n <= who && object->wanted_by != LOADER_OURS;

			if (is_wanted(object) || object->wanted_by == who || before ||
			    strcmp(object->name, name) != 0)
				continue;
			object->wanted_by = who;
			some = true;
		}
	elf_close(&elf);
	return some;
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

/* Our library, or what it alone needs (libdl, before glibc 2.34). */
static bool is_ours(const struct object *object, const char *library)
{
	return object->wanted_by == LOADER_OURS || !strcmp(object->path, library);
}

static void find_ways(struct loader *loader, const char *path, const char *library)
{
	bool more = true;

	mark_needed(loader, LOADER_PROGRAM, path);
	for (size_t n = 0; n < loader->n; n++)
		if (is_ours(&loader->objects[n], library))
			mark_needed(loader, LOADER_OURS, loader->objects[n].path);
	/* What is ours at first may be wanted by something that comes later. */
	while (more) {
		more = false;
		for (size_t n = 0; n < loader->n; n++)
			if (!is_ours(&loader->objects[n], library))
				more |= mark_needed(loader, n, loader->objects[n].path);
	}
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
