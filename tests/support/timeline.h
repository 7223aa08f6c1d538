/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 trace" makes of the folder "traces", and what is true of that. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "programs.h"
#include "support.h"

/* Makes the folder "traces". */
void traces_folder(void);
/* The same, and what is started from now on writes its trace there, wherever it runs. */
void tracing(void);
/* Runs "lockedh5 trace FOLDER", without the library. */
struct outcome merge(const char *folder);
/* Merges what is in "traces"; EXPRESSION (see trace_check.py), in which p is PID, must be true of
 * it.  NEEDS_PYTHON first. */
void timeline(const char *expression, int pid);

#define NEEDS_PYTHON NEEDS(HAS_PYTHON_MODULE("json"), "no Python to read JSON with")

#endif
