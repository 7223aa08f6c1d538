/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs one scenario between its marks and checks what must hold whichever system call has failed:
 *
 *   client SCENARIO      in a folder with data.h5, link.h5...
 *   client --list        the scenarios that this HDF5 can
 *   client --make        the files
 *
 * It prints "succeeded" or "failed REASON", and a line "VIOLATION ..." for everything that does not
 * hold.  $INJECTED_ERRNO is the errno that the reason has to name. */
#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { BEGIN = -4242, END = -4243, FILES = 4, ERRORS = 7 };

static const struct scenario *scenario;
static bool failed_once, repeating;

/* --- what must be as it was ------------------------------------------------------- */

struct content {
	const char *file;
	char *bytes;
	long size; /* -1: there is none */
};

static struct content unharmed[FILES], same[FILES];

static void read_content(struct content *c, const char *file)
{
	int fd = raw_open(file, O_RDONLY);
	struct stat st;

	*c = (struct content){ .file = file, .size = -1 };
	if (fd < 0 || fstat(fd, &st))
		return;
	c->size = st.st_size;
	c->bytes = malloc((size_t)c->size + 1);
	if (read(fd, c->bytes, (size_t)c->size) != c->size)
		c->size = -2;
	raw_close(fd);
}

static bool is_content(const struct content *c)
{
	struct content now;
	bool is;

	read_content(&now, c->file);
	is = now.size == c->size && (c->size <= 0 || !memcmp(now.bytes, c->bytes, (size_t)c->size));
	free(now.bytes);
	return is;
}

void expect_unharmed(const char *file)
{
	if (repeating)
		return;
	for (int i = 0; i < FILES; i++)
		if (!unharmed[i].file || !strcmp(unharmed[i].file, file)) {
			read_content(&unharmed[i], file);
			return;
		}
}

void expect_same(const char *file)
{
	if (repeating)
		return;
	for (int i = 0; i < FILES; i++)
		if (!same[i].file || !strcmp(same[i].file, file)) {
			read_content(&same[i], file);
			return;
		}
}

static void check_files(void)
{
	for (int i = 0; i < FILES; i++) {
		if (unharmed[i].file && failed_once && !is_content(&unharmed[i]))
			violation("%s is not as it was, though the call failed", unharmed[i].file);
		if (same[i].file && !is_content(&same[i]))
			violation("%s is not as it was", same[i].file);
	}
}

/* The open descriptors, the locks that this process has, its timers and its signals: in words. */
static void append_lines(char *text, size_t size, const char *file, const char *const starts[])
{
	FILE *f = fopen(file, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		for (int i = 0; starts[i]; i++)
			if (!strncmp(line, starts[i], strlen(starts[i])))
				strncat(text, line, size - strlen(text) - 1);
	if (f)
		fclose(f);
}

static bool may_have_ticket;

void expect_ticket(void)
{
	may_have_ticket = true;
}

/* A socket with a name of the library's. */
static bool is_ticket(int fd)
{
	struct sockaddr_un name = { 0 };
	socklen_t size = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &size) == 0 &&
	       !strncmp(name.sun_path + 1, "lockedh5.", 9);
}

static void append_descriptors(char *text, size_t size)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char link[300], target[512], line[1024];
		ssize_t length;

		snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
		length = readlink(link, target, sizeof(target) - 1);
		if (length < 0 || atoi(entry->d_name) == dirfd(dir))
			continue;
		if (may_have_ticket && is_ticket(atoi(entry->d_name)))
			continue;
		target[length] = 0;
		snprintf(line, sizeof(line), "%s=%s\n", entry->d_name, target);
		strncat(text, line, size - strlen(text) - 1);
	}
	if (dir)
		closedir(dir);
}

static char *state(void)
{
	static const char *const of_status[] = { "SigBlk:", "SigIgn:",	"SigCgt:", "SigPnd:",
						 "ShdPnd:", "Threads:", NULL };
	static const char *const of_timers[] = { "ID:", NULL };
	char *text = calloc(1, 16384);

	append_descriptors(text, 16384);
	append_lines(text, 16384, "/proc/self/status", of_status);
	append_lines(text, 16384, "/proc/self/timers", of_timers);
	return text;
}

static void check_state(const char *before)
{
	char *now = state();

	for (char *line = now; line && *line;) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = 0;
		if (!strstr(before, line))
			violation("is left or changed: %s", line);
		line = next;
	}
	free(now);
}

/* --- outcomes ------------------------------------------------------------------------ */

