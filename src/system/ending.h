/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether this process is ending: what is closed then is closed because of that. */
#ifndef ENDING_H
#define ENDING_H

#include <stdbool.h>

/* From now on ending() knows: to be called in the parent after a fork(), when HDF5 has been started
 * (what is to be known before it closes its files must be registered after it).  Any thread; not
 * in a signal handler. */
void ending_watch(void);

/* To be called in a child. */
void ending_begin_anew(void);

/* Whether exit() has been called, or Python is being finalized.  Any thread; async-signal-safe. */
bool ending(void);

#endif
