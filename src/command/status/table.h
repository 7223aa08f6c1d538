/* SPDX-License-Identifier: BSD-3-Clause */
/* The table that "lockedh5 status" prints, and the sentences below it. */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include <stddef.h>

enum table_column {
	TABLE_FILE,
	TABLE_STATE,
	TABLE_MODE,
	TABLE_PID,
	TABLE_USER,
	TABLE_STARTED,
	TABLE_COMMAND,
	TABLE_COLUMNS
};

struct table_line {
	char *cell[TABLE_COLUMNS];
};

/* A new line, at the end, good until the next one is added.  Every cell has to be put. */
struct table_line *table_add(void);
/* Puts a copy of TEXT into a cell, without what a terminal would obey. */
void table_put(struct table_line *line, enum table_column column, const char *text);
/* Adds the sentence "NAME: ..." to those below the table. */
void table_note(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints it all to standard output, the table if there is more than a head; returns the number of
 * lines. */
size_t table_print(void);

#endif
