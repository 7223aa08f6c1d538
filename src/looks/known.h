/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that this process has made, or seen, since it looked for something in vain. */
#ifndef KNOWN_H
#define KNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The program has seen the file that *ST describes. */
void known_seen(const struct stat *st);

/* This process has made what the descriptor FD refers to. */
void known_made(int fd);

/* This process has made NAME, relative to FOLDER, which leads now to what is there. */
void known_made_name(int folder, const char *name);

/* Whether the file behind FD, which *ST describes, is known since the look at the time WHEN, or
 * since a later one.  Of several hundred files some are forgotten. */
bool known_since(int fd, const struct stat *st, uint32_t when);

/* All: preserve errno; any thread; async-signal-safe; they wait for nobody. */

#endif
