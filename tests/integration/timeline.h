/* What "lockedh5 trace" makes of the folder "traces", and what is true of that. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "programs.h"
#include "support.h"

#include <stdio.h>

static struct outcome merge(const char *folder)
{
	bool before = preload(false);
	struct outcome o = RUN(LAUNCHER, "trace", folder);

	preload(before);
	return o;
}

/* Merges what is in "traces"; EXPRESSION (see trace_check.py), in which p is PID, must be true of
 * it.
 */
static void timeline(const char *expression, int pid)
{
	bool before = preload(false);
	struct outcome o = merge("traces");
	char text[4096];

	ck_assert_msg(o.status == 0 && !*o.err, "status %d: %s", o.status, o.err);
	file_write("trace.json", o.out);
	snprintf(text, sizeof(text), "(lambda p: %s)(%d)", expression, pid);
	o = RUN(PYTHON, SCRIPT("trace_check.py"), "trace.json", text);
	ck_assert_msg(o.status == 0, "%s", o.err);
	preload(before);
}

#define NEEDS_PYTHON NEEDS(HAS_PYTHON_MODULE("json"), "no Python to read JSON with")

#endif
