/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/say.h"

#include "system/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int say_failure = 125;

void *say_must(void *allocated)
{
	if (!allocated) {
		fprintf(stderr, "lockedh5: there is no memory\n");
		exit(say_failure);
	}
	return allocated;
}

static char *text_of(const char *format, va_list args)
{
	char *text;

	return say_must(vasprintf(&text, format, args) < 0 ? NULL : text);
}

char *say_text(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = text_of(format, args);
	va_end(args);
	return text;
}

static void print(FILE *stream, const char *before, const char *format, va_list args)
{
	char *sentence = text_of(format, args), *line = say_text("%s%s", before, sentence);

	text_make_printable(line);
	fprintf(stream, "%s\n", line);
	free(line);
	free(sentence);
}

enum verdict say(const char *subject, enum verdict verdict, const char *format, ...)
{
	static const char *const words[] = { "covered", "not covered", "can't tell" };
	char *before = say_text("%s: %s: ", subject, words[verdict]);
	va_list args;

	va_start(args, format);
	print(stdout, before, format, args);
	va_end(args);
	free(before);
	return verdict;
}

void say_also(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stdout, "  ", format, args);
	va_end(args);
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stderr, "lockedh5: ", format, args);
	va_end(args);
}

void say_fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stderr, "lockedh5: ", format, args);
	va_end(args);
	exit(say_failure);
}

void say_all_printed(void)
{
	if (fflush(stdout) || ferror(stdout))
		say_fatal("standard output: %s", strerror(errno));
}
