/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/event.h"

#include "system/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- a column --------------------------------------------------------------------------------- */

/* As the library writes numbers: no sign, no zero in front. */
static bool number(const char *text, uint64_t most, uint64_t *value)
{
	if (!*text || text[strspn(text, "0123456789")] || (*text == '0' && text[1]))
		return false;
	errno = 0;
	*value = strtoull(text, NULL, 10);
	return !errno && *value <= most;
}

static bool read_time(const char *text, int64_t *time)
{
	uint64_t value;

	if (!number(text, INT64_MAX, &value))
		return false;
	*time = (int64_t)value;
	return true;
}

static bool read_int(const char *text, int *to)
{
	uint64_t value;

	if (!number(text, INT_MAX, &value))
		return false;
	*to = (int)value;
	return true;
}

static bool read_image(const char *text, uint64_t *image)
{
	size_t digits = strspn(text, "0123456789abcdef");

	if (!digits || digits > 16 || text[digits])
		return false;
	*image = strtoull(text, NULL, 16);
	return true;
}

static bool read_mode(const char *text, bool *exclusive)
{
	*exclusive = !strcmp(text, "exclusive");
	return *exclusive || !strcmp(text, "shared");
}

static bool read_result(const char *text, enum result *result)
{
	static const char *const words[] = {
		[RESULT_GOT] = "got",
		[RESULT_GAVE_UP] = "gave-up",
		[RESULT_INTERRUPTED] = "interrupted",
		[RESULT_REPLACED] = "replaced",
		[RESULT_FAILED] = "failed",
	};

	for (size_t i = RESULT_GOT; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i])) {
			*result = (enum result)i;
			return true;
		}
	return false;
}

/* What follows the backslash in a string: how many bytes, or 0 if the library writes no such thing.
 */
static int escaped(const char *p)
{
	if (*p == '"' || *p == '\\')
		return 1;
	return *p == 'u' && strspn(p + 1, "0123456789abcdef") >= 4 ? 5 : 0;
}

/* What is no string of JSON must not get into the file. */
static bool read_string(const char *text, const char **string)
{
	const char *p = text;
	int length;

	*string = text;
	if (*p++ != '"')
		return false;
	for (; *p != '"'; p += length) {
		if ((unsigned char)*p < ' ')
			return false;
		if (*p == '\\')
			length = *++p ? escaped(p) : 0;
		else
			length = text_utf8_length(p);
		if (!length)
			return false;
	}
	return !p[1];
}

/* --- a line ----------------------------------------------------------------------------------- */

enum { COLUMNS = 8 };

/* Cuts the line at its tabs; returns the number of columns, which may be more than there is room
 * for.
 */
static int split(char *line, char *column[COLUMNS])
{
	int n = 0;

	for (char *p; (p = strsep(&line, "\t")); n++)
		if (n < COLUMNS)
			column[n] = p;
	return n;
}

/* Before 0.2.0 nothing was said of user and job. */
static bool read_process(struct event *e, int n, char *const column[])
{
	uint64_t user;

	e->job = "\"\"";
	e->has_user = n == 8;
	if (n != 6 && n != 8)
		return false;
	if (e->has_user &&
	    !(number(column[6], UINT32_MAX, &user) && read_string(column[7], &e->job)))
		return false;
	e->user = e->has_user ? (uint32_t)user : 0;
	return read_image(column[2], &e->image) && read_string(column[4], &e->host) &&
	       read_string(column[5], &e->name);
}

static bool read_columns(struct event *e, int n, char *const column[])
{
	const char *what = column[3];

	if (!strcmp(what, "process")) {
		e->kind = EVENT_PROCESS;
		return read_process(e, n, column);
	}
	if (!strcmp(what, "wait")) {
		e->kind = EVENT_WAIT;
		return n == 6 && read_mode(column[4], &e->exclusive) &&
		       read_string(column[5], &e->name);
	}
	if (!strcmp(what, "hold")) {
		e->kind = EVENT_HOLD;
		return n == 8 && read_int(column[2], &e->descriptor) &&
		       read_mode(column[4], &e->exclusive) &&
		       number(column[5], UINT64_MAX, &e->dev) &&
		       number(column[6], UINT64_MAX, &e->ino) && read_string(column[7], &e->name);
	}
	if (!strcmp(what, "change")) {
		e->kind = EVENT_CHANGE;
		return n == 6 && read_int(column[2], &e->descriptor) &&
		       read_time(column[4], &e->after) && read_mode(column[5], &e->exclusive);
	}
	if (!strcmp(what, "release")) {
		e->kind = EVENT_RELEASE;
		return n == 4 && read_int(column[2], &e->descriptor);
	}
	e->kind = EVENT_OVER;
	return n == 4 && read_result(what, &e->result);
}

bool event_read(struct event *e, char *line)
{
	char *column[COLUMNS];
	int n = split(line, column);

	return n >= 4 && read_time(column[0], &e->time) && read_int(column[1], &e->number) &&
	       read_columns(e, n, column);
}
