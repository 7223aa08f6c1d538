/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that run to their end, and the folder and the environment that they run in. */
#include "start.h"
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- a test program ------------------------------------------------------- */

static SRunner *runner;
static bool preloading = true; /* programs that are started get the library */

TCase *group(const char *name)
{
	Suite *suite = suite_create(name);
	TCase *tests = tcase_create(name);

	/* One test may wait several times in a row. */
	tcase_set_timeout(tests, 2 * PATIENCE);
	tcase_add_checked_fixture(tests, folder_enter, folder_leave);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	return tests;
}

bool wanted(const char *test)
{
	const char *only = getenv("LOCKEDH5_TEST_ONLY"), *found = only;
	size_t length = strlen(test);

	if (!only || !*only)
		return true;
	for (; (found = strstr(found, test)); found++)
		if ((found == only || found[-1] == ',') && (!found[length] || found[length] == ','))
			return true;
	return false;
}

int group_run(void)
{
	int failed;

	srunner_run_all(runner, CK_VERBOSE);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

bool needs(const char *test, const char *command, const char *reason)
{
	const char *suffix = strstr(test, "_fn"); /* Check appends it to a test's name */
	int length = suffix ? (int)(suffix - test) : (int)strlen(test);
	bool before = preload(false);
	struct outcome outcome;

	outcome = RUN("sh", "-c", command);
	free(outcome.out);
	free(outcome.err);
	preload(before);
	if (outcome.status == 0)
		return true;
	printf("SKIP %.*s: %s\n", length, test, reason);
	fflush(stdout);
	return false;
}

/* --- one folder per test -------------------------------------------------- */

static char folder[4096];

void folder_enter(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/lockedh5-test-XXXXXX", parent ? parent : "/tmp");
	ck_assert_msg(mkdtemp(folder), "mkdtemp %s: %s", folder, strerror(errno));
	/* Some programs drop to another user. */
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(chdir(folder), 0);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void folder_leave(void)
{
	if (getenv("LOCKEDH5_TEST_COVERAGE"))
		actors_leave();
	ck_assert_int_eq(chdir("/"), 0);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool file_exists(const char *name)
{
	return access(name, F_OK) == 0;
}

long file_size(const char *name)
{
	struct stat status;

	ck_assert_msg(stat(name, &status) == 0, "%s: %s", name, strerror(errno));
	return (long)status.st_size;
}

void file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_msg(file, "%s: %s", name, strerror(errno));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* --- the environment of the programs that a test starts ------------------- */

static struct {
	char *name, *value;
} settings[32];
static size_t n_settings;

void setting(const char *name, const char *value)
{
	size_t i = 0;

	while (i < n_settings && strcmp(settings[i].name, name))
		i++;
	ck_assert(i < sizeof(settings) / sizeof(settings[0]));
	free(settings[i].name);
	free(settings[i].value);
	settings[i].name = strdup(name);
	settings[i].value = value ? strdup(value) : NULL;
	if (i == n_settings)
		n_settings++;
}

bool preload(bool on)
{
	bool before = preloading;

	preloading = on;
	return before;
}

void preload_before(const char *library)
{
	char both[8192];

	snprintf(both, sizeof(both), "%s:%s", library_path(), library);
	preload(false);
	setting("LD_PRELOAD", both);
}

const char *library_path(void)
{
	const char *other = getenv("LOCKEDH5_TEST_LIBRARY");

	return other && *other ? other : LIBRARY;
}

static bool belongs_to_library(const char *entry)
{
	return !strncmp(entry, "LOCKEDH5_", 9) || !strncmp(entry, "HDF5_", 5);
}

/* Only called between fork and exec, so that the test program itself never runs with it. */
static void change_environment(void)
{
	const char *library = library_path();
	char **kept = calloc(1, sizeof(char *)), *value;
	const char *first;
	size_t n = 0;

	for (char **entry = environ; *entry; entry++) {
		if (belongs_to_library(*entry))
			continue;
		kept = realloc(kept, (n + 2) * sizeof(char *));
		kept[n++] = *entry;
		kept[n] = NULL;
	}
	environ = kept;
	for (size_t i = 0; i < n_settings; i++) {
		if (settings[i].value)
			setenv(settings[i].name, settings[i].value, 1);
		else
			unsetenv(settings[i].name);
	}
	if (!preloading)
		return;
	first = getenv("LD_PRELOAD");
	if (asprintf(&value, "%s%s%s", first ? first : "", first && *first ? ":" : "", library) < 0)
		abort();
	setenv("LD_PRELOAD", value, 1);
}

/* --- programs that run to their end --------------------------------------- */

struct process {
	pid_t pid;
	int out, err;
	double started;
};

static void become(int wanted, int standard)
{
	if (wanted >= 0 && dup2(wanted, standard) < 0)
		_exit(126);
}

/* A program starts as from a shell, with three descriptors: valgrind 3.24 takes those of Check and
 * of make for errors of the program. */
static void leave_descriptors(void)
{
	DIR *mine = opendir("/proc/self/fd");
	struct dirent *entry;

	while (mine && (entry = readdir(mine)))
		if (atoi(entry->d_name) > STDERR_FILENO)
			fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
	if (mine)
		closedir(mine);
}

/* A shell ignores some for what it starts in the background, and nohup(1) ignores another. */
static void default_signals(void)
{
	static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		signal(stopping[i], SIG_DFL);
}

pid_t spawn(const char *const argv[], int in, int out, int err)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid)
		return pid;
	become(in, STDIN_FILENO);
	become(out, STDOUT_FILENO);
	become(err, STDERR_FILENO);
	leave_descriptors();
	change_environment();
	default_signals();
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int reap(pid_t pid)
{
	double end = seconds_now() + PATIENCE;
	int status;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (seconds_now() > end) {
			kill(pid, SIGKILL);
			ck_abort_msg("process %d did not end in %d s", (int)pid, PATIENCE);
		}
		usleep(1000);
	}
	ck_assert_msg(ended == pid, "waitpid: %s", strerror(errno));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct process *start(const char *const argv[])
{
	struct process *process = malloc(sizeof(*process));

	/* In memory, so that no program ever blocks because nobody reads what it prints. */
	process->out = memfd_create("stdout", MFD_CLOEXEC);
	process->err = memfd_create("stderr", MFD_CLOEXEC);
	ck_assert(process->out >= 0 && process->err >= 0);
	process->started = seconds_now();
	process->pid = spawn(argv, -1, process->out, process->err);
	return process;
}

pid_t process_pid(const struct process *process)
{
	return process->pid;
}

/* The caller's to free; but who keeps it until the test's end need not: it is known here, so that
 * no sanitizer takes it for lost. */
static char *contents(int fd)
{
	static struct known {
		struct known *next;
		char *text;
	} * known;
	struct known *one = calloc(1, sizeof(*one));
	off_t size = lseek(fd, 0, SEEK_END);

	one->text = calloc(1, (size_t)size + 1);
	ck_assert_int_eq(pread(fd, one->text, (size_t)size, 0), size);
	close(fd);
	one->next = known;
	known = one;
	return one->text;
}

struct outcome finish(struct process *process)
{
	struct outcome outcome;

	outcome.status = reap(process->pid);
	outcome.seconds = seconds_now() - process->started;
	outcome.out = contents(process->out);
	outcome.err = contents(process->err);
	free(process);
	return outcome;
}

struct outcome run(const char *const argv[])
{
	return finish(start(argv));
}

struct process *start_ready(const char *const argv[])
{
	struct process *process = start(argv);
	double end = seconds_now() + PATIENCE;

	while (!file_exists("ready")) {
		ck_assert_msg(seconds_now() < end, "%s does not get ready", argv[0]);
		usleep(2000);
	}
	unlink("ready");
	return process;
}

void stop(struct process *process)
{
	kill(process->pid, SIGKILL);
	finish(process);
}

void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "no \"%s\" in:\n%s", part, text);
}

void succeeds(struct outcome o)
{
	ck_assert_msg(o.status == 0, "status %d: %.3000s%.3000s", o.status, o.out, o.err);
}

void succeeds_silently(struct outcome o)
{
	succeeds(o);
	ck_assert_str_eq(o.err, "");
}

void outputs(struct outcome o, const char *expected)
{
	succeeds(o);
	ck_assert_msg(!strcmp(o.out, expected), "got:\n%sinstead of:\n%s(stderr: %s)", o.out,
		      expected, o.err);
}

void same_without_library(const char *const argv[])
{
	struct outcome with = run(argv), without;
	bool before = preload(false);

	without = run(argv);
	preload(before);
	ck_assert_int_eq(with.status, without.status);
	ck_assert_str_eq(with.out, without.out);
	ck_assert_str_eq(with.err, without.err);
}
