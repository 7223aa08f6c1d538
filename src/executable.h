/* What the program's executable has in it: read where ld.so and the kernel put it, and, for what is
 * never loaded, in its file. */
#ifndef EXECUTABLE_H
#define EXECUTABLE_H

#include <stdbool.h>
#include <stdint.h>

/* A piece of memory, its end not included. */
struct span {
	uintptr_t start, end;
};

/* The executable's code; an empty span if it has none. */
struct span executable_code(void);

/* Where the functions are, in memory, that its symbol table has under one of NAMES (ends with
 * NULL), also the parts that compilers split off ("name.cold", "name.part.0"): up to MOST in FOUND.
 * Returns their number: 0 without a symbol table, or without a look at /proc/self/exe. */
int executable_functions(const char *const names[], struct span *found, int most);

/* Whether one of NAMES is in its read-only memory, as a string of C's. */
bool executable_has_string(const char *const names[]);

/* All: preserve errno; any thread; async-signal-safe. */

#endif
