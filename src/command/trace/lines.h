/* SPDX-License-Identifier: BSD-3-Clause */
/* The events of a timeline, one after the other. */
#ifndef COMMAND_LINES_H
#define COMMAND_LINES_H

#include "report/event.h"

#include <stdbool.h>
#include <stdio.h>

/* The longest line of the library's: no byte of a path and of names becomes more than six. */
enum { LINE_BYTES = 32768 };

/* An event, and the line in which its strings are. */
struct line {
	struct event event;
	char text[LINE_BYTES];
};

/* Reads on in FILE up to the next line that is a whole event; what is none is left out.  False at
 * the end of the file, or after an error of it. */
bool lines_next(struct line *line, FILE *file);

#endif
