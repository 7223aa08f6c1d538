/* SPDX-License-Identifier: BSD-3-Clause */
/* Shell scripts with the launcher. */
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void launcher_in_path(void)
{
	int folder = (int)(strrchr(LAUNCHER, '/') - LAUNCHER);
	char *path;

	preload(false);
	setting("LD_PRELOAD", NULL);
	ck_assert(asprintf(&path, "%.*s:%s", folder, LAUNCHER, getenv("PATH")) > 0);
	setting("PATH", path);
	free(path);
}

struct outcome shell(const char *script)
{
	return RUN("sh", "-c", script);
}

void prepare(const char *script)
{
	struct outcome o = RUN("sh", "-ec", script);

	ck_assert_msg(o.status == 0, "%s: status %d: %s", script, o.status, o.err);
}

void prints(const char *script, const char *expected)
{
	struct outcome outcome = shell(script);

	ck_assert_msg(outcome.status == 0, "%s: status %d, %s%s", script, outcome.status,
		      outcome.out, outcome.err);
	ck_assert_msg(!strcmp(outcome.out, expected), "%s: \"%s\" instead of \"%s\"", script,
		      outcome.out, expected);
}

void refuses(const char *script, int status, const char *sentence)
{
	struct outcome outcome = shell(script);

	ck_assert_msg(outcome.status == status, "%s: status %d instead of %d, %s", script,
		      outcome.status, status, outcome.err);
	ck_assert_msg(!strncmp(outcome.err, "lockedh5: ", 10) && strstr(outcome.err, sentence),
		      "%s: \"%s\" instead of \"%s\"", script, outcome.err, sentence);
	ck_assert_msg(!*outcome.out, "%s: %s", script, outcome.out);
}
