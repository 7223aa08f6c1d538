/* SPDX-License-Identifier: BSD-3-Clause */
/* LOCKEDH5_FILES' language: shell patterns with colons between them.  A pattern that begins with a
 * slash is for a whole path, any other for a path's end: "*.h5" for its last name, "a/[*].h5" for
 * its last two.  "*", "?" and "[...]" stand for no slash, two stars for any text.  "!" in front
 * excludes, wherever in the list it stands; "\" takes the meaning from the next character.  The
 * same in every locale: characters are UTF-8, and bytes that aren't are themselves. */
#ifndef PATTERNS_H
#define PATTERNS_H

#include <stdbool.h>

/* What is wrong with the first bad pattern in PATTERNS, a phrase in a static string, with its
 * number, from 1, in *NUMBER; NULL if all are good.  Any thread. */
const char *patterns_fault(const char *patterns, int *number);

/* Whether the absolute PATH is among those that PATTERNS, all of them good, name: some pattern
 * matches it, or all patterns exclude, and none that excludes matches it.  Any thread;
 * async-signal-safe. */
bool patterns_name(const char *patterns, const char *path);

#endif
