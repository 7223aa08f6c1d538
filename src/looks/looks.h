/* SPDX-License-Identifier: BSD-3-Clause */
/* The names that this process has looked for in vain, for as long as a program may need from such a
 * look to the creation of the file: a second. */
#ifndef LOOKS_H
#define LOOKS_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOOKS_LAST_MS = 1000 };

/* The time of the last look in vain; 0: there was none. */
extern _Atomic uint32_t looks_last;

/* Whether this process has ever looked in vain; costs next to nothing. */
static inline bool looks_any(void)
{
	return __builtin_expect(atomic_load_explicit(&looks_last, memory_order_relaxed) != 0, 0);
}

/* The clock of these times, which is that of files on this host (CLOCK_REALTIME_COARSE), in
 * milliseconds.  Of the times of looks there is the low half, which goes round in 49 days. */
int64_t looks_now(void);

/* Whether this process has looked in vain within the second before NOW. */
bool looks_recently(uint32_t now);

/* NAME, relative to the descriptor FOLDER or to the current folder (AT_FDCWD), was not there. */
void looks_missed(int folder, const char *name);

/* NAME was there: neither it nor another name of that file, with the same last part, is missing. */
void looks_found(int folder, const char *name);

/* Something else may have made any of these names by order of this process: a child. */
void looks_forget(void);

/* To be called before the current folder becomes another one. */
void looks_folder_changes(void);

/* All of these: preserve errno; any thread; async-signal-safe; they wait for nobody. */

enum { LOOKS_PLACES = 1024, LOOKS_ABSOLUTE = -1 };

/* A look in vain that is still remembered. */
struct looks_entry {
	uint32_t when; /* the low half of the time */
	int folder;    /* AT_FDCWD, LOOKS_ABSOLUTE, or a descriptor */
	dev_t dev;     /* what that descriptor was then; it may be something else by now */
	ino_t ino;
	char name[PATH_MAX];
};

/* Fills *ENTRY with what is at place I, from 0 to LOOKS_PLACES - 1, if that was within the second
 * before NOW.  Any thread; async-signal-safe. */
bool looks_read(int i, uint32_t now, struct looks_entry *entry);

#endif
