#include "report.h"

#include "libc.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* A long path and a sentence; what is longer is cut, for one message is one write(). */
#define LINE_MAX_BYTES (PATH_MAX + 1024)

int report_wanted(enum report_level level)
{
	return settings()->verbose >= (int)level;
}

/* The log's name with %p, %h and %% filled in; settings.c has made sure that there is no other.
 * For each message anew: a forked child has its own %p. */
static void log_name(char *name, size_t size, const char *log)
{
	struct utsname host;
	size_t used = 0;

	for (; *log && used < size - 1; log++) {
		char field[sizeof(host.nodename)] = { *log };

		if (*log == '%') {
			log++;
			if (*log == 'p')
				snprintf(field, sizeof(field), "%d", (int)getpid());
			else if (*log == 'h' && uname(&host) == 0)
				memcpy(field, host.nodename, sizeof(field));
		}
		used += (size_t)snprintf(name + used, size - used, "%s", field);
	}
}

/* The descriptor to write to; closed again after the message, so that none is left behind. */
static int open_log(const char *log)
{
	static atomic_flag complained = ATOMIC_FLAG_INIT;
	char name[PATH_MAX];
	int fd;

	log_name(name, sizeof(name), log);
	fd = libc_open(name,
		       O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
			       O_NONBLOCK,
		       0666);
	if (fd < 0 && !atomic_flag_test_and_set(&complained))
		dprintf(STDERR_FILENO,
			"lockedh5: %s[%d]: " SETTING_LOG
			"='%s' can't be opened (%s); messages go to standard error\n",
			program_invocation_short_name, (int)getpid(), name,
			errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	return fd;
}

/* Where the program has closed its standard error, the number may be a data file's by now: all that
 * is opened for HDF5 here is close-on-exec, and standard error never is. */
static bool has_stderr(void)
{
	return !(fcntl(STDERR_FILENO, F_GETFD) & FD_CLOEXEC);
}

/* A pipe that nobody reads any more must not end the program. */
static void write_line(int fd, const char *line, size_t length)
{
	sigset_t pipe, pending, before;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	if (write(fd, line, length) < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
		struct timespec at_once = { 0 };

		sigtimedwait(&pipe, NULL, &at_once);
	}
	if (!sigismember(&before, SIGPIPE))
		sigprocmask(SIG_UNBLOCK, &pipe, NULL);
}

void report(enum report_level level, const char *format, ...)
{
	const char *log = settings()->log;
	int saved_errno = errno;
	char line[LINE_MAX_BYTES];
	int used, fd = -1;
	va_list args;

	if (!report_wanted(level))
		return;
	used = snprintf(line, sizeof(line), "lockedh5: %s[%d]: ", program_invocation_short_name,
			(int)getpid());
	va_start(args, format);
	/* glibc's vsnprintf() neither allocates nor locks for strings and integers. */
	used += vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
	va_end(args);
	if (used > (int)sizeof(line) - 2)
		used = sizeof(line) - 2;
	/* A file's name may have line breaks, and worse. */
	for (int i = 0; i < used; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = '?';
	line[used++] = '\n';

	if (log)
		fd = open_log(log);
	if (fd >= 0 || has_stderr())
		write_line(fd < 0 ? STDERR_FILENO : fd, line, (size_t)used);
	if (fd >= 0)
		libc_close(fd);
	errno = saved_errno;
}
