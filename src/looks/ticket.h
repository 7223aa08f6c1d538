/* SPDX-License-Identifier: BSD-3-Clause */
/* Who of several processes was the first to look for a name in vain: it has the name's ticket, an
 * abstract socket, until it has made the file, or has ended.  They have to be in the same network
 * namespace. */
#ifndef TICKET_H
#define TICKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* A name, whatever it is called by: its folder's numbers, and a hash of its last part. */
struct ticket_name {
	dev_t dev;
	ino_t ino;
	uint64_t base;
	uint64_t given; /* a hash of what it was called: the same is likely to mean the same */
};

/* NAME, relative to the descriptor FOLDER or AT_FDCWD.  Returns 0, or a negative errno if its
 * folder can't be looked at.  Any thread. */
int ticket_name(int folder, const char *name, struct ticket_name *to);

/* Takes the ticket.  Returns 0: this process has it, also if it had it before; -EADDRINUSE: another
 * one has it; or another negative errno: there is none to be had.  Any thread; not in a signal
 * handler. */
int ticket_take(const struct ticket_name *name);

/* A socket, the caller's to close, which poll() tells to be hung up (POLLHUP) when whoever has the
 * ticket has given it back; or -ECONNREFUSED if nobody has it; -EAGAIN if that can't be told now,
 * or another negative errno.  A forked child has it, too.  Any thread; not in a signal handler. */
int ticket_watch(const struct ticket_name *name);

/* Whether this process has any ticket, or that of NAME; the first costs next to nothing.  Any
 * thread. */
bool ticket_any(void);
bool ticket_mine(const struct ticket_name *name);

/* Whether this process has a ticket that it has taken by the very name GIVEN.  Any thread. */
bool ticket_taken_by(const char *given);

/* Gives the ticket of GIVEN, relative to FOLDER, back, if this process has it.  Preserves errno;
 * any thread. */
void ticket_give_back(int folder, const char *given);

/* Gives back all that this process has: it will not make anything for a while.  Preserves errno;
 * any thread; async-signal-safe. */
void ticket_give_back_all(void);

/* Gives back all that this process has had for longer than a second: the program has not made what
 * it looked for.  Preserves errno; any thread; async-signal-safe. */
void ticket_give_back_old(void);

#endif
