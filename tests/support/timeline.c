/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 trace" makes of the folder "traces". */
#include "timeline.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void traces_folder(void)
{
	ck_assert_int_eq(mkdir("traces", 0777), 0);
}

void tracing(void)
{
	char here[2048], traces[2100];

	traces_folder();
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(traces, sizeof(traces), "%s/traces", here);
	setting("LOCKEDH5_TRACE", traces);
}

struct outcome merge(const char *folder)
{
	bool before = preload(false);
	struct outcome o = RUN(LAUNCHER, "trace", folder);

	preload(before);
	return o;
}

void timeline(const char *expression, int pid)
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
