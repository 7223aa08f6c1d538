/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: report/patterns.c */
/* LOCKEDH5_FILES in the first line, a path in the second.  What fnmatch() can do it must do in the
 * same way. */
#include "report/patterns.h"

#include "fuzz.h"

#include <fnmatch.h>
#include <stdbool.h>

/* One pattern for a whole path, in ASCII, of what both have: names, "?" and "*". */
static bool is_plain(const char *pattern, const char *path)
{
	if (pattern[0] != '/' || strpbrk(pattern, ":\\[") || strstr(pattern, "**"))
		return false;
	for (const char *p = pattern; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *patterns = fuzz_string(&data, &size, '\n'), *rest = fuzz_string(&data, &size, '\n');
	char *path = NULL;
	int number = 0;
	bool names;

	MUST(asprintf(&path, "/%s", rest) >= 0);
	if (patterns_fault(patterns, &number)) {
		MUST(number >= 1);
	} else {
		names = patterns_name(patterns, path);
		if (is_plain(patterns, path))
			MUST(names == (fnmatch(patterns, path, FNM_PATHNAME) == 0));
	}
	free(path);
	free(rest);
	free(patterns);
	return 0;
}
