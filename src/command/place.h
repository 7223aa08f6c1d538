/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the library is, seen from where this program is. */
#ifndef COMMAND_PLACE_H
#define COMMAND_PLACE_H

/* The absolute path of the library, which free() takes: the one that was built with this program,
 * if that is in a build tree; else the one that was installed with it, also if the tree was moved
 * meanwhile, or is still in its staging folder (DESTDIR).  Ends the program (say_failure) if the
 * library is missing, can't be named in LD_PRELOAD, or if the loader could not load it: that goes
 * on without what it can't load. */
char *place_library(void);

#endif
