/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes into the sentences of failure.c: other files, what would help, when. */
#ifndef PHRASES_H
#define PHRASES_H

#include "opening/opening.h"

#include <stddef.h>

/* Each writes what fits into TEXT, which has SIZE bytes.  Any thread. */

/* The files that this process has open, to follow a sentence: whoever holds the one that is waited
 * for may be waiting for them.  Empty if it has none. */
void phrase_own_files(char *text, size_t size);
/* What would make the patience longer: with one attempt there is no time between two, and with no
 * time between them their number does not matter. */
void phrase_advice(char *text, size_t size);
/* When o's file was born or, where the file system does not know, last changed, in local time. */
void phrase_time(char *text, size_t size, const struct opening *o);

#endif
