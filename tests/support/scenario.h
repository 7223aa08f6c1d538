/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that look for a file, and create it when it may have come to be there. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "support.h"

/* What happens, a step each, in a new folder, for which "@" stands.  A step is a command of the
 * actor that looks, and has to succeed; or one of these:
 *   other COMMAND       the other one obeys, an actor without the library, which is no child of it
 *   other makes NAME    that makes an HDF5 file with NUMBERS numbers from 1
 *   a moment later      as long as a look is not remembered
 *   a tick later        by the clock of files' times, of which a tick may take 10 ms
 * The last step is the creation of FILE, by whatever name. */
struct scenario {
	const char *name, *file;
	const char *steps[12];
};

/* From now on, who looks is a Python, and its steps are statements. */
void play_in_python(void);

/* Plays all steps but the last; LOOKER is who did it. */
void play(const struct scenario *, struct actor **looker);
/* The answer to the last. */
const char *create(const struct scenario *, struct actor *looker);
/* Both, the second less than a second after the first has begun. */
const char *play_quickly(const struct scenario *, struct actor **looker);
/* Closes what it has created. */
void close_created(const struct scenario *, struct actor *looker);

/* Fails unless the file is the other one's, and whole; or is without its numbers. */
void is_the_others(const struct scenario *);
void is_replaced(const struct scenario *);

/* An actor whose commands are statements of Python (clients/actor.py); NEEDS_H5PY() first. */
struct actor *python_actor(void);
#define NEEDS_H5PY() NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py")

#endif
