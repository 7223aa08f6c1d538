/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that this thread is in the middle of.  A program's callback within HDF5 (an error
 * handler, a VOL connector, a driver, a filter, a memory function) may leave it by longjmp() or a
 * C++ exception, and a signal handler may leave a wait: then the end of a bracket is never reached.
 * So what is kept of one is in memory that does not die with the stack, and one that was left is
 * recognised at the next entry. */
#ifndef BRACKET_H
#define BRACKET_H

#include <stdbool.h>
#include <stdint.h>

enum bracket_kind {
	BRACKET_OPENING,  /* data: struct opening */
	BRACKET_UNLOCKED, /* what HDF5 opens by itself is not to be locked: nested.c */
	BRACKET_CALL,	  /* a file that HDF5 can't have fails the call: nested.c */
	BRACKET_SWMR	  /* HDF5's flock() does nothing: descriptor.c */
};

/* On the stack of the function that begins and ends a bracket; its members are bracket.c's. */
struct bracket_mark {
	volatile uint64_t ticket;
};

/* Begins a bracket of this thread, within those that it is in.  DATA must stay valid until
 * ABANDON(DATA), which may be NULL, has been called, or bracket_end(): it is called, in this
 * thread, at a later entry if the bracket was left by a jump.  Returns what bracket_end() wants.
 * Any thread; not in a signal handler. */
int bracket_begin(enum bracket_kind kind, struct bracket_mark *mark, void *data,
		  void (*abandon)(void *data));

/* Ends the bracket, and abandons those within it that were left by a jump.  Preserves errno. */
void bracket_end(int bracket);

/* Abandons this thread's brackets that were left by a jump: to be called by each hook that begins
 * one, before it does.  FRAME is an address in the hook's own frame, or in one of a function that
 * it calls.  Preserves errno; any thread; not in a signal handler. */
void bracket_sweep(const void *frame);

/* The data of this thread's innermost bracket of this KIND that it is still in (a pointer that is
 * not NULL where there is no data), or NULL.  Costs next to nothing outside of brackets.
 * Preserves errno; any thread; async-signal-safe. */
void *bracket_innermost(enum bracket_kind kind);

/* The same of those brackets that are around *BRACKET, as bracket_begin() has returned it; it
 * becomes that of the one that was found. */
void *bracket_around(enum bracket_kind kind, int *bracket);

#endif
