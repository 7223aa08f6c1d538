/* SPDX-License-Identifier: BSD-3-Clause */
/* The Chrome trace format, which chrome://tracing and Perfetto show. */
#ifndef COMMAND_CHROME_H
#define COMMAND_CHROME_H

#include "command/trace/timeline.h"

#include <stdio.h>

/* Writes a finished timeline.  Errors are OUT's. */
void chrome_write(const struct timeline *timeline, FILE *out);

#endif
