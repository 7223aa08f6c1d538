/* SPDX-License-Identifier: BSD-3-Clause */
/* One that holds a file, and those who wait for it. */
#ifndef WAITING_H
#define WAITING_H

#include "support.h"

/* --- holders and waiters ---------------------------------------------------- */

/* An actor that has a file open for writing as "a", new and with numbers from VALUE. */
struct actor *holder_of(const char *file, int value);
/* The same with data.h5 and 1. */
struct actor *holder_of_data(void);
/* An actor with this LOCKEDH5_COUNT and LOCKEDH5_WAIT (NULL: unset). */
struct actor *patient_actor(const char *count, const char *wait);
/* One that gives up at once. */
struct actor *impatient_actor(void);
/* One for which neither a notice nor the next attempt is due before the test is over: nothing ends
 * its wait but what the test does.  Sets LOCKEDH5_VERBOSE to 0, for programs started later, too. */
struct actor *undisturbed_actor(void);
/* An actor that stops right after the N-th of these system calls ("open,openat") with FILE, there
 * or not.  It runs under strace, which writes TRACE; NEEDS_STRACE() first. */
struct actor *actor_that_stops(const char *file, const char *calls, int n, const char *trace);
/* Waits until it has; SIGCONT makes it go on. */
void actor_has_stopped(const char *trace);
#define NEEDS_STRACE() NEEDS("strace -D true", "no strace, or not allowed to trace")

/* --- waits ----------------------------------------------------------------------- */

/* Tells an actor to open data.h5 as "w", and waits until at least N wait for the file. */
void waits_for_data(struct actor *waiter, const char *mode, int n);
/* Fails if the actor answers within that many seconds. */
void keeps_waiting(struct actor *waiter, double seconds);
/* Stops it with SIGSTOP, and waits until it has stopped: before that it would still take a lock,
 * and keep it. */
void stops(struct actor *);
/* N actors that wait for data.h5 as "w" get it one after the other, in whatever order: each finds
 * the numbers from 1 and closes it.  Leaves NULLs in WAITERS. */
void get_it_one_by_one(struct actor *waiters[], int n);
/* Nobody waits for data.h5, and its holder_of_data() has noticed nothing; it closes the file, which
 * is as it was. */
void nothing_happened_to(struct actor *holder);

/* --- what a wait leaves as it is --------------------------------------------------- */

/* The actor's signals, timers, descriptors and so on (clients/actor_signal.c: "state"), until the
 * test program ends. */
char *state_of(struct actor *);
/* Fails unless they are as they were. */
void state_is(struct actor *, const char *before);

#endif
