/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/program.h"

#include "command/check/contents.h"
#include "command/check/languages.h"
#include "command/check/loader.h"
#include "command/check/obstacle.h"
#include "command/check/starters.h"
#include "command/check/target.h"
#include "report/settings.h"
#include "system/elf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one program. */
struct program {
	const char *name;    /* what the user calls it */
	const char *library; /* ours */
	const char *it;	     /* how its sentences begin */
	struct target target;
	struct elf elf;
	struct contents contents;
	struct loader loader;
};

/* --- HDF5 linked statically ---------------------------------------------------------------------
 */

enum verdict program_say_static(const char *name, const char *it, const struct contents *contents,
				const char *files)
{
	enum verdict verdict;

	if (contents->kind == CONTENTS_STRIPPED && files)
		return say(
			name, COVERED,
			"%s has HDF5 %s inside (libhdf5.a) and no symbol table: what it opens of "
			"the files that LOCKEDH5_FILES names is locked: %s",
			it, contents->version, files);
	if (contents->kind == CONTENTS_STRIPPED) {
		verdict = say(name, NOT_COVERED, "%s " OBSTACLE_UNNAMED, it);
		say_also("HDF5 %s", contents->version);
		return verdict;
	}
	verdict = say(name, COVERED,
		      "%s has HDF5 %s inside (libhdf5.a), and a symbol table that tells what that "
		      "opens",
		      it, contents->version);
	program_say_files(files);
	return verdict;
}

void program_say_files(const char *files)
{
	if (files)
		say_also("only the files that LOCKEDH5_FILES names: %s", files);
}

static enum verdict say_static_library(const struct program *p, size_t n,
				       const struct contents *contents)
{
	return say(p->name, NOT_COVERED,
		   "%s needs %s, into which HDF5 %s is linked statically: nothing between the two "
		   "can be intercepted",
		   p->it, p->loader.objects[n].path, contents->version);
}

/* --- HDF5 among its libraries ------------------------------------------------------------------
 */

/* "libnetcdf.so.19, which links libhdf5.so.103", as far as object N. */
static char *way_to(const struct loader *loader, size_t n)
{
	const struct object *object = &loader->objects[n];
	char *way, *longer;

	if (object->wanted_by >= LOADER_OURS)
		return say_text("%s", object->name);
	way = way_to(loader, object->wanted_by);
	longer = say_text("%s, which links %s", way, object->name);
	free(way);
	return longer;
}

/* What of HDF5 is in object N. */
static void look_into(const struct loader *loader, size_t n, struct contents *contents)
{
	const char *path = loader->objects[n].path;
	struct elf elf;

	contents->kind = CONTENTS_NONE;
	if (!strcmp(target_base(path), "liblockedh5.so") || elf_open(&elf, path))
		return;
	contents_look(&elf, contents);
	elf_close(&elf);
}

/* The first object from N on that has HDF5, for others or for itself alone; the number of all if
 * there is none. */
static size_t find_hdf5(const struct loader *loader, size_t n, bool for_others,
			struct contents *contents)
{
	for (; n < loader->n; n++) {
		look_into(loader, n, contents);
		if (contents->kind != CONTENTS_NONE &&
		    (contents->kind == CONTENTS_LIBRARY) == for_others)
			break;
	}
	return n;
}

static enum verdict say_linked(const struct program *p, size_t n, const struct contents *first)
{
	const struct loader *loader = &p->loader;
	char *way = way_to(loader, n);
	struct contents contents;
	enum verdict verdict;

	verdict = say(p->name, COVERED, "%s links %s (%s, HDF5 %s)", p->it, way,
		      loader->objects[n].path, first->version);
	free(way);
	while ((n = find_hdf5(loader, n + 1, true, &contents)) < loader->n) {
		way = way_to(loader, n);
		say_also("and a second copy of HDF5, %s (%s, HDF5 %s): what is open through one "
			 "of them can't be opened through the other",
			 way, loader->objects[n].path, contents.version);
		free(way);
	}
	program_say_files(getenv(SETTING_FILES));
	return verdict;
}

/* --- HDF5 that comes later ----------------------------------------------------------------------
 */

static enum verdict say_language(const struct program *p, const char *it,
				 const struct language *language)
{
	if (language->bypasses)
		return say(p->name, NOT_COVERED,
			   "%s is %s, whose HDF5 package fetches the functions of the library with "
			   "dlsym, where no preloaded library stands",
			   it, language->name);
	return say(p->name, COVERED,
		   "%s is %s: HDF5 is loaded later, and the library is there before it", it,
		   language->name);
}

/* The language that its libraries are of. */
static const struct language *language_inside(const struct loader *loader)
{
	const struct language *language = NULL;

	for (size_t i = 0; i < loader->n && !language; i++)
		language = language_of_library(target_base(loader->objects[i].name));
	return language;
}

static enum verdict say_unlinked(const struct program *p)
{
	const struct language *language = language_of_program(p->target.program);

	/* Also if it is a script that starts it, as "R" is. */
	if (language)
		return say_language(p, "it", language);
	language = language_of_program(p->target.file);
	if (!language)
		language = language_inside(&p->loader);
	if (language)
		return say_language(p, p->it, language);
	if (p->target.plain || language_is_shell(p->target.file))
		return say(p->name, UNKNOWN,
			   "%s is a shell: the programs that it starts get the library, too; check "
			   "each of them",
			   p->it);
	return say(p->name, UNKNOWN,
		   "%s links no HDF5; if it loads HDF5 later, or starts a program that does, the "
		   "library is there: check its process when it runs",
		   p->it);
}

