/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts a program with the library. */
#ifndef COMMAND_LAUNCH_H
#define COMMAND_LAUNCH_H

/* Becomes the command WORDS, a program and its arguments with a NULL at the end, with the library
 * preloaded.  Comes back only if that can't be, after a sentence, with the exit status: 125
 * (refused), 126 (can't be executed), 127 (not found). */
int launch(char *const words[]);

#endif
