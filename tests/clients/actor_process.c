/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands on processes and descriptors.
 *
 *   quit                         leave with exit(), whatever is open
 *   _exit                        leave with _exit()
 *   become-nobody                give up root for ever; "ok" also if it never was root
 *   fork exit|_exit|close-all|exec   a child that does this (closes every descriptor and leaves;
 *                                execs "true"), and waits for it
 *   fork live                    a child that obeys "child" commands; answers its pid
 *   fork raw                     the same by the system call, past libc and its handlers
 *   fork daemon                  the same, with commands from the FIFO "commands", which it makes
 *   fork sleep                   a child that execs "sleep 1000"; answers its pid
 *   at-exit daemon               the process forks such a daemon when it ends by exit()
 *   child COMMAND                the child of "fork live" obeys and answers
 *   child-end                    kills the child of "fork live" or "fork sleep"
 *   new-pids                     the next children are in a process ID namespace of their own
 *   vfork _exit|close-all|exec   the same with vfork(), as far as that may go
 *   system COMMAND               answers its exit status
 *   spawn PROGRAM                posix_spawn(); answers its exit status
 *   spawn-closing SLOT PROGRAM   the same, and HDF5's descriptor is closed on the way
 *   fd SLOT                      the number of HDF5's descriptor
 *   dup2 SLOT FILE               FILE takes the place of HDF5's descriptor, behind HDF5's back
 *   close-range SLOT             HDF5's descriptor is closed by close_range()
 *   raw-open FILE                opens FILE (read-only); answers the number
 *   raw-update FILE              opens FILE to read and write; answers the number
 *   raw-append FILE              opens FILE (write-only, to append); answers the number
 *   raw-write FILE               opens FILE (write-only); answers the number
 *   crowded-open FILE            opens FILE (read-only) with no descriptor left, and fails
 *   raw-close FD
 *   raw-locks FD                 "ok 1" if /proc/self/fdinfo shows a lock
 *   relock SLOT ex|sh            the program itself calls flock() on HDF5's descriptor, LOCK_NB
 *   folder NAME                  chdir()
 *   cancellation                 "ok 1" if this thread can be cancelled
 */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child = -1;
static int to_child = -1;

static void run_quit(const struct words *w)
{
	(void)w;
	exit(0);
}

static void run__exit(const struct words *w)
{
	(void)w;
	_exit(0);
}

