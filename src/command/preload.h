/* SPDX-License-Identifier: BSD-3-Clause */
/* LD_PRELOAD, in which the library is named. */
#ifndef COMMAND_PRELOAD_H
#define COMMAND_PRELOAD_H

/* The value of LD_PRELOAD with LIBRARY in it once: where it or another copy of it is already, else
 * in front.  Without (NULL) all copies are left out.  free() takes the text; or the end of the
 * program.
 */
char *preload_list(const char *library);

/* Sets LD_PRELOAD, for what this process starts, to the list with LIBRARY; or the end of the
 * program.
 */
void preload_set(const char *library);

#endif
