/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/preload.h"

#include "command/say.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What separates names in it, as ld.so(8) has it. */
static const char separators[] = " :";

static char *append(char *list, const char *name, size_t length)
{
	char *longer = say_text("%s%s%.*s", list, *list ? ":" : "", (int)length, name);

	free(list);
	return longer;
}

static bool is_copy(const char *name, size_t length)
{
	static const char file[] = "/liblockedh5.so";
	const size_t n = sizeof(file) - 1;

	if (length == n - 1)
		return !strncmp(name, file + 1, length);
	return length >= n && !strncmp(name + length - n, file, n);
}

/* LD_PRELOAD with LIBRARY in the place of the first copy, if not NULL, and without the others. *PUT
 * says whether there was one. */
static char *replaced(const char *library, bool *put)
{
	const char *name = getenv("LD_PRELOAD");
	char *list = say_text("%s", "");
	size_t length;

	*put = false;
	for (; name && *(name += strspn(name, separators)); name += length) {
		length = strcspn(name, separators);
		if (!is_copy(name, length))
			list = append(list, name, length);
		else if (library && !*put)
			list = append(list, library, strlen(library));
		*put = *put || is_copy(name, length);
	}
	return list;
}

char *preload_list(const char *library)
{
	bool put;
	char *list = replaced(library, &put), *whole;

	if (!library || put)
		return list;
	whole = say_text("%s%s%s", library, *list ? ":" : "", list);
	free(list);
	return whole;
}

void preload_set(const char *library)
{
	char *list = preload_list(library);

	if (setenv("LD_PRELOAD", list, 1))
		say_must(NULL);
	free(list);
}
