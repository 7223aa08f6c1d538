/* SPDX-License-Identifier: BSD-3-Clause */
/* When waits and holds were over whose end nobody recorded: a program was killed, or is still
 * there. */
#ifndef COMMAND_ENDS_H
#define COMMAND_ENDS_H

#include "command/trace/timeline.h"

/* Gives each of them the latest end that goes with what else is known. */
void ends_guess(struct timeline *timeline);

#endif
