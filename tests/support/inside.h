/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs with HDF5 inside: where its open() is found by its symbol, and where LOCKEDH5_FILES has
 * to tell; loaded anywhere (PIE), or not. */
#ifndef TESTS_INSIDE_H
#define TESTS_INSIDE_H

#include "support.h"

enum { INSIDE_KINDS = 4 };

extern const struct inside_kind {
	const char *counter, *actor, *files;
} inside_kinds[INSIDE_KINDS];

/* The next actors are of that kind, and their HDF5 does not lock. */
void inside_use(int kind);
/* Makes data.h5, with numbers from 1, and gives an actor of that kind; its HDF5 uses DRIVER. */
struct actor *actor_inside(int kind);
struct actor *actor_inside_with(int kind, const char *driver);
/* An actor with a libhdf5; the next ones are of that sort, too. */
struct actor *dynamic_actor(void);
/* Makes data.h5, with numbers from 1, and gives an actor with a libhdf5 that has it open in this
 * mode as "f"; the next ones are of that kind. */
struct actor *dynamic_holder(int kind, const char *mode);

#endif
