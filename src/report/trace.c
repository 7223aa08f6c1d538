/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/trace.h"

#include "report/job.h"
#include "report/report.h"
#include "report/settings.h"
#include "system/libc.h"
#include "system/proc.h"
#include "system/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* No byte becomes more than six; a path, the names that introduce a process, and numbers. */
enum { LONGEST_NAME = 255, LINE_BYTES = 6 * (PATH_MAX + 2 * LONGEST_NAME + JOB_BYTES) + 512 };

/* The process whose file begins with who it is.  A forked child is another one. */
static _Atomic pid_t introduced;

int64_t trace_now(void)
{
	struct timespec now;

	if (!settings()->trace)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static pid_t thread_id(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Opened for each event: a descriptor of ours that stays might surprise the program, or be closed
 * by it.  Returns it or a negative errno.  The program has the lock in hand, and others wait for
 * it: nothing that could make it wait, as a pipe without a reader does, is written to. */
static int open_trace(void)
{
	struct utsname host;
	char name[PATH_MAX];
	struct text text;
	struct stat st;
	int fd;

	if (uname(&host))
		return -errno;
	text_begin(&text, name, sizeof(name));
	text_add(&text, "%s/%s-%d.trace", settings()->trace, host.nodename, (int)getpid());
	if (text.cut)
		return -ENAMETOOLONG;
	fd = libc_open(name,
		       O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
			       O_NONBLOCK,
		       0666);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		libc_close(fd);
		return -ENXIO;
	}
	return fd;
}

/* One write(), so that threads don't mix their lines.  Returns 0 or a negative errno. */
static int append(const char *text, size_t length)
{
	int fd = open_trace();
	ssize_t written;
	int rc = 0;

	if (fd < 0)
		return fd;
	written = libc_write(fd, text, length);
	if (written < 0)
		rc = -errno;
	else if ((size_t)written < length)
		rc = -ENOSPC;
	libc_close(fd);
	return rc;
}

static void complain(int error)
{
	static atomic_flag complained = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&complained))
		report(REPORT_PROBLEM,
		       SETTING_TRACE "='%s' can't be written (%s); the timeline will lack this "
				     "process, or end early",
		       settings()->trace, strerror(error));
}

/* Who this process is, before its first event.  Two threads may both do it: the random bytes that
 * the kernel gives each program it starts tell the merger that it is one process, and not another
 * one that got the same number later. */
static void introduce(struct text *line)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	unsigned long long image = 0;
	struct utsname host;
	char job[JOB_BYTES];

	if (introduced == getpid() || uname(&host))
		return;
	if (random)
		memcpy(&image, random, sizeof(image));
	text_add(line, "%lld\t%d\t%llx\tprocess\t", (long long)trace_now(), (int)getpid(), image);
	text_add_json(line, host.nodename, LONGEST_NAME);
	text_add(line, "\t");
	text_add_json(line, program_invocation_short_name, LONGEST_NAME);
	/* A number: whoever reads it may look for the name, for which libc loads modules. */
	text_add(line, "\t%u\t", (unsigned int)geteuid());
	job_name(job, sizeof(job));
	text_add_json(line, job, sizeof(job));
	text_add(line, "\n");
}

/* Where something begins.  BEFORE_NAME are the columns between the time and the name. */
static void begin(const char *before_name, const char *name)
{
	char buffer[LINE_BYTES];
	int64_t now = trace_now();
	struct text line;
	int rc;

	text_begin(&line, buffer, sizeof(buffer));
	introduce(&line);
	text_add(&line, "%lld\t%d\t%s\t", (long long)now, (int)thread_id(), before_name);
	text_add_json(&line, name, PATH_MAX);
	text_add(&line, "\n");
	rc = append(buffer, line.used);
	if (rc)
		complain(-rc);
	else
		introduced = getpid();
}

/* Where something that has begun changes or ends, WHAT, at TIME.  Little is done here, for it may
 * be in a signal handler; the merger has the name. */
static void note(int64_t time, const char *descriptor, const char *what)
{
	char buffer[128];
	struct text line;

	if (introduced != getpid())
		return;
	text_begin(&line, buffer, sizeof(buffer));
	text_add(&line, "%lld\t%d\t%s\t%s\n", (long long)time, (int)thread_id(), descriptor, what);
	append(buffer, line.used);
}

static const char *mode_of(bool exclusive)
{
	return exclusive ? "exclusive" : "shared";
}

void trace_wait(const char *name, bool exclusive)
{
	int saved_errno = errno;
	char path[PATH_MAX], columns[64];

	if (!settings()->trace)
		return;
	snprintf(columns, sizeof(columns), "-\twait\t%s", mode_of(exclusive));
	begin(columns, realpath(name, path) ? path : name);
	errno = saved_errno;
}

void trace_wait_over(int result)
{
	int saved_errno = errno;
	const char *what = "failed";

	if (!settings()->trace)
		return;
	if (result == 0)
		what = "got";
	else if (result == -EAGAIN)
		what = "gave-up";
	else if (result == -EINTR)
		what = "interrupted";
	else if (result == -ESTALE)
		what = "replaced";
	note(trace_now(), "-", what);
	errno = saved_errno;
}

void trace_hold(int fd, dev_t dev, ino_t ino, bool exclusive)
{
	int saved_errno = errno;
	char path[PATH_MAX], columns[128];

	if (!settings()->trace)
		return;
	if (proc_path(fd, path, sizeof(path)) < 0)
		snprintf(path, sizeof(path), "descriptor %d", fd);
	snprintf(columns, sizeof(columns), "%d\thold\t%s\t%llu\t%llu", fd, mode_of(exclusive),
		 (unsigned long long)dev, (unsigned long long)ino);
	begin(columns, path);
	errno = saved_errno;
}

void trace_change(int fd, int64_t before, bool exclusive)
{
	int saved_errno = errno;
	char descriptor[16], what[64];

	if (!settings()->trace)
		return;
	snprintf(descriptor, sizeof(descriptor), "%d", fd);
	snprintf(what, sizeof(what), "change\t%lld\t%s", (long long)trace_now(),
		 mode_of(exclusive));
	note(before, descriptor, what);
	errno = saved_errno;
}

void trace_release(int fd, int64_t before)
{
	int saved_errno = errno;
	char descriptor[16];

	if (!settings()->trace)
		return;
	snprintf(descriptor, sizeof(descriptor), "%d", fd);
	note(before, descriptor, "release");
	errno = saved_errno;
}