void violation(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("VIOLATION %s", repeating ? "(in the second call) " : "");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

static char reason[16384];

/* What went to standard error so far: a pipe, since the library writes into no file that became it.
 */
static int from_stderr = -1;

static void append_stderr(void)
{
	static char said[8192];
	static size_t used;
	long n;

	while (used < sizeof(said) - 1 &&
	       (n = syscall(SYS_read, from_stderr, said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)n;
	if (strlen(reason) + used + 5 < sizeof(reason))
		strcat(strcat(reason, " || "), said);
}

void expect_lock(const char *file, char lock, const char *when)
{
	char now = raw_lock_on(file);

	reason[0] = 0;
	append_stderr();
	if (strstr(reason, "stays locked until this process's children have ended"))
		return;
	/* A lock that could not be made weaker harms nobody; that it ends is looked at later. */
	if (now != lock && !(lock == 's' && now == 'x'))
		violation("%s: the lock on %s is '%c' instead of '%c'", when, file, now, lock);
}

static herr_t append_reason(unsigned n, const H5E_error2_t *entry, void *data)
{
	(void)n, (void)data;
	if (entry->desc && strlen(reason) + strlen(entry->desc) + 4 < sizeof(reason))
		strcat(strcat(reason, " | "), entry->desc);
	return 0;
}

/* Exclusive, or standard error says that it isn't. */
static void expect_lock_or_word(const char *file)
{
	reason[0] = 0;
	append_stderr();
	if (raw_lock_on(file) != 'x' && !strstr(reason, "unlocked"))
		violation("it is unlocked, and nobody is told");
}

/* It has to name the error that was injected, or be what the scenario is about. */
static void check_reason(void)
{
	const char *error = getenv("INJECTED_ERRNO");
	char number[32];

	append_stderr();
	for (char *c = reason; *c; c++)
		if (*c == '\n')
			*c = ' ';
	printf("failed%s\n", reason);
	if (!error || scenario->fails || repeating)
		return;
	/* Whoever waits may have waited for too long, on a busy machine. */
	if (was_held() && strstr(reason, "it is held by"))
		return;
	snprintf(number, sizeof(number), "errno = %s", error);
	if (!strstr(reason, number) && !strstr(reason, strerror(atoi(error))))
		violation("no reason that names errno %s (%s):%s", error, strerror(atoi(error)),
			  reason);
}

bool expect_outcome(hid_t result, const char *file, char lock)
{
	if (result >= 0) {
		printf("succeeded\n");
		if (lock == 'u')
			expect_lock_or_word(file);
		else if (lock)
			expect_lock(file, lock, "after the call succeeded");
		return true;
	}
	failed_once = true;
	reason[0] = 0;
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, append_reason, NULL);
	if (repeating)
		violation("it still fails:%s", reason);
	check_reason();
	return false;
}

/* --- marks -------------------------------------------------------------------------- */

void begin(void)
{
	if (!repeating)
		syscall(SYS_close, BEGIN);
	errno = 0;
}

void end(void)
{
	int saved_errno = errno;

	if (!repeating)
		syscall(SYS_close, END);
	errno = saved_errno;
}

/* --- files ---------------------------------------------------------------------------- */

static int make_files(void)
{
	hsize_t size = 100;
	hid_t space = H5Screate_simple(1, &size, NULL), file, list;
	int numbers[100];

	for (int i = 0; i < 100; i++)
		numbers[i] = i + 1;
	for (int i = 0; i < 2; i++) {
		hid_t set;

		list = H5Pcreate(H5P_FILE_ACCESS);
		if (i)
			H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
		file = H5Fcreate(i ? "latest.h5" : "data.h5", H5F_ACC_TRUNC, H5P_DEFAULT, list);
		set = H5Dcreate2(file, "data", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT,
				 H5P_DEFAULT);
		H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
		H5Dclose(set);
		H5Fclose(file);
	}
	file = H5Fcreate("link.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external("data.h5", "/data", file, "out", H5P_DEFAULT, H5P_DEFAULT);
#if H5_VERSION_GE(1, 10, 0)
	list = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_virtual(list, space, "data.h5", "data", space);
	H5Dclose(
		H5Dcreate2(file, "virtual", H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT));
#endif
	return H5Fclose(file) < 0;
}

/* --- all of it -------------------------------------------------------------------------- */

static int list(void)
{
	for (const struct scenario *s = scenarios; s->name; s++)
		printf("%s\n", s->name);
	return 0;
}

static void choose(const char *name)
{
	for (scenario = scenarios; scenario->name && strcmp(scenario->name, name); scenario++)
		;
	if (!scenario->name) {
		fprintf(stderr, "no scenario %s\n", name);
		exit(2);
	}
	for (int i = 0; i < 5 && scenario->settings[i]; i++)
		putenv((char *)scenario->settings[i]);
}

static void run_once(void)
{
	if (scenario->prepare)
		scenario->prepare();
	scenario->act();
	release();
	expect_lock("data.h5", '-', "at the end");
	expect_lock("new.h5", '-', "at the end");
}

int main(int argc, char *argv[])
{
	char *before;
	int ends[2];

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "--list"))
		return list();
	if (!strcmp(argv[1], "--make"))
		return make_files();
	choose(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0); /* for children */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		exit(2);
	from_stderr = ends[0];
	dup3(ends[1], STDERR_FILENO, 0);
	raw_close(ends[1]);
	H5open();
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	before = state();
	/* From here on the tracer looks at every call. */
	if (getenv("PRELOAD"))
		raise(SIGTRAP);
	run_once();
	check_state(before);
	check_files();
	repeating = true;
	if (failed_once && scenario->again) {
		run_once();
		check_state(before);
	}
	free(before);
	return 0;
}
