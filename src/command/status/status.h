/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 status": who holds each file, and who waits for it, now. */
#ifndef COMMAND_STATUS_H
#define COMMAND_STATUS_H

/* WORDS are the subcommand's arguments, with a NULL at the end: names of files.  It uses the array
 * up. Returns the exit status. */
int status_command(char *words[]);

#endif
