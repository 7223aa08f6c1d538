/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/process.h"

#include "command/check/contents.h"
#include "command/check/languages.h"
#include "command/check/obstacle.h"
#include "command/check/program.h"
#include "command/check/target.h"
#include "report/settings.h"
#include "system/elf_file.h"
#include "system/proc.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that a process executes from. */
struct mapped {
	char *path;	     /* as the process sees it, or saw it */
	char range[40];	     /* its name in /proc/PID/map_files */
	unsigned long inode; /* what it was when it was mapped */
};

struct process {
	pid_t pid;
	char *name; /* "1234 (h5copy)" */
	struct mapped *files;
	size_t n;
	const struct mapped *library; /* ours; NULL if it is not there */
};

/* --- /proc/PID/maps ----------------------------------------------------------------------------
 */

static int add(struct process *p, const struct mapped *file)
{
	struct mapped *files;

	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->files[i].path, file->path) && p->files[i].inode == file->inode)
			return 0;
	files = realloc(p->files, (p->n + 1) * sizeof(*files));
	if (!files)
		return -ENOMEM;
	p->files = files;
	files[p->n] = *file;
	files[p->n].path = strdup(file->path);
	return files[p->n++].path ? 0 : -ENOMEM;
}

/* "7f12…-7f13… r-xp 00001000 fe:00 1234   /usr/lib/libz.so.1 (deleted)" */
static int read_line(struct process *p, char *line)
{
	struct mapped file;
	char permissions[8];
	int at = 0;

	if (sscanf(line, "%39s %7s %*s %*s %lu %n", file.range, permissions, &file.inode, &at) !=
		    3 ||
	    permissions[2] != 'x' || line[at] != '/')
		return 0;
	file.path = line + at;
	return add(p, &file);
}

static int read_maps(struct process *p)
{
	struct proc_lines lines;
	char path[64], *line;
	int rc;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)p->pid);
	rc = proc_begin(&lines, path);
	if (rc)
		return rc;
	while (rc == 0 && (line = proc_next(&lines)))
		rc = read_line(p, line);
	proc_end(&lines);
	return rc;
}

/* --- what is in the files ------------------------------------------------------------------------
 */

/* Opens the very file that was mapped: by the kernel's link to it, which is for root only, or at
 * its path in the process's own root folder, if that is still the same. */
static int open_mapped(const struct process *p, const struct mapped *file, struct elf *elf)
{
	char path[64 + PATH_MAX];
	struct stat st;
	int rc;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%s", (int)p->pid, file->range);
	rc = elf_open(elf, path);
	if (rc == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)p->pid, file->path);
	if (stat(path, &st))
		return -errno;
	return st.st_ino == file->inode ? elf_open(elf, path) : -ESTALE;
}

/* What of HDF5 is in a file; of one that can't be looked at any more, the name has to do. */
static void look_into(const struct process *p, const struct mapped *file, struct contents *contents)
{
	struct elf elf;

	if (open_mapped(p, file, &elf) == 0) {
		contents_look(&elf, contents);
		elf_close(&elf);
		return;
	}
	*contents = (struct contents){ .kind = CONTENTS_NONE, .version = "?" };
	if (!strncmp(target_base(file->path), "libhdf5", strlen("libhdf5")) &&
	    !strstr(file->path, "_hl") && !strstr(file->path, "_cpp"))
		contents->kind = CONTENTS_LIBRARY;
}

/* Whether it is a copy of our library, which knows the names of HDF5's functions. */
static bool is_ours(const struct mapped *file)
{
	return !strncmp(target_base(file->path), "liblockedh5.so", strlen("liblockedh5.so"));
}

/* Whether this is a file that makes the process go past us: a language, or HDF5 for itself alone.
 */
static char *way_past(const struct process *p, const struct mapped *file)
{
	const struct language *language = language_of_library(target_base(file->path));
	struct contents contents;

	if (language && language->bypasses)
		return say_text("%s's HDF5 package fetches the functions of the library with "
				"dlsym, where no preloaded library stands",
				language->name);
	look_into(p, file, &contents);
	if (contents.kind == CONTENTS_NONE || contents.kind == CONTENTS_LIBRARY)
		return NULL;
	return say_text("HDF5 %s is linked statically into %s: nothing between the two can be "
			"intercepted",
			contents.version, file->path);
}

