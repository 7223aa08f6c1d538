/* SPDX-License-Identifier: BSD-3-Clause */
/* The retry policy: open the path, lock it, is it still the file at that path? */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "opening/opening.h"

/* Finds out what stands at o->call.name and, if it is a regular file, locks it, waiting if need be;
 * sets o->file.target, o->file.fd and o->file.st.  Touches nothing.  A descriptor that it gives is
 * the opening's to close; a locked one is entered as held, HELD_OPENING.  Returns 0, or a negative
 * errno with the failure set.  Any thread. */
int attempt(struct opening *o);

/* Whether o->file is empty and younger than two seconds: between its creation and its first lock,
 * another process's file looks like this.  Where other hosts create files, too, whose clocks are
 * not ours, every empty one does. */
bool attempt_newborn(const struct opening *o);

#endif
