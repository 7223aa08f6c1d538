/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/table.h"

#include "command/say.h"
#include "system/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct table_line *table;
static size_t lines;
static char *notes; /* sentences that follow the table */

struct table_line *table_add(void)
{
	table = say_must(realloc(table, (lines + 1) * sizeof(*table)));
	table[lines] = (struct table_line){ .cell = { NULL } };
	return &table[lines++];
}

void table_put(struct table_line *line, enum table_column column, const char *text)
{
	line->cell[column] = say_must(strdup(text));
	text_make_printable(line->cell[column]);
}

void table_note(const char *name, const char *format, ...)
{
	char *sentence, *line, *all;
	va_list args;

	va_start(args, format);
	if (vasprintf(&sentence, format, args) < 0)
		sentence = say_must(NULL);
	va_end(args);
	line = say_text("%s: %s", name, sentence);
	text_make_printable(line);
	all = say_text("%s%s\n", notes ? notes : "", line);
	free(line);
	free(sentence);
	free(notes);
	notes = all;
}

static void print_lines(void)
{
	size_t width[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < lines; i++)
		for (int c = 0; c < TABLE_COLUMNS; c++) {
			size_t length = strlen(table[i].cell[c]);

			width[c] = length > width[c] ? length : width[c];
		}
	for (size_t i = 0; i < lines; i++) {
		for (int c = 0; c < TABLE_COLUMNS - 1; c++)
			printf("%-*s  ", (int)width[c], table[i].cell[c]);
		printf("%s\n", table[i].cell[TABLE_COLUMNS - 1]);
	}
}

size_t table_print(void)
{
	if (lines > 1)
		print_lines();
	if (notes)
		fputs(notes, stdout);
	return lines;
}
