/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 check" says of a program or a process. */
#ifndef VERDICT_H
#define VERDICT_H

#include "launcher.h"

/* Its exit status. */
enum { COVERED, NOT_COVERED, UNKNOWN };
/* Runs a script with sh.  Fails unless it ends with STATUS, has nothing on standard error, and
 * prints the line "NAME: VERDICT: ..." of that status, with SENTENCE somewhere in it; more lines
 * may follow. Gives all that it prints. */
const char *says(const char *script, int status, const char *sentence);

/* Builds libown.so, into which HDF5 1.99.3 is linked; that needs a C compiler. */
void build_libown(void);

#endif
