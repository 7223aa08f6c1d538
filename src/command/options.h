/* SPDX-License-Identifier: BSD-3-Clause */
/* The launcher's options, which set the library's variables for what it starts. */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include <stdbool.h>

/* If *WORDS begins with such an option, sets its variable in the environment, moves *WORDS behind
 * it and its value, and returns true.  The values are not looked at.  Ends the program after a
 * sentence if the value is missing. */
bool options_take(char ***words);

#endif
