/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/descriptor.h"

#include "lock/guard.h"
#include "lock/held.h"
#include "looks/ticket.h"
#include "opening/bracket.h"
#include "opening/handover.h"
#include "opening/ongoing.h"
#include "report/report.h"
#include "system/libc.h"
#include "system/process.h"

#include <errno.h>
#include <sys/file.h>

int descriptor_share(int fd)
{
	/* The kernel turns an exclusive lock into a shared one in one step. */
	return held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED);
}

/* A program that makes its reader's lock exclusive by itself; the kernel lets the old lock go
 * first, and somebody who writes may get in between. */
static int make_exclusive(int fd, int operation)
{
	int rc = held_relock(fd, operation, HELD_EXCLUSIVE);

	if (rc == 0)
		return 0;
	if (held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED)) {
		held_change(fd, HELD_OPEN, HELD_UNLOCKED);
		report(REPORT_PROBLEM,
		       "descriptor %d has lost its shared lock: flock() asked for an exclusive "
		       "one, "
		       "and somebody else has got it; what is read from now on may be half "
		       "written: close the file and open it again",
		       fd);
	}
	errno = -rc;
	return -1;
}

/* A lock that the program has lost (see above), or a file system had none to give, which may be
 * another matter by now. */
static int lock_anew(int fd, int operation)
{
	bool exclusive = (operation & ~LOCK_NB) == LOCK_EX;
	int rc = held_relock(fd, operation, exclusive ? HELD_EXCLUSIVE : HELD_SHARED);

	if (rc != -EAGAIN && rc != -EINTR)
		return 0;
	errno = -rc;
	return -1;
}

int descriptor_flock(int fd, int operation)
{
	int what = operation & ~LOCK_NB;
	struct held h;

	/* HDF5's own lock meets ours; there is nothing to do, and nothing to look up: this is in
	 * every open. */
	if (handover_has(ongoing_that_answers(), fd))
		return 0;
	if (!held_get(fd, &h))
		return guard_defers(fd, operation) ? 0 : libc_flock(fd, operation);
	/* What our parent locked is not ours to unlock. */
	if (h.state == HELD_OPENING || h.state == HELD_HANDED || h.inherited ||
	    bracket_innermost(BRACKET_SWMR))
		return 0;
	if (h.lock == HELD_UNLOCKED)
		return what == LOCK_UN ? 0 : lock_anew(fd, operation);
	if (what == LOCK_EX && h.lock == HELD_SHARED)
		return make_exclusive(fd, operation);
	if (what == LOCK_UN && h.lock == HELD_EXCLUSIVE && descriptor_share(fd))
		return -1;
	return 0;
}

void descriptor_close(int fd)
{
	struct opening *o = ongoing_that_answers();

	ticket_give_back_old();
	if (o && process_may_write()) {
		if (o->handed.has_fd && fd == o->file.fd)
			o->handed.closed = true;
		if (fd >= 0 && fd == o->handed.passed)
			o->handed.shared = true;
	}
	if (held_close(fd))
		report(REPORT_LOCK, "unlocked descriptor %d", fd);
}
