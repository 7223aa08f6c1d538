#include "say.h"

#include "proc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *text_of(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		fprintf(stderr, "lockedh5: there is no memory\n");
		exit(UNKNOWN);
	}
	return text;
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

/* A file may have any name: none reaches the terminal as it is. */
static void print(FILE *stream, char *line)
{
	proc_make_printable(line);
	fprintf(stream, "%s\n", line);
	free(line);
}

enum verdict say(const char *subject, enum verdict verdict, const char *format, ...)
{
	static const char *const words[] = { "covered", "not covered", "can't tell" };
	va_list args;
	char *sentence;

	va_start(args, format);
	sentence = text_of(format, args);
	va_end(args);
	print(stdout, say_text("%s: %s: %s", subject, words[verdict], sentence));
	free(sentence);
	return verdict;
}

void say_also(const char *format, ...)
{
	va_list args;
	char *sentence;

	va_start(args, format);
	sentence = text_of(format, args);
	va_end(args);
	print(stdout, say_text("  %s", sentence));
	free(sentence);
}

void say_error(const char *format, ...)
{
	va_list args;
	char *sentence;

	va_start(args, format);
	sentence = text_of(format, args);
	va_end(args);
	print(stderr, say_text("lockedh5: %s", sentence));
	free(sentence);
}