/* --- all of it -----------------------------------------------------------------------------------
 */

/* Whether our library is among the objects. */
static bool has_library(const struct program *p)
{
	for (size_t i = 0; i < p->loader.n; i++)
		if (!strcmp(p->loader.objects[i].path, p->library))
			return true;
	return false;
}

/* Whether anything but our library needs glibc. */
static bool has_libc(const struct loader *loader)
{
	for (size_t i = 0; i < loader->n; i++)
		if (!strcmp(loader->objects[i].name, "libc.so.6") &&
		    loader->objects[i].wanted_by != LOADER_NOBODY &&
		    loader->objects[i].wanted_by != LOADER_OURS)
			return true;
	return false;
}

static enum verdict check_loaded(struct program *p)
{
	const char *message = p->loader.message;
	struct contents contents;
	size_t n;

	if (message && !strstr(message, p->library))
		return say(p->name, UNKNOWN, "%s does not start here (%s)", p->it, message);
	if (!has_libc(&p->loader))
		return say(
			p->name, NOT_COVERED,
			"%s does not use the C library of GNU (glibc), at whose calls the library "
			"stands",
			p->it);
	if (message || !has_library(p))
		return say(p->name, NOT_COVERED, "%s can't load the library %s (%s)", p->it,
			   p->library, message ? message : "its loader leaves it out");
	if (p->contents.kind != CONTENTS_NONE)
		return program_say_static(p->name, p->it, &p->contents, getenv(SETTING_FILES));
	n = find_hdf5(&p->loader, 0, false, &contents);
	if (n < p->loader.n)
		return say_static_library(p, n, &contents);
	n = find_hdf5(&p->loader, 0, true, &contents);
	return n < p->loader.n ? say_linked(p, n, &contents) : say_unlinked(p);
}

static enum verdict check_dynamic(struct program *p)
{
	const char *interpreter = elf_interpreter(&p->elf);
	char *loader = loader_find(interpreter), *real;
	enum verdict verdict;
	int rc;

	if (!loader)
		return say(
			p->name, UNKNOWN,
			"%s is to be loaded by %s, which is missing, or no loader of this system's "
			"and therefore not asked",
			p->it, interpreter);
	real = realpath(p->target.file, NULL);
	rc = loader_ask(&p->loader, loader, real ? real : p->target.file, p->library);
	free(real);
	free(loader);
	if (rc)
		return say(p->name, UNKNOWN, "%s could not be asked for its libraries (%s)",
			   interpreter, strerror(-rc));
	verdict = check_loaded(p);
	loader_free(&p->loader);
	return verdict;
}

static enum verdict check_elf(struct program *p)
{
	const char *obstacle;

	if (elf_is_library(&p->elf))
		return say(p->name, UNKNOWN, "%s is a library; check a program that loads it",
			   p->it);
	obstacle = obstacle_to_loading(&p->elf, p->target.file);
	if (obstacle)
		return say(p->name, NOT_COVERED, "%s %s", p->it, obstacle);
	contents_look(&p->elf, &p->contents);
	return check_dynamic(p);
}

/* Whether it is one that has others started where the library is not; UNKNOWN if that depends. */
static bool is_starter(const struct program *p, enum verdict *verdict)
{
	bool always;
	char *sentence = starters_sentence(p->name, &always);

	if (!sentence)
		return false;
	*verdict = say(p->name, always ? NOT_COVERED : UNKNOWN, "it %s", sentence);
	free(sentence);
	return true;
}

static enum verdict check_file(struct program *p)
{
	enum verdict verdict;
	int rc;

	if (is_starter(p, &verdict))
		return verdict;
	if (p->target.plain)
		return say_unlinked(p);
	rc = elf_open(&p->elf, p->target.file);
	if (rc == -EXDEV)
		return say(p->name, NOT_COVERED, "%s " OBSTACLE_MACHINE, p->it, p->library);
	if (rc)
		return say(p->name, UNKNOWN, "%s can't be read (%s)", p->target.file,
			   strerror(-rc));
	verdict = check_elf(p);
	elf_close(&p->elf);
	return verdict;
}

enum verdict program_check(const char *name, const char *library)
{
	struct program p = { .name = name, .library = library, .it = "it" };
	int rc = target_find(&p.target, name);
	enum verdict verdict;
	char *run_by;

	switch (rc) {
	case 0:
		break;
	case -ENOENT:
		return say(name, UNKNOWN, "the program '%s' is not found", p.target.file);
	case -EACCES:
		return say(name, UNKNOWN,
			   "%s can't be executed: it is a folder, or permission is missing",
			   p.target.file);
	case -EPERM:
		return say(name, UNKNOWN,
			   "%s can't be read, which would show whether it loads the library; give "
			   "read permission",
			   p.target.file);
	default:
		return say(name, UNKNOWN, "%s: %s", p.target.file, strerror(-rc));
	}
	if (!p.target.script)
		return check_file(&p);
	run_by = say_text("it is run by %s, which", p.target.file);
	p.it = run_by;
	verdict = check_file(&p);
	free(run_by);
	return verdict;
}
