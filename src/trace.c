#include "trace.h"

#include "libc.h"
#include "report.h"
#include "settings.h"

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

/* No byte becomes more than six; a path, the two names that introduce a process, and numbers. */
enum { LONGEST_NAME = 255, LINE_BYTES = 6 * (PATH_MAX + 2 * LONGEST_NAME) + 512 };

struct line {
	size_t used;
	char text[LINE_BYTES];
};

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

/* How many bytes at TEXT are one character of UTF-8 (RFC 3629), or 0. */
static int utf8_length(const unsigned char *text)
{
	unsigned int first = text[0], second = text[1];
	int length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (length == 1)
		return 1;
	if (first < 0xc2 || first > 0xf4 || (second & 0xc0) != 0x80)
		return 0;
	/* Too long a way to write it, half a surrogate pair, beyond Unicode. */
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
		return 0;
	for (int i = 2; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Appends NAME as a JSON string; at most LIMIT bytes of it.  A byte that is not UTF-8, which JSON
 * can't hold, is shown as \xE9. */
static void add_name(struct line *l, const char *name, size_t limit)
{
	const unsigned char *p = (const unsigned char *)name, *end = p + strnlen(name, limit);
	char *to = l->text + l->used;

	*to++ = '"';
	while (p < end) {
		int length = utf8_length(p);

		if (!length)
			to += sprintf(to, "\\\\x%02X", *p++);
		else if (*p < ' ')
			to += sprintf(to, "\\u%04x", *p++);
		else if (*p == '"' || *p == '\\')
			to += sprintf(to, "\\%c", *p++);
		else
			while (length--)
				*to++ = (char)*p++;
	}
	*to++ = '"';
	l->used = (size_t)(to - l->text);
}

/* Opened for each event: a descriptor of ours that stays might surprise the program, or be closed
 * by it.  Returns it or a negative errno. */
static int open_trace(void)
{
	struct utsname host;
	char name[PATH_MAX];
	int length, fd;

	if (uname(&host))
		return -errno;
	length = snprintf(name, sizeof(name), "%s/%s-%d.trace", settings()->trace, host.nodename,
			  (int)getpid());
	if (length >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = libc_open(name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		       0666);
	return fd < 0 ? -errno : fd;
}

/* One write(), so that threads don't mix their lines.  Returns 0 or a negative errno. */
static int append(const char *text, size_t length)
{
	int fd = open_trace();
	ssize_t written;
	int rc = 0;

	if (fd < 0)
		return fd;
	written = write(fd, text, length);
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
static void introduce(struct line *l)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	unsigned long long image = 0;
	struct utsname host;

	if (introduced == getpid() || uname(&host))
		return;
	if (random)
		memcpy(&image, random, sizeof(image));
	l->used = (size_t)sprintf(l->text, "%lld\t%d\t%llx\tprocess\t", (long long)trace_now(),
				  (int)getpid(), image);
	add_name(l, host.nodename, LONGEST_NAME);
	l->text[l->used++] = '\t';
	add_name(l, program_invocation_short_name, LONGEST_NAME);
	l->text[l->used++] = '\n';
}

/* Where something begins.  BEFORE_NAME are the columns between the time and the name. */
static void begin(const char *before_name, const char *name)
{
	struct line l = { .used = 0 };
	int64_t now = trace_now();
	int rc;

	introduce(&l);
	l.used += (size_t)sprintf(l.text + l.used, "%lld\t%d\t%s\t", (long long)now,
				  (int)thread_id(), before_name);
	add_name(&l, name, PATH_MAX);
	l.text[l.used++] = '\n';
	rc = append(l.text, l.used);
	if (rc)
		complain(-rc);
	else
		introduced = getpid();
}

/* Where something that has begun changes or ends, WHAT, at TIME.  Little is done here, for it may
 * be in a signal handler; the merger has the name. */
static void note(int64_t time, const char *descriptor, const char *what)
{
	char text[128];
	int length;

	if (introduced != getpid())
		return;
	/* glibc's snprintf() neither allocates nor locks for strings and integers. */
	length = snprintf(text, sizeof(text), "%lld\t%d\t%s\t%s\n", (long long)time,
			  (int)thread_id(), descriptor, what);
	append(text, (size_t)length);
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

/* The path of the file that FD refers to, as the kernel knows it: absolute, without links, and the
 * same whatever name it was opened by. */
static void path_of(int fd, char *path)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	if (length < 0)
		length = snprintf(path, PATH_MAX, "descriptor %d", fd);
	path[length] = 0;
}

void trace_hold(int fd, dev_t dev, ino_t ino, bool exclusive)
{
	int saved_errno = errno;
	char path[PATH_MAX], columns[128];

	if (!settings()->trace)
		return;
	path_of(fd, path);
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
