/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks that the program takes itself, beside HDF5, on descriptors of its own ("raw-open" tells
 * their numbers).
 *
 *   raw-update FILE         opens it to read and write
 *   raw-flock FD WHAT       "sh", "ex" or "un"; never waits
 *   raw-lockf FD KIND WHAT  an fcntl() lock on the whole file: KIND is "posix" or "ofd", WHAT "rd",
 *                           "wr" or "un"; with "wait" behind it, it waits
 */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void answer_errno(int rc)
{
	if (rc)
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_raw_update(const struct words *w)
{
	int fd = open(w->word[1], O_RDWR | O_CLOEXEC);

	if (fd < 0)
		answer("error errno=%d", errno);
	else
		answer("ok %d", fd);
}

static void run_raw_flock(const struct words *w)
{
	int what = !strcmp(w->word[2], "sh")   ? LOCK_SH
		   : !strcmp(w->word[2], "ex") ? LOCK_EX
					       : LOCK_UN;

	answer_errno(flock(atoi(w->word[1]), what | LOCK_NB));
}

static void run_raw_lockf(const struct words *w)
{
	bool ofd = !strcmp(w->word[2], "ofd"), waits = !strcmp(w->word[4], "wait");
	struct flock lock = { .l_whence = SEEK_SET };

	lock.l_type = !strcmp(w->word[3], "rd")	  ? F_RDLCK
		      : !strcmp(w->word[3], "wr") ? F_WRLCK
						  : F_UNLCK;
	answer_errno(fcntl(atoi(w->word[1]),
			   ofd	   ? (waits ? F_OFD_SETLKW : F_OFD_SETLK)
			   : waits ? F_SETLKW
				   : F_SETLK,
			   &lock));
}

const struct command lock_commands[] = {
	{ "raw-update", run_raw_update, 1 },
	{ "raw-flock", run_raw_flock, 2 },
	{ "raw-lockf", run_raw_lockf, 3 },
	{ NULL, NULL, 0 },
};
