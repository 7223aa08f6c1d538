/* SPDX-License-Identifier: BSD-3-Clause */
/* Why the library does not reach what is in an executable: the launcher's words, which "lockedh5
 * check" repeats. */
#ifndef OBSTACLE_H
#define OBSTACLE_H

#include "system/elf_file.h"

/* Sentences that go on after "it"; the first one is a format for the library's file. */
#define OBSTACLE_MACHINE                                                                     \
	"is for another kind of machine than the library %s; use one that was built for it " \
	"(there is none for 32 bits)"
#define OBSTACLE_UNNAMED                                                                         \
	"has HDF5 inside (libhdf5.a) and no symbol table, so that the library can't tell which " \
	"files HDF5 opens; name them, as in LOCKEDH5_FILES='*.h5:*.nc'"

/* Why the loader would not preload a library into the executable at PATH: a sentence that goes on
 * after "it"; NULL if there is no such reason. */
const char *obstacle_to_loading(const struct elf *elf, const char *path);

#endif
