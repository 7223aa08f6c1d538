/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 --help". */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

/* Prints it. */
void help(void);

#endif
