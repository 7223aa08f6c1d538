/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 env": lines for a shell's eval. */
#ifndef COMMAND_ENV_H
#define COMMAND_ENV_H

/* Prints lines which preload the library and export the settings, or with --unset in WORDS, the
 * arguments with a NULL at the end, the line that takes the library out again.  Returns the exit
 * status; or the end of the program. */
int env_command(char *const words[]);

#endif
