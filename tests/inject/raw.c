/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks and processes past every hook, as somebody else would see and have them. */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int raw_open(const char *file, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, file, flags | O_CLOEXEC, 0666);
}

void raw_close(int fd)
{
	syscall(SYS_close, fd);
}

static int raw_flock(int fd, int operation)
{
	return (int)syscall(SYS_flock, fd, operation);
}

char raw_lock_on(const char *file)
{
	int fd = raw_open(file, O_RDONLY);
	char lock = '-';

	if (fd < 0)
		return '-';
	if (raw_flock(fd, LOCK_SH | LOCK_NB))
		lock = 'x';
	else if (raw_flock(fd, LOCK_EX | LOCK_NB))
		lock = 's';
	raw_close(fd);
	return lock;
}

/* --- another process ------------------------------------------------------------------ */

enum { MOST_HELPERS = 4, LOOK_NS = 2000000, LOOKS = 75, MAKES = 10 };
static struct {
	pid_t pid;
	int tell; /* closed when it may end */
} helpers[MOST_HELPERS];
static int n_helpers;

static void pause_a_moment(void)
{
	static const struct timespec moment = { .tv_nsec = LOOK_NS };

	nanosleep(&moment, NULL);
}

/* Whether WAITERS requests are blocked on the file. */
static bool blocked_on(const char *file, int waiters)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256], inode[64];
	struct stat st;
	int n = 0;

	if (stat(file, &st) == 0)
		snprintf(inode, sizeof(inode), ":%lu ", (unsigned long)st.st_ino);
	while (locks && fgets(line, sizeof(line), locks))
		n += strstr(line, "-> ") && strstr(line, inode);
	if (locks)
		fclose(locks);
	return n >= waiters;
}

/* Forks a helper; gives true in it, with the descriptor on which it hears that it may end, and one
 * on which it tells that it is ready. */
static bool help(int *hear, int *ready)
{
	int to[2], from[2];
	char byte;
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < n_helpers; i++)
			raw_close(helpers[i].tell);
		raw_close(to[1]);
		raw_close(from[0]);
		*hear = to[0];
		*ready = from[1];
		return true;
	}
	raw_close(to[0]);
	raw_close(from[1]);
	helpers[n_helpers].pid = pid;
	helpers[n_helpers++].tell = to[1];
	if (read(from[0], &byte, 1) != 1)
		violation("the helper is not ready");
	raw_close(from[0]);
	return false;
}

static void is_ready(int ready)
{
	if (write(ready, "", 1) != 1)
		_exit(1);
}

static void await(int hear)
{
	char byte;

	while (read(hear, &byte, 1) < 0 && errno == EINTR)
		;
}

static bool held;

bool was_held(void)
{
	return held;
}

void hold(const char *file, char lock, int waiters)
{
	int hear, ready, fd;

	held = true;
	if (!help(&hear, &ready))
		return;
	fd = raw_open(file, O_RDWR);
	if (fd < 0 || raw_flock(fd, (lock == 'x' ? LOCK_EX : LOCK_SH) | LOCK_NB))
		_exit(1);
	is_ready(ready);
	for (int i = 0; i < LOOKS && waiters && !blocked_on(file, waiters); i++)
		pause_a_moment();
	if (!waiters)
		await(hear);
	/* Those who see that somebody waits stand where they are by then. */
	pause_a_moment();
	_exit(0);
}

void queue(const char *file)
{
	struct flock64 stand = { .l_type = F_WRLCK, .l_start = 1LL << 62, .l_len = 1 };
	int hear, ready, fd;

	if (!help(&hear, &ready))
		return;
	fd = raw_open(file, O_RDWR);
	if (fd < 0 || fcntl(fd, F_OFD_SETLK, &stand))
		_exit(1);
	is_ready(ready);
	raw_flock(fd, LOCK_EX);
	_exit(0);
}

void look_for(const char *file, bool makes)
{
	int hear, ready;

	unlink(file);
	if (!help(&hear, &ready))
		return;
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	if (H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT) >= 0)
		_exit(1);
	is_ready(ready);
	for (int i = 0; i < MAKES && makes; i++)
		pause_a_moment();
	if (makes)
		H5Fclose(H5Fcreate(file, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT));
	else
		await(hear);
	_exit(0);
}

void inherit(void)
{
	int hear, ready;

	if (!help(&hear, &ready))
		return;
	is_ready(ready);
	await(hear);
	_exit(0);
}

void release(void)
{
	for (int i = 0; i < n_helpers; i++) {
		raw_close(helpers[i].tell);
		while (waitpid(helpers[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	n_helpers = 0;
}
