/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals that come during a wait. */
#ifndef INTERRUPTED_H
#define INTERRUPTED_H

#include "waiting.h"

/* The signals that end a wait, and the kinds of handlers that there are ("handle" of an actor);
 * tests loop over both. */
enum { STOPPING = 4, HANDLER_KINDS = 3 };
extern const int stopping[STOPPING];
extern const char *const handler_kinds[HANDLER_KINDS];

/* "At once", on a busy machine, in seconds; whoever waits waits for ever. */
enum { SOON = 30 };
/* The actor's answer, which has to come soon. */
const char *answer_soon(struct actor *);
/* Fails unless this is the error of an actor whose wait for data.h5 a signal has ended. */
void was_interrupted(const char *answer);

#endif
