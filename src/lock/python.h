/* SPDX-License-Identifier: BSD-3-Clause */
/* Python during a wait: its interpreter lock, given back so that the program's other Python threads
 * run on, and its signal handlers, which run only where the main thread asks for them. */
#ifndef PYTHON_H
#define PYTHON_H

#include <stdbool.h>

/* What one thread's wait has to do with Python. */
struct python {
	bool has_lock; /* this thread had the interpreter lock when the wait began */
	bool may_take; /* it had not, but may take it for the program's signal handlers */
	bool within;   /* HDF5 is in the middle of something */
	void *state;   /* what takes the lock again, while it is given back */
};

/* When a wait begins, before interrupt_begin(), which it tells of Python's signals.  CALLER is the
 * address that called HDF5, or NULL; WITHIN says that HDF5 is in the middle of something: then the
 * lock is never given back.  Any thread. */
void python_begin(struct python *in, const void *caller, bool within);

/* Gives the lock back if this thread has it and LOCKEDH5_PYTHON allows it; else does nothing.  When
 * the interpreter ends, before it takes its modules down, the waits of the threads that are left
 * (daemon threads) are stopped as by a signal, once they have their lock again.  Returns 0, or
 * -EINTR as python_handle_signals() does. */
int python_give(struct python *in);

/* Runs the program's handlers of the signals that Python has only noted so far, as every call does
 * that a signal interrupts (PEP 475); where that is not for this thread to do, nothing.  A handler
 * may do anything, also open files.  Returns 0: the wait goes on; or -EINTR: it has to end, since a
 * handler has raised something, which Python raises again as soon as the caller lets it, or since
 * this is a child that a handler has forked.  Only the thread that waits. */
int python_handle_signals(struct python *in);

/* Blocks until the lock is this thread's again, if it was given back.  Preserves errno. */
void python_take(struct python *in);

#endif
