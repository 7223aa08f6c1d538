/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 trace": the timelines that programs wrote (see the library's trace.h), merged into one
 * in the Chrome trace format. */
#ifndef COMMAND_TRACE_H
#define COMMAND_TRACE_H

/* WORDS are the subcommand's arguments, with a NULL at the end: the folder of the timelines. Prints
 * what comes of them; returns the exit status, or ends the program after a sentence. */
int trace_command(char *const words[]);

#endif
