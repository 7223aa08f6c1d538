/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts that must not be longer than their place, nor obeyed by a terminal. */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A text in somebody's buffer, to which more and more is added.  It always ends with a NUL inside
 * the buffer; what does not fit is left out, and CUT says so. */
struct text {
	char *buffer;
	size_t size; /* of the buffer, at least 1 */
	size_t used; /* bytes without the NUL */
	bool cut;
};

/* All of these: any thread; async-signal-safe for strings and integers, for which glibc's
 * vsnprintf() neither allocates nor locks. */

/* An empty text in BUFFER, which has SIZE bytes and stays the caller's. */
void text_begin(struct text *text, char *buffer, size_t size);
/* Adds what FORMAT says.  To a text that is cut nothing is added any more. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the arguments in ARGS, which it uses up. */
void text_add_list(struct text *text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* How many bytes at TEXT, which ends with a NUL, are one character of UTF-8 (RFC 3629); 0 if they
 * are none. */
int text_utf8_length(const char *text);

/* Adds STRING as a string of JSON, with its quotes; about LIMIT bytes of it.  A byte that is not
 * UTF-8, which JSON can't hold, is shown as \xE9. */
void text_add_json(struct text *text, const char *string, size_t limit);

/* Puts "?" for each character in TEXT that a terminal would obey: those of C0, DEL, and those of
 * C1, as UTF-8 or as bytes of their own. */
void text_make_printable(char *text);

#endif
