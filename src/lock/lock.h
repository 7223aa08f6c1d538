/* SPDX-License-Identifier: BSD-3-Clause */
/* One descriptor's lock, for who does not wait: in turn, or for a moment. */
#ifndef LOCK_H
#define LOCK_H

#include "lock/filesystem.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* A reader is about to ask for the lock of a file on FS: waits if it is the moment in which no
 * reader does (FS_BREATHES), 120 ms at most.  By this host's clock: hosts whose clocks differ by
 * more than that have different moments, and a writer no turn but by chance.  Any thread. */
void lock_breathe(const struct filesystem *fs);

/* Tries to lock FD, which is on FS, without waiting; with IN_TURN, only if nobody waits for the
 * file (see line.h).  Returns 0, -EAGAIN if somebody holds it or waits for it, or the negative
 * errno with which the file system said that it can't lock.  Any thread. */
int lock_try(const struct filesystem *fs, int fd, bool exclusive, bool in_turn);

/* The same for the file *ST, open at FD, with IN_TURN, or without while this thread's turn at the
 * file lasts.  Only who writes has turns: one begins with the lock that had to be asked for, and
 * lasts a moment even if the file is closed before.  Any thread; each has turns of its own. */
int lock_try_in_turn(const struct filesystem *fs, int fd, const struct stat *st, bool exclusive);

/* The thread has waited for the exclusive lock of the file *ST and got it: its turn begins, if
 * waits are long. */
void lock_begin_turn(const struct stat *st);

/* Tries again and again for a short time, as long as nobody waits: a critical section of HDF5's can
 * be shorter than falling asleep and waking up.  Not on one processor, not where waits have lately
 * been longer than it pays, and not on another host's file system.  Returns as lock_try() does. Any
 * thread. */
int lock_spin(const struct filesystem *fs, int fd, bool exclusive, bool in_turn);

/* Tells it that a wait took NS nanoseconds.  Any thread. */
void lock_waited(int64_t ns);

#endif
