/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported wait…, system and pclose.  A child that has ended may have made anything, and was
 * told to by this process (cp, mv, a tool); while it is waited for, this process makes nothing, and
 * must not be the one for which the child waits. */
#include "hooks/export.h"
#include "looks/outcome.h"
#include "looks/ticket.h"
#include "system/names.h"

pid_t child_wait(int *) EXPORT_AS(wait);
pid_t child_waitpid(pid_t, int *, int) EXPORT_AS(waitpid);
pid_t child_wait3(int *, int, struct rusage *) EXPORT_AS(wait3);
pid_t child_wait4(pid_t, int *, int, struct rusage *) EXPORT_AS(wait4);
int child_waitid(idtype_t, id_t, siginfo_t *, int) EXPORT_AS(waitid);
int child_system(const char *) EXPORT_AS(system);
int child_pclose(FILE *) EXPORT_AS(pclose);

/* Where SIGCHLD is ignored, there is nobody any more to be told of. */
static pid_t ended(pid_t pid)
{
	if (looks_any() && (pid > 0 || (pid < 0 && errno == ECHILD)))
		looks_forget();
	return pid;
}

pid_t child_wait(int *status)
{
	ticket_give_back_all();
	return ended(libc_wait(status));
}

pid_t child_waitpid(pid_t pid, int *status, int options)
{
	ticket_give_back_all();
	return ended(libc_waitpid(pid, status, options));
}

pid_t child_wait3(int *status, int options, struct rusage *use)
{
	ticket_give_back_all();
	return ended(libc_wait3(status, options, use));
}

pid_t child_wait4(pid_t pid, int *status, int options, struct rusage *use)
{
	ticket_give_back_all();
	return ended(libc_wait4(pid, status, options, use));
}

int child_waitid(idtype_t kind, id_t id, siginfo_t *info, int options)
{
	int rc;

	ticket_give_back_all();
	rc = libc_waitid(kind, id, info, options);
	/* With WNOHANG, and nobody who has ended, it is 0, too. */
	ended(rc ? rc : info ? info->si_pid : 1);
	return rc;
}

int child_system(const char *command)
{
	int rc;

	ticket_give_back_all();
	rc = libc_system(command);
	ended(1);
	return rc;
}

int child_pclose(FILE *stream)
{
	int rc;

	ticket_give_back_all();
	rc = libc_pclose(stream);
	ended(1);
	return rc;
}
