/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/report.h"

#include "report/settings.h"
#include "system/libc.h"
#include "system/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* A long path and a sentence; what is longer is cut, for one message is one write().  A program may
 * call itself anything (exec -a, setproctitle()). */
enum { LINE_MAX_BYTES = PATH_MAX + 1024, LONGEST_PROGRAM = 255 };

/* The regular file that standard error was when this library was loaded; inode 0: it was none. */
static struct {
	dev_t dev;
	ino_t ino;
} first_stderr;

/* Here and not at the first message: by then the program may have closed it, and opened a file. */
__attribute__((constructor)) void report_remember_stderr(void)
{
	int saved_errno = errno;
	struct stat st;
	bool regular = fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);

	first_stderr.dev = regular ? st.st_dev : 0;
	first_stderr.ino = regular ? st.st_ino : 0;
	errno = saved_errno;
}

int report_wanted(enum report_level level)
{
	return settings()->verbose >= (int)level;
}

/* Where the program has closed its standard error, the number may be a data file's by now.  All
 * that is opened for HDF5 here is close-on-exec, and standard error never is; and a regular file is
 * only what it was from the start. */
static bool has_stderr(void)
{
	int flags = fcntl(STDERR_FILENO, F_GETFD);
	struct stat st;

	if (flags < 0 || flags & FD_CLOEXEC || fstat(STDERR_FILENO, &st))
		return false;
	if (S_ISREG(st.st_mode))
		return st.st_ino == first_stderr.ino && st.st_dev == first_stderr.dev;
	return S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
}

/* A pipe that nobody reads any more must not end the program.  Returns whether it is written. */
static bool write_line(int fd, const char *line, size_t length)
{
	sigset_t pipe, pending, before;
	bool written;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	written = libc_write(fd, line, length) >= 0;
	if (!written && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
		struct timespec at_once = { 0 };

		sigtimedwait(&pipe, NULL, &at_once);
	}
	if (!sigismember(&before, SIGPIPE))
		sigprocmask(SIG_UNBLOCK, &pipe, NULL);
	return written;
}

/* One message's line, with its newline; returns its length. */
static size_t make_line(char line[LINE_MAX_BYTES], const char *format, va_list args)
{
	struct text text;
	size_t length;

	text_begin(&text, line, LINE_MAX_BYTES - 1);
	text_add(&text, "lockedh5: %.*s[%d]: ", LONGEST_PROGRAM, program_invocation_short_name,
		 (int)getpid());
	text_add_list(&text, format, args);
	/* A file's name may have line breaks, and worse. */
	text_make_printable(line);
	length = strlen(line);
	line[length++] = '\n';
	return length;
}

__attribute__((format(printf, 1, 2))) static void say_on_stderr(const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;
	size_t length;

	if (!has_stderr())
		return;
	va_start(args, format);
	length = make_line(line, format, args);
	va_end(args);
	write_line(STDERR_FILENO, line, length);
}

/* The log's name with %p, %h and %% filled in; settings.c has made sure that there is no other.
 * For each message anew: a forked child has its own %p.  False if it is too long. */
static bool log_name(char *name, size_t size, const char *log)
{
	struct utsname host;
	struct text text;

	text_begin(&text, name, size);
	for (; *log; log++) {
		bool is_field = *log == '%';

		log += is_field;
		if (is_field && *log == 'p')
			text_add(&text, "%d", (int)getpid());
		else if (is_field && *log == 'h')
			text_add(&text, "%s", uname(&host) ? "" : host.nodename);
		else
			text_add(&text, "%c", *log);
	}
	return !text.cut;
}

/* The descriptor to write to, or a negative errno.  Whatever stands at that name, nothing waits for
 * it, and no disk is written to. */
static int open_named(const char *name)
{
	int fd = libc_open(name,
			   O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
				   O_NONBLOCK,
			   0666);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || S_ISBLK(st.st_mode)) {
		libc_close(fd);
		return -ENXIO;
	}
	return fd;
}

/* Closed again after the message, so that none is left behind. */
static int open_log(const char *log)
{
	static atomic_flag complained = ATOMIC_FLAG_INIT;
	char name[PATH_MAX];
	int fd = log_name(name, sizeof(name), log) ? open_named(name) : -ENAMETOOLONG;

	if (fd < 0 && !atomic_flag_test_and_set(&complained))
		say_on_stderr(SETTING_LOG
			      "='%s' can't be opened (%s); messages go to standard error",
			      name, fd == -ELOOP ? "it is a symbolic link" : strerror(-fd));
	return fd;
}

void report(enum report_level level, const char *format, ...)
{
	const char *log = settings()->log;
	int saved_errno = errno;
	char line[LINE_MAX_BYTES];
	bool written = false;
	size_t length;
	va_list args;
	int fd;

	if (!report_wanted(level))
		return;
	va_start(args, format);
	length = make_line(line, format, args);
	va_end(args);
	fd = log ? open_log(log) : -1;
	if (fd >= 0) {
		written = write_line(fd, line, length);
		libc_close(fd);
	}
	if (!written && has_stderr())
		write_line(STDERR_FILENO, line, length);
	errno = saved_errno;
}
