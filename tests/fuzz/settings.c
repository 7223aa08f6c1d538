/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: report/settings.c report/patterns.c */
/* The environment: one variable a line, in the order of the list below. */
#include "fuzz.h"
#include "report/patterns.h"
#include "report/settings.h"

static const char *const names[] = { SETTING_COUNT, SETTING_WAIT,   SETTING_DRIVER,
				     SETTING_FILES, SETTING_LOG,    SETTING_VERBOSE,
				     SETTING_TRACE, SETTING_PYTHON, SETTING_NOLOCKS };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static char *values[NAMES];

static const char *lookup(const char *name)
{
	for (int i = 0; i < NAMES; i++)
		if (strcmp(name, names[i]) == 0 && values[i][0] != '\r')
			return values[i];
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings s;
	int number;

	for (int i = 0; i < NAMES; i++)
		values[i] = fuzz_string(&data, &size, '\n');
	MUST((settings_read(&s, lookup) == 0) == (s.error[0] == 0));
	MUST(memchr(s.error, 0, sizeof(s.error)));
	if (!s.error[0]) {
		MUST(s.count >= 1 && (s.count <= 1000000000 || s.count == COUNT_INFINITE));
		MUST(s.wait_ns >= 0 && s.wait_ns <= 1000000000000000000);
		MUST(s.patience_ns >= 0 && (s.count > 1 || s.patience_ns == 0));
		MUST(s.verbose >= 0 && s.verbose <= 3);
		MUST(s.driver <= DRIVER_PASS && s.nolocks <= NOLOCKS_PASS &&
		     s.python <= PYTHON_KEEP);
		MUST(!s.files || !patterns_fault(s.files, &number));
		MUST(!s.trace || s.trace[0]);
		MUST(!s.log || s.log[0]);
	}
	free(s.files);
	free(s.log);
	free(s.trace);
	for (int i = 0; i < NAMES; i++)
		free(values[i]);
	return 0;
}
