/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that have others started where the library is not: among other files, by a server, on
 * another host, as another user.  They link no HDF5 themselves, and what they start would go
 * unlocked. */
#ifndef STARTERS_H
#define STARTERS_H

#include <stdbool.h>

/* What a program of this name (or a link to one) is in the way of, a sentence that goes on after
 * "it" and says where lockedh5 belongs; NULL if it is none of them.  *ALWAYS says whether that is
 * so whatever its options are.  free() takes the sentence. */
char *starters_sentence(const char *program, bool *always);

/* The same for a command, its name and its arguments, with a NULL at the end, as it stands: NULL
 * also if the library in the file LIBRARY reaches what it starts.  Commands that only pass on what
 * follows them (nice, timeout, srun) are looked behind.  *WHO is the word that it is about. */
char *starters_obstacle(char *const words[], const char *library, const char **who);

#endif
