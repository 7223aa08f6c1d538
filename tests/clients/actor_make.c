/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands with which a file comes to be there, by itself, a child or a thread.
 *
 *   make HOW NAME        makes a file that is none of HDF5's: one of "ways" below
 *   rename A B, renameat A B, hard-link A B, symlink TARGET NAME, unlink NAME
 *   run HOW COMMAND      a shell command in a child: fork, ignored (with SIGCHLD), spawn, popen or
 *                        system
 *   thread COMMAND       another thread obeys, and is waited for
 *   add NAME DATASET HOW H5Fopen, or else H5Fcreate (trunc, excl); ten numbers from 1; H5Fclose
 */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- files that are none of HDF5's --------------------------------------------- */

static int wrote(int fd)
{
	return fd < 0 || write(fd, "text", 4) != 4 || close(fd) ? -1 : 0;
}

static int make_open(const char *name)
{
	return wrote(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666));
}

static int make_openat(const char *name)
{
	return wrote(openat(from_folder, name, O_WRONLY | O_CREAT | O_EXCL, 0666));
}

static int make_creat(const char *name)
{
	return wrote(creat(name, 0666));
}

static int make_fopen(const char *name)
{
	FILE *file = fopen(name, "w");

	return file && fputs("text", file) >= 0 ? fclose(file) : -1;
}

static int make_fopen_a(const char *name)
{
	FILE *file = fopen(name, "a+");

	return file && fputs("text", file) >= 0 ? fclose(file) : -1;
}

static int make_freopen(const char *name)
{
	FILE *file = freopen(name, "w", fopen("/dev/null", "r"));

	return file && fputs("text", file) >= 0 ? fclose(file) : -1;
}

static const struct way ways[] = {
	{ "open", make_open },	 { "openat", make_openat },   { "creat", make_creat },
	{ "fopen", make_fopen }, { "fopen-a", make_fopen_a }, { "freopen", make_freopen },
	{ NULL, NULL },
};

static void run_make(const struct words *w)
{
	int error = go(ways, w->word[1], w->word[2]);

	answer_if(error == 0, error);
}

static void run_rename(const struct words *w)
{
	answer_if(rename(w->word[1], w->word[2]) == 0, errno);
}

static void run_renameat(const struct words *w)
{
	answer_if(renameat(from_folder, w->word[1], from_folder, w->word[2]) == 0, errno);
}

static void run_hard_link(const struct words *w)
{
	answer_if(link(w->word[1], w->word[2]) == 0, errno);
}

static void run_symlink(const struct words *w)
{
	answer_if(symlink(w->word[1], w->word[2]) == 0, errno);
}

static void run_unlink(const struct words *w)
{
	answer_if(unlink(w->word[1]) == 0, errno);
}

/* --- children, threads, jobs --------------------------------------------------------- */

static int ended_well(pid_t pid)
{
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static int by_fork(const char *command)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return ended_well(pid);
}

/* Nobody hears of the end of a child then, but that there is none any more. */
static int by_ignored_fork(const char *command)
{
	pid_t pid;
	bool gone;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		execlp("sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	gone = pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == ECHILD;
	signal(SIGCHLD, SIG_DFL);
	return gone ? 0 : -1;
}

static int by_spawn(const char *command)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	pid_t pid = -1;

	return posix_spawnp(&pid, "sh", NULL, NULL, argv, environ) ? -1 : ended_well(pid);
}

static int by_popen(const char *command)
{
	FILE *output = popen(command, "r");

	return output ? pclose(output) : -1;
}

static void run_run(const struct words *w)
{
	static const struct way starts[] = {
		{ "fork", by_fork },  { "spawn", by_spawn },	      { "popen", by_popen },
		{ "system", system }, { "ignored", by_ignored_fork }, { NULL, NULL },
	};
	const char *command = strchr(w->rest, ' ');
	int error = go(starts, w->word[1], command ? command : "");

	answer_if(error == 0, error);
}

static void *obey_in_thread(void *line)
{
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* HDF5 keeps this setting for each thread */
	obey(line);
	return NULL;
}

static void run_thread(const struct words *w)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, obey_in_thread, w->rest))
		answer("error no thread");
	else
		pthread_join(thread, NULL);
}

static void run_add(const struct words *w)
{
	hid_t file = open_file(w->word[1], "rw", false);

	if (file < 0)
		file = create_file(w->word[1], w->word[3], false);
	if (file < 0 || write_numbers(file, w->word[2], 10, 1) < 0)
		answer_result(-1);
	else
		answer_result(close_file(file));
}

const struct command make_commands[] = {
	{ "make", run_make, 2 },	 { "rename", run_rename, 2 },
	{ "renameat", run_renameat, 2 }, { "hard-link", run_hard_link, 2 },
	{ "symlink", run_symlink, 2 },	 { "unlink", run_unlink, 1 },
	{ "run", run_run, 2 },		 { "thread", run_thread, 1 },
	{ "add", run_add, 3 },		 { NULL, NULL, 0 },
};
