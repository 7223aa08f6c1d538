/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands on signals, and on everything else that a wait must leave as it is.
 *
 *   handle N WHAT      WHAT signal N does from now on: "plain" (a handler), "restart" (one with
 *                      SA_RESTART, as signal() installs it), "siginfo" (SA_SIGINFO), "ignore" or
 *                      "default"
 *   handled N          how often a handler of it has run
 *   interrupted-reads  how often the actor's wait for a command was interrupted by a handler
 *   block-all, unblock-all
 *   alarm SECONDS      ITIMER_REAL, once; "alarm-left" tells whole seconds
 *   state              the mask, pending and handled signals, threads, descriptors, timers
 *   cpu                microseconds of processor time that this process has used
 */
#include "actor.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int interrupted_reads;
static volatile sig_atomic_t ran[65];

static void handler(int sig)
{
	ran[sig]++;
}

static void siginfo_handler(int sig, siginfo_t *info, void *context)
{
	ran[sig] += info && info->si_signo == sig && context;
}

static void run_handle(const struct words *w)
{
	struct sigaction action = { .sa_handler = handler };
	const char *what = w->word[2];

	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2); /* something to be kept */
	if (!strcmp(what, "restart"))
		action.sa_flags = SA_RESTART;
	else if (!strcmp(what, "ignore"))
		action.sa_handler = SIG_IGN;
	else if (!strcmp(what, "default"))
		action.sa_handler = SIG_DFL;
	if (!strcmp(what, "siginfo")) {
		action.sa_flags = SA_SIGINFO;
		action.sa_sigaction = siginfo_handler;
	}
	if (sigaction(atoi(w->word[1]), &action, NULL))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_handled(const struct words *w)
{
	answer("ok %d", (int)ran[atoi(w->word[1]) % 65]);
}

static void run_interrupted_reads(const struct words *w)
{
	(void)w;
	answer("ok %d", interrupted_reads);
}

static void run_block_all(const struct words *w)
{
	sigset_t all;

	(void)w;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	answer_ok();
}

static void run_unblock_all(const struct words *w)
{
	sigset_t all;

	(void)w;
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	answer_ok();
}

static void run_alarm(const struct words *w)
{
	struct itimerval when = { .it_value = { atol(w->word[1]), 0 } };

	if (setitimer(ITIMER_REAL, &when, NULL))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_alarm_left(const struct words *w)
{
	struct itimerval left;

	(void)w;
	getitimer(ITIMER_REAL, &left);
	answer("ok %ld", (long)left.it_value.tv_sec);
}

/* --- state ----------------------------------------------------------------- */

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static int lines(const char *name, const char *beginning)
{
	FILE *file = fopen(name, "r");
	char line[512];
	int n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += !strncmp(line, beginning, strlen(beginning));
	if (file)
		fclose(file);
	return n;
}

/* What follows BEGINNING in a line of /proc/thread-self/status. */
static void status(const char *beginning, char *value, size_t size)
{
	FILE *file = fopen("/proc/thread-self/status", "r");
	char line[512];

	*value = 0;
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, beginning, strlen(beginning)))
			snprintf(value, size, "%.*s", (int)strcspn(line + strlen(beginning), "\n"),
				 line + strlen(beginning));
	if (file)
		fclose(file);
}

static void run_state(const struct words *w)
{
	char text[4096], value[5][64];
	struct sigaction action;
	size_t used = 0;

	(void)w;
	for (int sig = 1; sig < 65; sig++)
		if (sigaction(sig, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%d:%p:%x:%d ",
						 sig, (void *)action.sa_handler,
						 (unsigned)action.sa_flags,
						 sigismember(&action.sa_mask, SIGUSR2));
	status("SigBlk:\t", value[0], sizeof(value[0]));
	status("SigPnd:\t", value[1], sizeof(value[1]));
	status("ShdPnd:\t", value[2], sizeof(value[2]));
	status("SigCgt:\t", value[3], sizeof(value[3]));
	status("SigIgn:\t", value[4], sizeof(value[4]));
	answer("ok blocked %s pending %s %s caught %s ignored %s actions %.*sthreads %d "
	       "descriptors %d timers %d",
	       value[0], value[1], value[2], value[3], value[4], (int)used, text,
	       entries("/proc/self/task") - 2, entries("/proc/self/fd") - 2,
	       lines("/proc/self/timers", "ID:"));
}

static void run_cpu(const struct words *w)
{
	struct timespec used;

	(void)w;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	answer("ok %ld", (long)used.tv_sec * 1000000 + used.tv_nsec / 1000);
}

const struct command signal_commands[] = {
	{ "handle", run_handle, 2 },
	{ "handled", run_handled, 1 },
	{ "interrupted-reads", run_interrupted_reads, 0 },
	{ "block-all", run_block_all, 0 },
	{ "unblock-all", run_unblock_all, 0 },
	{ "alarm", run_alarm, 1 },
	{ "alarm-left", run_alarm_left, 0 },
	{ "state", run_state, 0 },
	{ "cpu", run_cpu, 0 },
	{ NULL, NULL, 0 },
};
