/* SPDX-License-Identifier: BSD-3-Clause */
/* What ends a blocking system call: its deadline, or a signal that means "stop".  The program's
 * signal mask, handlers and timers are as before when the wait is over. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A deadline that never comes. */
#define DEADLINE_NEVER INT64_MAX

/* One thread's wait. */
struct interrupt {
	int timer;	    /* the kernel's id of a timer that signals this thread, or -1 */
	int signal;	    /* which one; the program does not use it, or did not */
	int slot;	    /* where the signal handlers find that timer */
	unsigned int stops; /* how many stops there were when the wait began */
	unsigned int notes; /* how many notes there were when they were last asked for */
	bool blocked;	    /* the thread had that signal blocked */
};

/* From now until interrupt_end(), a system call that blocks in this thread is interrupted (EINTR)
 * again and again once the deadline has passed, or once SIGINT, SIGTERM, SIGHUP or SIGQUIT had a
 * handler of the program's run in any thread.  Signals with the default action act at once and by
 * themselves; ignored and blocked ones don't end the wait; all others are handled and the wait goes
 * on.  Returns 0, or a negative errno if there is no timer or no signal for it: then the caller has
 * to look by itself for the deadline and for interrupt_stopped(), and interrupt_end() is due all
 * the same.  Any thread; may be nested; not in a signal handler. */
int interrupt_begin(struct interrupt *in);

/* Sets the deadline (monotonic_ns()); until then there is none.  Only with a timer. */
void interrupt_deadline(struct interrupt *in, int64_t deadline);

/* Whether such a signal (or interrupt_stop_all()) came since interrupt_begin(). */
bool interrupt_stopped(const struct interrupt *in);

/* Waits that begin from now on are interrupted, too, by the signals whose handlers are in
 * [FROM, TO): such a handler leaves something for the waiting thread to do.  Any thread. */
void interrupt_note_handlers(const void *from, const void *to);

/* Whether one of these came since interrupt_begin() or since this was last asked. */
bool interrupt_noted(struct interrupt *in);

/* To be called when the program may have set handlers in the middle of a wait.  Returns whether it
 * has: then a signal may have come that nobody noted.  Any thread. */
bool interrupt_look_again(void);

/* Does to all waits of this process what such a signal does.  Preserves errno; any thread;
 * async-signal-safe. */
void interrupt_stop_all(void);

/* Interrupts all waits of this process, so that they look whether something has changed.  Preserves
 * errno; any thread; async-signal-safe. */
void interrupt_all(void);

/* Ends it; preserves errno. */
void interrupt_end(struct interrupt *in);

#endif
