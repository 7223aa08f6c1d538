/* SPDX-License-Identifier: BSD-3-Clause */
/* The launcher, as people use it: from a shell, found in PATH. */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include "support.h"

/* What the test starts from now on finds "lockedh5" in PATH, and has the library only through it:
 * the launcher does the preloading.  Use as a checked fixture. */
void launcher_in_path(void);

/* Runs a script with sh. */
struct outcome shell(const char *script);
/* Runs one with sh -e, which has to succeed. */
void prepare(const char *script);
/* Fails unless the script succeeds and prints exactly this. */
void prints(const char *script, const char *expected);
/* Fails unless the script ends with STATUS, says SENTENCE on standard error as the launcher does,
 * and prints nothing. */
void refuses(const char *script, int status, const char *sentence);

/* In a script, up to "done": for each NAME that the library reads from the environment.  It needs
 * TOP_SRCDIR, from the Makefile. */
#define FOR_EACH_SETTING                                                        \
	"set -- $(sed -n 's/^#define SETTING_.*\"\\(.*\\)\"/\\1/p' " TOP_SRCDIR \
	"/src/report/settings.h)\n"                                             \
	"[ $# -ge 8 ] || echo no settings\n"                                    \
	"for name; do\n"

#endif
