/* SPDX-License-Identifier: BSD-3-Clause */
/* The number in a file that clients/counter.c makes, adds to and shows. */
#ifndef COUNTER_H
#define COUNTER_H

#include "support.h"

/* Makes the file with a 0 in it, by a program that is started as all are now: so with the library,
 * unless preload() says otherwise. */
void counter_create(const char *name);
/* Makes it without the library. */
void counter_file(const char *name);
/* Makes data.h5 and copy.h5, which shows whether data.h5 was changed, without the library. */
void counter_data_and_copy(void);
/* The number in it.  Fails unless a program that is started as all are now shows it. */
int counter_number(const char *name);

#endif
