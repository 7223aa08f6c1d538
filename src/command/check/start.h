/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the launcher may start a program with these settings. */
#ifndef START_H
#define START_H

/* The launcher's exit status if it can't start a program. */
enum { START_REFUSED = 125, START_NOT_EXECUTABLE = 126, START_NOT_FOUND = 127 };

/* Refuses, with a sentence on standard error, settings that the library would refuse at every open,
 * and the command WORDS, a program and its arguments with a NULL at the end (alone: any will do),
 * if it is none that exec can start or one that the library in the file LIBRARY would not reach, or
 * whose program it would not.  What only exec can judge is not refused: a file
 * that is neither an executable nor a script, or a script whose interpreter is missing.  Returns 0
 * or an exit status. */
int start_check(const char *library, char *const words[]);

#endif
