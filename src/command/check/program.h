/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a program will be covered when lockedh5 starts it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "command/check/contents.h"
#include "command/say.h"

/* Says it of the program NAME; the library would be preloaded from the file LIBRARY, which
 * LD_PRELOAD names already. */
enum verdict program_check(const char *name, const char *library);

/* What FILES, the value of LOCKEDH5_FILES or NULL, means for a program with HDF5 linked statically
 * into its executable.  IT begins the sentence. */
enum verdict program_say_static(const char *name, const char *it, const struct contents *contents,
				const char *files);
/* Adds what FILES means for a program that is covered. */
void program_say_files(const char *files);

#endif
