/* SPDX-License-Identifier: BSD-3-Clause */
/* The line before a file: three places far past any data, at which those who have to wait stand one
 * after the other.  Only on file systems with FS_LINE. */
#ifndef TURNSTILE_H
#define TURNSTILE_H

#include "lock/filesystem.h"

#include <stdbool.h>

/* Readers may stand at a place together; a writer stands alone. */
enum place {
	PLACE_TURNSTILE, /* who stands here has the next turn, and stops those who come later */
	PLACE_SECOND, /* who stands here, or at the third, looks now and then whether those before
		       */
	PLACE_THIRD,  /* are stopped, which costs all who wait for the same place their order */
	PLACE_GUARDED /* no place in line: of those who go on under one and the same lock (guard.h),
			 which their parent may have given to all of them, who stands here may */
};

/* Whether somebody stands at the turnstile, or with FS_POLLS anywhere in line; FD is any descriptor
 * of the file, which is on FS.  Other fcntl() locks,
 * the process's own or another's, which may well be on the whole file, are nobody who waits.  Any
 * thread. */
bool turnstile_taken(const struct filesystem *fs, int fd);

/* Tries to stand at PLACE with FD, which has to be writable for a writer (EXCLUSIVE).  Returns 0;
 * -EAGAIN if somebody stands there; or -ENOTSUP if nobody can, because of somebody else's fcntl()
 * lock, which may last, or because the kernel or the file system has no such locks. Any thread. */
int turnstile_try(const struct filesystem *fs, int fd, enum place place, bool exclusive);

/* Waits until FD stands at PLACE.  Returns 0, -EINTR, or -ENOTSUP.  Any thread. */
int turnstile_wait(int fd, enum place place, bool exclusive);

/* FD leaves PLACE, if it stands there.  Preserves errno; any thread. */
void turnstile_leave(int fd, enum place place);

#endif
