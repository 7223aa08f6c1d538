/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/languages.h"

#include "command/check/target.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ALL(table) (sizeof(table) / sizeof((table)[0]))

static const struct language languages[] = {
	{ "Python", "python", "libpython", false },
	{ "Python", "pypy", "libpypy", false },
	{ "R", "R", "libR.so", false },
	{ "R", "Rscript", "libR.so", false },
	{ "Perl", "perl", "libperl", false },
	{ "Octave", "octave", "liboctinterp", false },
	{ "Octave", "octave-cli", "liboctinterp", false },
	{ "Octave", "octave-gui", "liboctinterp", false },
	{ "Java", "java", "libjvm", false },
	{ "Ruby", "ruby", "libruby", false },
	{ "JavaScript", "node", "libnode", false },
	{ "Lua", "lua", "liblua", false },
	{ "Tcl", "tclsh", "libtcl", false },
	/* HDF5.jl calls what it finds in the library that it has opened itself. */
	{ "Julia", "julia", "libjulia", true },
};

static const char *const shells[] = { "sh",  "dash", "bash", "rbash", "ksh",	"mksh",
				      "zsh", "csh",  "tcsh", "fish",  "busybox" };

/* "python" in "python3.11", and not in "pythonic". */
static bool is_version_of(const char *file, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(file, name, length) &&
	       file[length + strspn(file + length, "0123456789.-")] == 0;
}

const struct language *language_of_program(const char *path)
{
	char *real = realpath(path, NULL);
	const struct language *found = NULL;

	for (size_t i = 0; i < ALL(languages) && !found; i++)
		if (is_version_of(target_base(path), languages[i].program) ||
		    (real && is_version_of(target_base(real), languages[i].program)))
			found = &languages[i];
	free(real);
	return found;
}

const struct language *language_of_library(const char *name)
{
	for (size_t i = 0; i < ALL(languages); i++)
		if (!strncmp(name, languages[i].library, strlen(languages[i].library)))
			return &languages[i];
	return NULL;
}

bool language_is_shell(const char *path)
{
	char *real = realpath(path, NULL);
	bool is = false;

	for (size_t i = 0; i < ALL(shells) && !is; i++)
		is = is_version_of(target_base(real ? real : path), shells[i]);
	free(real);
	return is;
}
