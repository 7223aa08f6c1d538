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
	int timer;	    /* the kernel's id of a timer that signals this thread */
	int slot;	    /* where the signal handlers find that timer */
	unsigned int stops; /* how many stops there were when the wait began */
	sigset_t mask;	    /* the thread's own */
};

/* From now until interrupt_end(), a system call that blocks in this thread is interrupted (EINTR)
 * again and again once the deadline has passed, or once SIGINT, SIGTERM, SIGHUP or SIGQUIT had a
 * handler of the program's run in any thread.  Signals with the default action act at once and by
 * themselves; ignored and blocked ones don't end the wait; all others are handled and the wait goes
 * on.  Returns 0, or a negative errno if the kernel gives no timer.  Any thread, not nested, not in
 * a signal handler. */
int interrupt_begin(struct interrupt *in);

/* Sets the deadline (monotonic_ns()); until then there is none.  Returns 0 or a negative errno. */
int interrupt_deadline(struct interrupt *in, int64_t deadline);

/* Whether such a signal (or interrupt_stop_all()) came since interrupt_begin(). */
bool interrupt_stopped(const struct interrupt *in);

/* Does to all waits of this process what such a signal does.  Preserves errno; any thread;
 * async-signal-safe. */
void interrupt_stop_all(void);

/* Interrupts all waits of this process, so that they look whether something has changed.  Preserves
 * errno; any thread; async-signal-safe. */
void interrupt_all(void);

/* Ends it; preserves errno. */
void interrupt_end(struct interrupt *in);

#endif
