/* SPDX-License-Identifier: BSD-3-Clause */
/* What texts say, and text files. */
#include "support.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *file_text(const char *name)
{
	FILE *file = fopen(name, "re");
	char *text = NULL;
	size_t size = 0;

	ck_assert_msg(file, "%s: %s", name, strerror(errno));
	if (getdelim(&text, &size, 0, file) <= 0)
		text = calloc(1, 1);
	fclose(file);
	return text;
}

int times_in(const char *text, const char *part)
{
	int n = 0;

	while ((text = strstr(text, part))) {
		text++;
		n++;
	}
	return n;
}

int times_in_file(const char *name, const char *part)
{
	return file_exists(name) ? times_in(file_text(name), part) : 0;
}
