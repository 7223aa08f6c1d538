/* SPDX-License-Identifier: BSD-3-Clause */
/* What the program's executable has in it: read where ld.so and the kernel put it, and, for what is
 * never loaded, in its file. */
#ifndef EXECUTABLE_H
#define EXECUTABLE_H

#include "system/elf_file.h"

/* From the beginning of the executable's first code to the end of its last; an empty span if it has
 * none. */
struct span executable_code(void);

/* Where the functions are, in memory, that its symbol table has under one of NAMES (ends with
 * NULL), also the parts that compilers split off ("name.cold", "name.part.0"): the first MOST of
 * them in FOUND.  Returns their number, which may be higher: 0 without a symbol table; or a
 * negative errno if it could not look, which may be otherwise the next time: no descriptor or no
 * memory left, or its file is not to be had (no /proc, and no longer where it was started). */
int executable_functions(const char *const names[], struct span *found, int most);

/* Whether one of NAMES is in its read-only memory, as a string of C's. */
bool executable_has_string(const char *const names[]);

/* All: preserve errno; any thread; async-signal-safe. */

#endif
