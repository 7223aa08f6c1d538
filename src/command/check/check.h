/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 check": whether a program will be covered by the library, or a process is. */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

/* WORDS are the subcommand's arguments, with a NULL at the end: a program or the ID of a process.
 * The library is in the file LIBRARY, which LD_PRELOAD names already.  Returns the exit status. */
int check_command(const char *library, char *const words[]);

#endif
