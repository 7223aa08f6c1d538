/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: command/trace/[!t]*.c command/trace/timeline.c command/say.c */
/* fuzz: report/event.c system/text.c */
/* Files of the timeline, the first of which ends with a byte 0, as "lockedh5 trace" merges them:
 * into JSON, and nothing lasts less than no time. */
#include "fuzz.h"

#include "command/trace/chrome.h"
#include "command/trace/timeline.h"

#include <stdbool.h>

/* --- JSON, as much as it takes to say no ------------------------------------------------------ */

static const char *value(const char *p);

static const char *blanks(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *string(const char *p)
{
	MUST(*p == '"');
	for (p++; *p != '"'; p++) {
		MUST((unsigned char)*p >= ' ');
		if (*p != '\\')
			continue;
		p++;
		MUST(*p && strchr("\"\\/bfnrtu", *p));
		if (*p == 'u')
			MUST(strspn(p + 1, "0123456789abcdefABCDEF") >= 4);
	}
	return p + 1;
}

/* What is between two brackets, with KEYS or without. */
static const char *list(const char *p, char last, bool keys)
{
	p = blanks(p);
	if (*p == last)
		return p + 1;
	for (;;) {
		if (keys) {
			p = blanks(string(blanks(p)));
			MUST(*p++ == ':');
		}
		p = blanks(value(blanks(p)));
		if (*p == last)
			return p + 1;
		MUST(*p++ == ',');
	}
}

static const char *number(const char *p)
{
	const char *end = p + (*p == '-');
	size_t digits = strspn(end, "0123456789");

	MUST(digits > 0 && (*end != '0' || digits == 1));
	return end + digits;
}

static const char *value(const char *p)
{
	if (*p == '{')
		return list(p + 1, '}', true);
	if (*p == '[')
		return list(p + 1, ']', false);
	return *p == '"' ? string(p) : number(p);
}

/* --- the merger ------------------------------------------------------------------------------- */

static char *merge(FILE *const files[2])
{
	struct timeline timeline = { .rows = NULL };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MUST(out);
	for (int i = 0; i < 2; i++)
		timeline_read(&timeline, files[i]);
	timeline_finish(&timeline);
	for (size_t i = 0; i < timeline.n_spans; i++)
		MUST(timeline.spans[i].end >= timeline.spans[i].begin);
	/* Without rows it is not written. */
	if (timeline.n_rows)
		chrome_write(&timeline, out);
	timeline_free(&timeline);
	MUST(fclose(out) == 0);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *first = fuzz_string(&data, &size, 0), *text;
	FILE *files[2] = { fmemopen(first, strlen(first), "r"), fmemopen((void *)data, size, "r") };

	MUST(files[0] && files[1]);
	text = merge(files);
	if (*text)
		MUST(!*blanks(value(blanks(text))));
	free(text);
	for (int i = 0; i < 2; i++)
		fclose(files[i]);
	free(first);
	return 0;
}
