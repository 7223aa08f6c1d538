/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/text.h"

#include <stdio.h>
#include <string.h>

void text_begin(struct text *text, char *buffer, size_t size)
{
	*text = (struct text){ .buffer = buffer, .size = size };
	buffer[0] = 0;
}

void text_add_list(struct text *text, const char *format, va_list args)
{
	size_t room = text->size - text->used;
	int n;

	if (text->cut)
		return;
	n = vsnprintf(text->buffer + text->used, room, format, args);
	if (n < 0) {
		/* Longer than an int can say. */
		text->buffer[text->used] = 0;
		text->cut = true;
	} else if ((size_t)n >= room) {
		text->used = text->size - 1;
		text->cut = true;
	} else {
		text->used += (size_t)n;
	}
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_add_list(text, format, args);
	va_end(args);
}

int text_utf8_length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int first = p[0];
	int length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (length == 1)
		return 1;
	if (first < 0xc2 || first > 0xf4 || (p[1] & 0xc0) != 0x80)
		return 0;
	/* Too long a way to write it, half a surrogate pair, beyond Unicode. */
	if ((first == 0xe0 && p[1] < 0xa0) || (first == 0xed && p[1] > 0x9f) ||
	    (first == 0xf0 && p[1] < 0x90) || (first == 0xf4 && p[1] > 0x8f))
		return 0;
	for (int i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void text_add_json(struct text *text, const char *string, size_t limit)
{
	const char *end = string + strnlen(string, limit);

	text_add(text, "\"");
	while (string < end) {
		int length = text_utf8_length(string);

		if (!length)
			text_add(text, "\\\\x%02X", (unsigned char)*string);
		else if ((unsigned char)*string < ' ')
			text_add(text, "\\u%04x", *string);
		else if (*string == '"' || *string == '\\')
			text_add(text, "\\%c", *string);
		else
			text_add(text, "%.*s", length, string);
		string += length ? length : 1;
	}
	text_add(text, "\"");
}

/* Whether the character, whose LENGTH in UTF-8 is 0 if it is none, is an order to a terminal.  Some
 * terminals obey a byte of C1 that is no UTF-8, too (xterm, screen with 8-bit controls). */
static bool is_control(const unsigned char *p, int length)
{
	if (length == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return length < 2 && (p[0] < ' ' || (p[0] >= 127 && p[0] < 0xa0));
}

void text_make_printable(char *text)
{
	char *to = text;

	while (*text) {
		int length = text_utf8_length(text), n = length ? length : 1;

		if (is_control((const unsigned char *)text, length)) {
			*to++ = '?';
			text += n;
		} else {
			while (n--)
				*to++ = *text++;
		}
	}
	*to = 0;
}
