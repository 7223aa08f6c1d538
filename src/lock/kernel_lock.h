/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock that the kernel has on a descriptor, in the way that its file system wants: flock(), or
 * where that collides with the line before the file (turnstile.h) an open-file-description lock on
 * the bytes before it.  Either belongs to the descriptor and its copies, and keeps the other out.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include "lock/filesystem.h"

#include <stdbool.h>

/* What flock(FD, OPERATION) is elsewhere.  Returns 0; -EAGAIN if somebody else holds it, with
 * LOCK_NB; -EINTR; or another negative errno of the file system's.  With FS_CLOSES nothing is
 * unlocked: 0, and the lock ends with the descriptor.  Any thread; async-signal-safe. */
int kernel_lock(const struct filesystem *fs, int fd, int operation);

/* The same again when a signal comes. */
int kernel_lock_again(const struct filesystem *fs, int fd, int operation);

/* Tries to lock FD without waiting, also if signals come.  Returns as kernel_lock() does. */
int kernel_lock_try(const struct filesystem *fs, int fd, bool exclusive);

/* Whether a lock on FD would have to wait: 1 or 0, or -ENOTSUP if the file system does not tell
 * without giving the lock.  Any thread. */
int kernel_lock_busy(const struct filesystem *fs, int fd, bool exclusive);

/* The first byte that the lock leaves out. */
#define KERNEL_LOCK_END ((1LL << 62) - 256)

#endif
