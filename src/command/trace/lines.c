/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/trace/lines.h"

/* Reads the next line without its newline; false at the end.  *WHOLE says whether there was room
 * for it, and no byte 0 in it. */
static bool next_line(char text[LINE_BYTES], FILE *file, bool *whole)
{
	size_t length = 0;
	int c;

	*whole = true;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		*whole = *whole && c && length < LINE_BYTES - 1;
		if (*whole)
			text[length++] = (char)c;
	}
	text[length] = 0;
	return c != EOF || length || !*whole;
}

bool lines_next(struct line *line, FILE *file)
{
	bool whole;

	while (next_line(line->text, file, &whole))
		if (whole && event_read(&line->event, line->text))
			return true;
	return false;
}