static void run_become_nobody(const struct words *w)
{
	(void)w;
	if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

/* --- children ------------------------------------------------------------ */

static void close_all(void)
{
	for (int fd = 0; fd < 256; fd++)
		close(fd);
}

/* What a child does; with vfork it runs in the parent's memory. */
static void act(const char *what)
{
	if (!strcmp(what, "close-all"))
		close_all();
	else if (!strcmp(what, "exec"))
		execlp("true", "true", NULL);
	else if (!strcmp(what, "sleep"))
		execlp("sleep", "sleep", "1000", NULL);
	else if (!strcmp(what, "exit"))
		exit(0);
	_exit(0);
}

static void wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		answer("error errno=%d", errno);
	else
		answer("ok %d", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* The child has no more of its parent's input than what "child" sends. */
static void live(int commands)
{
	char line[4096];
	FILE *input = fdopen(commands, "r");

	setvbuf(input, NULL, _IONBF, 0);
	child = -1;
	while (fgets(line, sizeof(line), input))
		obey(line);
	for (;;) /* lives on after its parent */
		pause();
}

static void fork_live(pid_t (*fork_it)(void))
{
	int commands[2];

	if (pipe2(commands, O_CLOEXEC)) {
		answer("error errno=%d", errno);
		return;
	}
	child = fork_it();
	if (child == 0) {
		close(commands[1]);
		live(commands[0]);
	}
	close(commands[0]);
	to_child = commands[1];
	answer("ok %d", (int)child);
}

static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
}

static void fork_daemon(void)
{
	int commands = mkfifo("commands", 0600) ? -1 : open("commands", O_RDWR | O_CLOEXEC);

	if (commands < 0) {
		answer("error errno=%d", errno);
		return;
	}
	child = fork();
	if (child == 0)
		live(commands);
	close(commands);
	answer("ok %d", (int)child);
}

static void run_fork(const struct words *w)
{
	const char *what = w->word[1];
	pid_t pid;

	if (!strcmp(what, "live") || !strcmp(what, "raw")) {
		fork_live(!strcmp(what, "raw") ? raw_fork : fork);
		return;
	}
	if (!strcmp(what, "daemon")) {
		fork_daemon();
		return;
	}
	pid = fork();
	if (pid == 0)
		act(what);
	if (strcmp(what, "sleep")) {
		wait_for(pid);
		return;
	}
	child = pid;
	answer("ok %d", (int)pid);
}

static void run_at_exit(const struct words *w)
{
	(void)w;
	if (atexit(fork_daemon))
		answer("error no memory");
	else
		answer_ok();
}

static void run_new_pids(const struct words *w)
{
	(void)w;
	if (unshare(CLONE_NEWPID))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void run_vfork(const struct words *w)
{
	pid_t pid = vfork();

	if (pid == 0)
		act(w->word[1]);
	wait_for(pid);
}
#pragma GCC diagnostic pop

static int descriptor(const char *slot)
{
	int *fd = NULL;

	if (H5Fget_vfd_handle(slot_of(slot)->file, H5P_DEFAULT, (void **)&fd) < 0 || !fd)
		return -1;
	return *fd;
}

static void spawn(const char *program, int close_fd)
{
	char *const argv[] = { (char *)program, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	if (close_fd >= 0)
		posix_spawn_file_actions_addclose(&actions, close_fd);
	errno = posix_spawnp(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	wait_for(pid);
}

static void run_spawn(const struct words *w)
{
	spawn(w->word[1], -1);
}

static void run_spawn_closing(const struct words *w)
{
	spawn(w->word[2], descriptor(w->word[1]));
}

static void run_child(const struct words *w)
{
	if (dprintf(to_child, "%s\n", w->rest) < 0)
		answer("error errno=%d", errno);
}

static void run_child_end(const struct words *w)
{
	(void)w;
	kill(child, SIGKILL);
	wait_for(child);
}

static void run_system(const struct words *w)
{
	int status = system(w->rest);

	answer("ok %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* --- descriptors --------------------------------------------------------- */

static void run_fd(const struct words *w)
{
	answer("ok %d", descriptor(w->word[1]));
}

static void run_dup2(const struct words *w)
{
	int fd = descriptor(w->word[1]);
	int other = open(w->word[2], O_RDWR | O_CLOEXEC);

	if (fd < 0 || other < 0 || flock(other, LOCK_EX) || dup2(other, fd) < 0)
		answer("error errno=%d", errno);
	else
		answer("ok %d", fd);
}

/* glibc has no close_range() before 2.34, and Debian 11's kernel headers no number for it. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static void run_close_range(const struct words *w)
{
	int fd = descriptor(w->word[1]);

	if (fd < 0 || syscall(SYS_close_range, fd, fd, 0))
		answer("error errno=%d", errno);
	else
		answer("ok %d", fd);
}

static void raw_open(const char *file, int flags)
{
	int fd = open(file, flags | O_CLOEXEC);

	if (fd < 0)
		answer("error errno=%d", errno);
	else
		answer("ok %d", fd);
}

static void run_raw_open(const struct words *w)
{
	raw_open(w->word[1], O_RDONLY);
}

static void run_raw_update(const struct words *w)
{
	raw_open(w->word[1], O_RDWR);
}

static void run_raw_append(const struct words *w)
{
	raw_open(w->word[1], O_WRONLY | O_APPEND);
}

static void run_raw_write(const struct words *w)
{
	raw_open(w->word[1], O_WRONLY);
}

/* As it comes before anything else, it is the program's first open(). */
static void run_crowded_open(const struct words *w)
{
	struct rlimit few = { 64, 64 };
	int first = -1, fd, last = -1;

	setrlimit(RLIMIT_NOFILE, &few);
	while ((fd = dup(STDIN_FILENO)) >= 0) {
		first = first < 0 ? fd : first;
		last = fd;
	}
	fd = open(w->word[1], O_RDONLY);
	answer(fd < 0 && errno == EMFILE ? "ok" : "error there was one");
	for (fd = first; fd >= 0 && fd <= last; fd++)
		close(fd);
}

static void run_raw_close(const struct words *w)
{
	if (close(atoi(w->word[1])))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_raw_locks(const struct words *w)
{
	char path[64], line[256];
	bool locked = false;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", w->word[1]);
	info = fopen(path, "r");
	if (!info) {
		answer("error errno=%d", errno);
		return;
	}
	while (fgets(line, sizeof(line), info))
		locked = locked || !strncmp(line, "lock:", 5);
	fclose(info);
	answer("ok %d", locked);
}

static void run_relock(const struct words *w)
{
	int how = strcmp(w->word[2], "ex") == 0 ? LOCK_EX : LOCK_SH;

	if (flock(descriptor(w->word[1]), how | LOCK_NB))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_folder(const struct words *w)
{
	if (chdir(w->word[1]))
		answer("error errno=%d", errno);
	else
		answer_ok();
}

static void run_cancellation(const struct words *w)
{
	int state;

	(void)w;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	answer("ok %d", state == PTHREAD_CANCEL_ENABLE);
}

const struct command process_commands[] = {
	{ "quit", run_quit, 0 },
	{ "_exit", run__exit, 0 },
	{ "become-nobody", run_become_nobody, 0 },
	{ "fork", run_fork, 1 },
	{ "at-exit", run_at_exit, 1 },
	{ "child", run_child, 1 },
	{ "child-end", run_child_end, 0 },
	{ "new-pids", run_new_pids, 0 },
	{ "vfork", run_vfork, 1 },
	{ "system", run_system, 1 },
	{ "spawn", run_spawn, 1 },
	{ "spawn-closing", run_spawn_closing, 2 },
	{ "fd", run_fd, 1 },
	{ "dup2", run_dup2, 2 },
	{ "close-range", run_close_range, 1 },
	{ "raw-open", run_raw_open, 1 },
	{ "raw-update", run_raw_update, 1 },
	{ "raw-append", run_raw_append, 1 },
	{ "raw-write", run_raw_write, 1 },
	{ "crowded-open", run_crowded_open, 1 },
	{ "raw-close", run_raw_close, 1 },
	{ "raw-locks", run_raw_locks, 1 },
	{ "relock", run_relock, 2 },
	{ "folder", run_folder, 1 },
	{ "cancellation", run_cancellation, 0 },
	{ NULL, NULL, 0 },
};