/* --- what is to be said --------------------------------------------------------------------- */

static void say_copies(const struct process *p)
{
	struct contents contents;
	int n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (is_ours(&p->files[i]))
			continue;
		look_into(p, &p->files[i], &contents);
		if (contents.kind != CONTENTS_LIBRARY)
			continue;
		say_also("HDF5 %s: %s", contents.version, p->files[i].path);
		n++;
	}
	if (n == 0)
		say_also("no shared HDF5 library is loaded now");
	if (n > 1)
		say_also("what is open through one of them can't be opened through the other");
}

/* Why the library may not be there. */
static const char *obstacle_of(const struct process *p)
{
	const char *obstacle = NULL;
	char path[64];
	struct elf elf;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	if (elf_open(&elf, path) == 0) {
		obstacle = obstacle_to_loading(&elf, path);
		elf_close(&elf);
	}
	return obstacle;
}

static enum verdict say_not_there(const struct process *p)
{
	const char *obstacle = obstacle_of(p);

	if (obstacle)
		return say(p->name, NOT_COVERED, "it %s", obstacle);
	return say(p->name, NOT_COVERED,
		   "it has been started without the library: start it with lockedh5");
}

/* The value of LOCKEDH5_FILES with which it was started, or NULL. */
static char *files_of(const struct process *p)
{
	static const char name[] = SETTING_FILES "=";
	char path[64], *line = NULL, *value = NULL;
	size_t size = 0;
	FILE *environment;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)p->pid);
	environment = fopen(path, "re");
	while (environment && !value && getdelim(&line, &size, 0, environment) >= 0)
		if (!strncmp(line, name, strlen(name)))
			value = say_text("%s", line + strlen(name));
	free(line);
	if (environment)
		fclose(environment);
	return value;
}

static enum verdict say_there(const struct process *p)
{
	char path[64], *files = files_of(p);
	struct contents contents = { .kind = CONTENTS_NONE };
	enum verdict verdict = COVERED;
	struct elf elf;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	if (elf_open(&elf, path) == 0) {
		contents_look(&elf, &contents);
		elf_close(&elf);
	}
	if (contents.kind != CONTENTS_NONE) {
		verdict = program_say_static(p->name, "it", &contents, files);
	} else {
		say(p->name, COVERED, "the library is loaded (%s)", p->library->path);
		program_say_files(files);
	}
	free(files);
	return verdict;
}

static enum verdict say_all(struct process *p)
{
	enum verdict verdict;
	char *past = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (is_ours(&p->files[i]))
			p->library = &p->files[i];
	/* The first is the executable, of which say_there() knows more. */
	for (size_t i = 1; i < p->n && p->library && !past; i++)
		if (!is_ours(&p->files[i]))
			past = way_past(p, &p->files[i]);
	if (past)
		verdict = say(p->name, NOT_COVERED, "the library is loaded (%s), but %s",
			      p->library->path, past);
	else
		verdict = p->library ? say_there(p) : say_not_there(p);
	free(past);
	say_copies(p);
	return verdict;
}

enum verdict process_check(pid_t pid)
{
	struct process p = { .pid = pid };
	struct proc_facts facts;
	enum verdict verdict;
	int rc;

	proc_facts(pid, &facts);
	p.name = say_text("%d (%s)", (int)pid, *facts.command ? facts.command : "?");
	rc = facts.state == PROC_ENDED ? -ESRCH : read_maps(&p);
	if (rc == -ESRCH)
		verdict = say(p.name, UNKNOWN, "there is no such process, or it has ended");
	else if (rc == -EACCES || rc == -EPERM)
		verdict = say(p.name, UNKNOWN,
			      "it can't be looked at: that is for its user and root, and takes "
			      "the right to trace it");
	else if (rc)
		verdict = say(p.name, UNKNOWN, "what it has loaded can't be read (%s)",
			      strerror(-rc));
	else if (!p.n)
		verdict = say(p.name, UNKNOWN, "it shows nothing that it has loaded");
	else
		verdict = say_all(&p);
	for (size_t i = 0; i < p.n; i++)
		free(p.files[i].path);
	free(p.files);
	free(p.name);
	return verdict;
}
