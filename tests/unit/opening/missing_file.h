/* SPDX-License-Identifier: BSD-3-Clause */
/* Openings of a file that is missing or was so, and another process that has looked for it, too. */
#ifndef MISSING_FILE_H
#define MISSING_FILE_H

#include "looks/ticket.h"
#include "opening/looked.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

/* H5Fopen(NAME, H5F_ACC_RDWR). */
static inline struct opening opening_of(const char *name)
{
	return (struct opening){ .call = { .name = name, .flags = H5_RDWR },
				 .file = { .fd = -1, .fs = &here },
				 .folder = -1,
				 .handed.passed = -1,
				 .exclusive = true,
				 .looks = true };
}

/* H5Fcreate(NAME, H5F_ACC_TRUNC), which has met the file that is there. */
static inline struct opening creation_of(const char *name)
{
	struct opening o = opening_of(name);

	o.create = o.replaces = true;
	o.looks = false;
	o.file.fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	ck_assert_int_eq(fstat(o.file.fd, &o.file.st), 0);
	return o;
}

/* As HDF5 asks again and again, until it is told that the file is missing. */
static inline int asks_until_told(struct opening *o)
{
	int times = 0, rc;

	do {
		rc = looked_in_vain(o);
		times++;
	} while (rc == AFRESH);
	ck_assert_int_eq(rc, 0);
	return times;
}

static inline bool have_ticket(const char *name)
{
	struct ticket_name ticket;

	return ticket_name(AT_FDCWD, name, &ticket) == 0 && ticket_mine(&ticket);
}

/* --- another process ------------------------------------------------------------ */

static inline void others_ticket(void)
{
	struct ticket_name name;

	if (ticket_name(AT_FDCWD, "a", &name) || ticket_take(&name))
		_exit(1);
}

/* One that has what BODY takes until it is killed. */
static inline pid_t other(void (*body)(void))
{
	int told[2]; /* closed when it is ready */
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(told, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		close(told[0]);
		close(told[1]);
		for (;;)
			pause();
	}
	close(told[1]);
	ck_assert_int_eq(read(told[0], &byte, 1), 0);
	close(told[0]);
	return pid;
}

static inline void end(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, SIGKILL);
}

#endif
