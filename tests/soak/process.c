/* SPDX-License-Identifier: BSD-3-Clause */
/* Visits in which a process forks, and in which it has no descriptors left. */
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_US = 20000, HIGHEST_FD = 64 };

/* What a child may do that has not asked for the file it has open.  The last ones do not come back.
 */
static void be_a_child(unsigned int kind)
{
	static char *const arguments[] = { "true", NULL };

	if (kind == 0)
		for (int fd = 3; fd < HIGHEST_FD; fd++)
			close(fd);
	if (kind == 1)
		execv("/bin/true", arguments);
	dawdle(CHILD_US);
	_exit(0);
}

static pid_t start_child(void)
{
	static char *const arguments[] = { "true", NULL };
	unsigned int kind = any(4);
	pid_t pid;

	if (kind == 3) {
		pid = vfork();
		if (pid == 0) {
			execv("/bin/true", arguments);
			_exit(1);
		}
		return pid;
	}
	pid = fork();
	if (pid == 0)
		be_a_child(kind);
	return pid;
}

/* A fork in the middle: the lock stays this process's alone, until it closes the file. */
int visit_fork(int file)
{
	static struct record record;
	bool writes = any(2);
	int outcome;
	hid_t id;

	file %= DATA_FILES;
	if (writes)
		record_intend(file);
	id = visit_open(file, writes ? H5F_ACC_RDWR : H5F_ACC_RDONLY, H5P_DEFAULT, 0, &outcome);
	if (id < 0) {
		if (writes)
			record_forget(file);
		return outcome;
	}
	visit_enter(file, writes ? WRITES : READS);
	if (start_child() < 0)
		fault("failed", "fork: %s", strerror(errno));
	dawdle(2000);
	if (record_read(id, &record))
		fault("lost", "%s has no record", file_name(file));
	else if (record_check(file, &record) && writes)
		me->torn++;
	if (writes) {
		record_advance(file, &record);
		record_write(file, id, &record, 0);
	}
	visit_leave(file);
	visit_close(file, id);
	if (writes)
		record_done(file);
	return DONE;
}

/* A child that opens a file by itself. */
int visit_child(int file)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		static struct slot mine;

		me = &mine;
		_exit(data_read_quietly(file % DATA_FILES) ? 1 : mine.faults ? 2 : 0);
	}
	if (pid < 0)
		fault("failed", "fork: %s", strerror(errno));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && (!WIFEXITED(status) || WEXITSTATUS(status)))
		fault("failed", "a child can't open %s, or read it: status %x",
		      file_name(file % DATA_FILES), (unsigned int)status);
	return DONE;
}

void process_reap(bool wait)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, wait ? 0 : WNOHANG);
	while (pid > 0 || (pid < 0 && errno == EINTR));
}

static int count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

void process_count_fds(void)
{
	static int at_first;
	int now = count_fds();

	if (!at_first)
		at_first = now;
	if (now != at_first)
		fault("left", "%d descriptors, %d at first", now, at_first);
}

/* The least number that is free. */
static int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

/* From none to three descriptors: it opens the file, or fails, and nothing stays behind. */
int visit_no_fds(int file)
{
	struct rlimit limit, few;
	int outcome;
	hid_t id;

	file %= DATA_FILES;
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = (rlim_t)next_fd() + any(4);
	setrlimit(RLIMIT_NOFILE, &few);
	id = visit_open(file, any(2) ? H5F_ACC_RDWR : H5F_ACC_RDONLY, H5P_DEFAULT, MAY_LACK_FDS,
			&outcome);
	if (id >= 0)
		visit_close(file, id);
	setrlimit(RLIMIT_NOFILE, &limit);
	process_count_fds();
	return outcome;
}
