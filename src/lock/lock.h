/* SPDX-License-Identifier: BSD-3-Clause */
/* One descriptor's lock: try it, wait for it in turn, let it go. */
#ifndef LOCK_H
#define LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Tries to lock FD without waiting; with IN_TURN, only if nobody waits for the file (see
 * lock_wait).  Returns 0, -EAGAIN if somebody holds it or waits for it, or the negative errno with
 * which the file system said that it can't lock.  Any thread. */
int lock_try(int fd, bool exclusive, bool in_turn);

/* The same for the file *ST, open at FD, with IN_TURN, or without while this thread's turn at the
 * file lasts.  Only who writes has turns: one begins with the lock that had to be asked for, and
 * lasts a moment even if the file is closed before.  Any thread; each has turns of its own. */
int lock_try_in_turn(int fd, const struct stat *st, bool exclusive);

/* The thread has waited for the exclusive lock of the file *ST and got it: its turn begins, if
 * waits are long. */
void lock_begin_turn(const struct stat *st);

/* Tries again and again for a short time, as long as nobody waits: a critical section of HDF5's can
 * be shorter than falling asleep and waking up.  Not on one processor, and not where waits have
 * lately been longer than it pays.  Returns as lock_try() does.  Any thread. */
int lock_spin(int fd, bool exclusive, bool in_turn);

/* Tells it that a wait took NS nanoseconds.  Any thread. */
void lock_waited(int64_t ns);

/* For who finds the file busy and may not wait: takes a lock that is free and stays free, though
 * somebody stands before it who is stopped (SIGSTOP, a debugger) and does not take it.  Returns as
 * lock_try() does, at once if the file is held, else within 30 ms.  Any thread. */
int lock_take_untaken(int fd, bool exclusive);

/* What a wait asks of its caller, each with ARG. */
struct lock_waiter {
	/* Whether to go on (0), after a signal or a pause, or how to end the wait: a negative
	 * errno, or a number of the caller's from 200 on, which the wait returns. */
	int (*interrupted)(void *arg);
	/* A signal shall interrupt the wait at this time (monotonic_ns()), if nothing does before.
	 * After that time, and after INTERRUPTED, it is called again.  INT64_MAX: never. */
	void (*look_at)(void *arg, int64_t when);
	void *arg;
};

/* Waits for FD's lock in the kernel's queue.  With IN_TURN the wait begins at the turnstile, where
 * a waiter stops those who come later, unless nobody can stand there; but a file that is free for
 * 20 ms behind those who stand before is taken.  Returns 0 with the lock, what INTERRUPTED said, or
 * another negative errno if the file system can't lock.  Any thread. */
int lock_wait(int fd, bool exclusive, bool in_turn, const struct lock_waiter *w);

/* The same where no signal can interrupt a system call in time: looks every few milliseconds, calls
 * INTERRUPTED after each pause, and never LOOK_AT. */
int lock_poll(int fd, bool exclusive, bool in_turn, const struct lock_waiter *w);

#endif
