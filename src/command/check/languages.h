/* SPDX-License-Identifier: BSD-3-Clause */
/* Languages whose programs load HDF5 at run time, so that their interpreter does not link it. */
#ifndef LANGUAGES_H
#define LANGUAGES_H

#include <stdbool.h>

struct language {
	const char *name;
	const char *program; /* its interpreter's file name, but for a version behind it */
	const char *library; /* how the name of a library begins in which the interpreter is */
	bool bypasses;	     /* its HDF5 binding asks dlsym(3) for the functions */
};

/* The language whose interpreter is the file at PATH, or is in the library of this NAME; NULL if
 * there is none. */
const struct language *language_of_program(const char *path);
const struct language *language_of_library(const char *name);

/* Whether the file at PATH is a shell. */
bool language_is_shell(const char *path);

#endif
