/* SPDX-License-Identifier: BSD-3-Clause */
/* The timeline's lines as a process writes them. */
#include "lock/held.h"
#include "lock/inherited.h"
#include "report/report.h"
#include "report/settings.h"
#include "report/trace.h"

#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

static struct stat st;

/* What the trace of process PID contains; "" if there is none. */
static const char *trace_of(pid_t pid)
{
	static char text[1 << 20];
	struct utsname host;
	char name[512];
	FILE *file;

	uname(&host);
	snprintf(name, sizeof(name), "traces/%s-%d.trace", host.nodename, (int)pid);
	file = fopen(name, "r");
	text[file ? fread(text, 1, sizeof(text) - 1, file) : 0] = 0;
	if (file)
		fclose(file);
	return text;
}

/* The time and the columns after the thread in line N of this process's trace. */
static int64_t line(int n, char *rest)
{
	const char *text = trace_of(getpid());
	int64_t time;
	int thread;

	while (n-- > 0) {
		text = strchr(text, '\n');
		ck_assert_ptr_nonnull(text);
		text++;
	}
	ck_assert_int_eq(sscanf(text, "%" SCNd64 "\t%d\t%[^\n]", &time, &thread, rest), 3);
	ck_assert_int_eq(thread, getpid());
	return time;
}

static int lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void tracing(void)
{
	ck_assert_int_eq(mkdir("traces", 0777), 0);
	setenv(SETTING_TRACE, "traces", 1);
}

static int hold(const char *name, enum held_lock lock)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_eq(flock(fd, (lock == HELD_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_OPEN, lock, NULL), 0);
	return fd;
}

START_TEST(nothing_is_written_without_the_setting)
{
	struct held h;
	int fd, n = 0;
	DIR *here;

	ck_assert_ptr_nonnull(freopen("stderr", "w", stderr));
	report_remember_stderr();
	ck_assert_int_eq(trace_now(), 0);
	trace_wait("a", true);
	trace_wait_over(0);
	fd = hold("a", HELD_EXCLUSIVE);
	ck_assert(held_release(fd, &h));
	here = opendir(".");
	for (struct dirent *entry; (entry = readdir(here));)
		n += entry->d_name[0] != '.';
	closedir(here);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq((int)file_size("stderr"), 0); /* nor tried in vain */
}
END_TEST

/* A file name in a line, as JSON. */
static void expect(char *rest, size_t size, const char *format, const char *name)
{
	char here[2048];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(rest, size, format, here, name);
}

START_TEST(a_wait_is_two_lines)
{
	static const struct {
		int result;
		const char *word;
	} table[] = { { 0, "-\tgot" },
		      { -EAGAIN, "-\tgave-up" },
		      { -EINTR, "-\tinterrupted" },
		      { -ESTALE, "-\treplaced" },
		      { -EIO, "-\tfailed" } };
	char rest[4096], expected[4096];
	int64_t began, ended;

	tracing();
	file_write("a", "");
	for (int i = 0; i < 5; i++) {
		trace_wait("./a", i % 2);
		trace_wait_over(table[i].result);
		began = line(1 + 2 * i, rest);
		expect(expected, sizeof(expected),
		       i % 2 ? "-\twait\texclusive\t\"%s/%s\"" : "-\twait\tshared\t\"%s/%s\"", "a");
		ck_assert_str_eq(rest, expected);
		ended = line(2 + 2 * i, rest);
		ck_assert_str_eq(rest, table[i].word);
		ck_assert_int_ge(ended, began);
	}
	ck_assert_int_eq(lines(trace_of(getpid())), 11);
}
END_TEST

START_TEST(a_process_is_introduced_once)
{
	char rest[4096], expected[1024];
	struct utsname host;
	struct held h;
	int fd;

	tracing();
	setenv("SLURM_ARRAY_JOB_ID", "12", 1);
	setenv("SLURM_ARRAY_TASK_ID", "3", 1);
	for (int i = 0; i < 2; i++) {
		fd = hold("a", HELD_SHARED);
		held_release(fd, &h);
		close(fd);
	}
	uname(&host);
	line(0, rest);
	snprintf(expected, sizeof(expected), "\tprocess\t\"%s\"\t\"%s\"\t%u\t\"slurm 12_3\"",
		 host.nodename, program_invocation_short_name, (unsigned int)geteuid());
	ck_assert_str_eq(strchr(rest, '\t'), expected);
	ck_assert_int_eq(lines(trace_of(getpid())), 5);
}
END_TEST

START_TEST(a_hold_begins_with_the_lock_and_ends_before_it)
{
	char rest[4096], expected[4096], format[256];
	int64_t before, after, time;
	struct held h;
	int fd;

	tracing();
	before = trace_now();
	fd = hold("a", HELD_EXCLUSIVE);
	after = trace_now();
	time = line(1, rest);
	snprintf(format, sizeof(format), "%d\thold\texclusive\t%llu\t%llu\t\"%%s/%%s\"", fd,
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	expect(expected, sizeof(expected), format, "a");
	ck_assert_str_eq(rest, expected);
	ck_assert(before <= time && time <= after);

	before = trace_now();
	ck_assert_int_eq(held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED), 0);
	after = trace_now();
	time = line(2, rest);
	ck_assert(before <= time && time <= after);
	ck_assert_int_eq(sscanf(rest, "%*d\tchange\t%" SCNd64 "\t%255s", &time, format), 2);
	ck_assert(before <= time && time <= after);
	ck_assert_str_eq(format, "shared");

	errno = 77;
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(errno, 77);
	ck_assert(after <= line(3, rest));
	snprintf(expected, sizeof(expected), "%d\trelease", fd);
	ck_assert_str_eq(rest, expected);
}
END_TEST

/* The time of a line is the event's, and not that at which it was written. */
START_TEST(a_lock_is_let_go_after_the_end_of_its_hold)
{
	int64_t released, taken;
	char rest[4096];
	int fd, pipes[2];
	struct held h;
	pid_t child;

	tracing();
	fd = hold("a", HELD_EXCLUSIVE);
	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		int other = open("a", O_RDWR);

		flock(other, LOCK_EX);
		taken = trace_now();
		_exit(write(pipes[1], &taken, sizeof(taken)) != sizeof(taken));
	}
	locks_waiting("a", 1);
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(read(pipes[0], &taken, sizeof(taken)), sizeof(taken));
	released = line(2, rest);
	ck_assert_int_le(released, taken);
}
END_TEST

START_TEST(a_wait_that_succeeds_becomes_a_hold)
{
	char rest[4096];
	int fd = open("a", O_RDWR | O_CREAT, 0666);

	tracing();
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_WAITING, HELD_UNLOCKED, NULL), 0);
	ck_assert_str_eq(trace_of(getpid()), "");
	held_change(fd, HELD_OPENING, HELD_SHARED);
	line(1, rest);
	ck_assert_ptr_nonnull(strstr(rest, "\thold\tshared\t"));
	held_change(fd, HELD_OPEN, HELD_SHARED);
	ck_assert_int_eq(lines(trace_of(getpid())), 2);
}
END_TEST

START_TEST(what_is_not_locked_is_not_in_it)
{
	int fd = open("a", O_RDWR | O_CREAT, 0666);
	struct held h;

	tracing();
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_OPEN, HELD_UNLOCKED, NULL), 0);
	ck_assert(held_release(fd, &h));
	ck_assert_str_eq(trace_of(getpid()), "");
}
END_TEST

/* --- names ---------------------------------------------------------------- */

static const struct {
	const char *name, *json;
} names[] = {
	{ "plain name.h5", "plain name.h5" },
	{ "a\"b\\c", "a\\\"b\\\\c" },
	{ "a\nb\tc\x01\x1f", "a\\u000ab\\u0009c\\u0001\\u001f" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f" },
	/* Latin-1; cut; bytes that are never in UTF-8. */
	{ "caf\xe9", "caf\\\\xE9" },
	{ "a\xc3", "a\\\\xC3" },
	{ "\xe2\x82", "\\\\xE2\\\\x82" },
	{ "\xe2\x82z", "\\\\xE2\\\\x82z" },
	{ "\xf0\x9f\x98", "\\\\xF0\\\\x9F\\\\x98" },
	{ "\x80\xfe\xff", "\\\\x80\\\\xFE\\\\xFF" },
	/* Longer than need be; a surrogate; beyond Unicode. */
	{ "\xc0\xaf", "\\\\xC0\\\\xAF" },
	{ "\xe0\x9f\xbf", "\\\\xE0\\\\x9F\\\\xBF" },
	{ "\xf0\x8f\xbf\xbf", "\\\\xF0\\\\x8F\\\\xBF\\\\xBF" },
	{ "\xed\xa0\x80", "\\\\xED\\\\xA0\\\\x80" },
	{ "\xf4\x90\x80\x80", "\\\\xF4\\\\x90\\\\x80\\\\x80" },
};

START_TEST(names_are_json)
{
	char rest[8192], expected[4096];

	tracing();
	hold(names[_i].name, HELD_EXCLUSIVE);
	line(1, rest);
	expect(expected, sizeof(expected), "\"%s/%s\"", names[_i].json);
	ck_assert_str_eq(strrchr(rest, '\t') + 1, expected);
	trace_wait(names[_i].name, true);
	line(2, rest);
	ck_assert_str_eq(strrchr(rest, '\t') + 1, expected);
}
END_TEST

START_TEST(the_longest_name_fits)
{
	char name[3 * PATH_MAX], rest[8 * PATH_MAX];

	memset(name, 1, sizeof(name));
	name[sizeof(name) - 1] = 0;
	tracing();
	trace_wait(name, true);
	line(1, rest);
	ck_assert_int_eq((int)strlen(strrchr(rest, '\t') + 1), 6 * PATH_MAX + 2);
}
END_TEST

/* --- where it goes -------------------------------------------------------- */

START_TEST(it_follows_no_change_of_folder)
{
	tracing();
	ck_assert_ptr_nonnull(settings()->trace);
	ck_assert_int_eq(mkdir("other", 0777), 0);
	ck_assert_int_eq(chdir("other"), 0);
	hold("a", HELD_SHARED);
	ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(lines(trace_of(getpid())), 2);
}
END_TEST

START_TEST(errno_is_kept)
{
	tracing();
	ck_assert_int_gt(trace_now(), 0);
	errno = 77;
	trace_wait("not there", true);
	trace_wait_over(0);
	trace_hold(-1, 0, 0, true);
	trace_change(-1, trace_now(), false);
	trace_release(-1, trace_now());
	ck_assert_int_eq(errno, 77);
	ck_assert_int_eq(rename("traces", "gone"), 0);
	trace_wait_over(0);
	trace_change(-1, trace_now(), false);
	trace_release(-1, trace_now());
	ck_assert_int_eq(errno, 77);
	trace_hold(-1, 0, 0, true);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	int before, after;
	struct held h;

	tracing();
	hold("a", HELD_EXCLUSIVE);
	before = open("/dev/null", O_RDONLY);
	trace_wait("a", true);
	trace_wait_over(-EAGAIN);
	trace_change(0, trace_now(), false);
	trace_release(0, trace_now());
	held_release(hold("b", HELD_EXCLUSIVE), &h);
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(after, before + 2); /* "b" */
	ck_assert_int_eq(lines(trace_of(getpid())), 8);
}
END_TEST

/* Runs BODY in a forked child and gives its number. */
static pid_t in_forked_child(void (*body)(int fd), int fd)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		body(fd);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	return child;
}

static void close_inherited(int fd)
{
	struct held h;

	held_release(fd, &h);
}

static void hold_own(int fd)
{
	struct held h;

	held_release(fd, &h);
	held_release(hold("b", HELD_SHARED), &h);
}

START_TEST(a_forked_child_writes_its_own_file)
{
	int fd;

	tracing();
	fd = hold("a", HELD_EXCLUSIVE);
	ck_assert_str_eq(trace_of(in_forked_child(close_inherited, fd)), "");
	/* Who it is, the hold and its end. */
	ck_assert_int_eq(lines(trace_of(in_forked_child(hold_own, fd))), 3);
	ck_assert_int_eq(lines(trace_of(getpid())), 2);
}
END_TEST

/* One that takes the lock again, when its parent has let go of it, holds it by itself. */
START_TEST(a_child_that_goes_on_holds_it)
{
	int fd, go[2], status;
	enum heirs_verdict why;
	struct held h;
	pid_t child;
	char byte;

	tracing();
	fd = hold("a", HELD_EXCLUSIVE);
	ck_assert_int_eq(pipe(go), 0);
	child = fork();
	if (child == 0)
		_exit(read(go[0], &byte, 1) != 1 || inherited_use(fd, &why) ||
		      !held_release(fd, &h));
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(write(go[1], "", 1), 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* Who it is, the hold and its end. */
	ck_assert_int_eq(lines(trace_of(child)), 3);
	has(trace_of(child), "hold\texclusive");
	has(trace_of(child), "release");
}
END_TEST

START_TEST(a_vforked_child_writes_nothing)
{
	struct held h;
	int fd, status;
	pid_t child;

	tracing();
	fd = hold("a", HELD_EXCLUSIVE);
	child = vfork();
	if (child == 0) {
		held_release(fd, &h);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_str_eq(trace_of(child), "");
	ck_assert_int_eq(lines(trace_of(getpid())), 2);
}
END_TEST

enum { THREADS = 8, ROUNDS = 50 };

static void *waits(void *barrier)
{
	pthread_barrier_wait(barrier);
	for (int i = 0; i < ROUNDS; i++) {
		trace_wait("/a", true);
		trace_wait_over(0);
	}
	return NULL;
}

START_TEST(threads_write_whole_lines)
{
	pthread_barrier_t barrier;
	pthread_t threads[THREADS];
	const char *text, *process;
	int introductions = 0;

	tracing();
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, waits, &barrier), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = trace_of(getpid());
	for (process = text; (process = strstr(process, "\tprocess\t")); process++)
		introductions++;
	ck_assert_int_ge(introductions, 1);
	ck_assert_int_eq(lines(text), introductions + 2 * THREADS * ROUNDS);
	for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
		long long time;
		char what[16];

		ck_assert_int_eq(sscanf(at, "%lld\t%*d\t%*[^\t]\t%15s", &time, what), 2);
		ck_assert_int_gt(time, 1000000000000000);
	}
}
END_TEST

static const char *stderr_text(void)
{
	static char text[16384];
	FILE *file = fopen("stderr", "r");

	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

/* Said once, in one line that names the setting, and what was held is let go as ever. */
static void goes_on_without(const char *folder)
{
	const char *text;
	struct held h;
	int fd;

	ck_assert_ptr_nonnull(freopen("stderr", "w", stderr));
	report_remember_stderr();
	setenv(SETTING_TRACE, folder, 1);
	errno = 77;
	trace_wait("a", true);
	trace_wait_over(0);
	ck_assert_int_eq(errno, 77);
	fd = hold("a", HELD_EXCLUSIVE);
	ck_assert(held_release(fd, &h));
	locks_are("a", 0, 0);
	text = stderr_text();
	ck_assert_ptr_nonnull(strstr(text, SETTING_TRACE "='"));
	ck_assert_ptr_nonnull(strstr(text, folder));
	ck_assert_int_eq(lines(text), 1);
}

START_TEST(a_folder_that_is_not_there_is_said_once)
{
	goes_on_without("no/such/folder");
}
END_TEST

START_TEST(a_file_is_no_folder)
{
	file_write("file", "");
	goes_on_without("file");
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	struct utsname host;
	char name[512];

	ck_assert_int_eq(mkdir("traces", 0777), 0);
	file_write("elsewhere", "");
	uname(&host);
	snprintf(name, sizeof(name), "traces/%s-%d.trace", host.nodename, (int)getpid());
	ck_assert_int_eq(symlink("../elsewhere", name), 0);
	goes_on_without("traces");
	ck_assert_int_eq((int)file_size("elsewhere"), 0);
}
END_TEST

/* With the lock in hand nobody waits for a reader of it; and what is no file is no trace. */
START_TEST(a_pipe_is_not_waited_for)
{
	struct utsname host;
	char name[512];

	ck_assert_int_eq(mkdir("traces", 0777), 0);
	uname(&host);
	snprintf(name, sizeof(name), "traces/%s-%d.trace", host.nodename, (int)getpid());
	ck_assert_int_eq(mkfifo(name, 0666), 0);
	if (_i) /* and neither if it has one that does not read */
		ck_assert_int_ge(open(name, O_RDWR), 0);
	goes_on_without("traces");
}
END_TEST

START_TEST(half_a_line_is_said_to_be_missing)
{
	struct rlimit before, little;
	char said[1024] = "";
	int ends[2];

	tracing();
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 20;
	/* Check's assertions write to files, too. */
	setrlimit(RLIMIT_FSIZE, &little);
	trace_wait("a", true);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq((int)strlen(trace_of(getpid())), 20);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_gt((int)read(ends[0], said, sizeof(said) - 1), 0);
	ck_assert_ptr_nonnull(strstr(said, "can't be written (No space left on device)"));
}
END_TEST

START_TEST(a_full_disk_is_said_once)
{
	struct utsname host;
	char name[512];
	struct stat full;

	ck_assert_int_eq(mkdir("traces", 0777), 0);
	ck_assert_int_eq(stat("/dev/full", &full), 0);
	uname(&host);
	snprintf(name, sizeof(name), "traces/%s-%d.trace", host.nodename, (int)getpid());
	if (mknod(name, S_IFCHR | 0666, full.st_rdev)) {
		printf("SKIP a_full_disk_is_said_once: no right to make a device\n");
		return;
	}
	goes_on_without("traces");
}
END_TEST

int main(void)
{
	TCase *tests = group("trace");

	tcase_add_test(tests, nothing_is_written_without_the_setting);
	tcase_add_test(tests, a_wait_is_two_lines);
	tcase_add_test(tests, a_process_is_introduced_once);
	tcase_add_test(tests, a_hold_begins_with_the_lock_and_ends_before_it);
	tcase_add_test(tests, a_lock_is_let_go_after_the_end_of_its_hold);
	tcase_add_test(tests, a_wait_that_succeeds_becomes_a_hold);
	tcase_add_test(tests, what_is_not_locked_is_not_in_it);
	tcase_add_loop_test(tests, names_are_json, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tests, the_longest_name_fits);
	tcase_add_test(tests, it_follows_no_change_of_folder);
	tcase_add_test(tests, errno_is_kept);
	tcase_add_test(tests, no_descriptor_is_left_behind);
	tcase_add_test(tests, a_forked_child_writes_its_own_file);
	tcase_add_test(tests, a_child_that_goes_on_holds_it);
	tcase_add_test(tests, a_vforked_child_writes_nothing);
	tcase_add_test(tests, threads_write_whole_lines);
	tcase_add_test(tests, a_folder_that_is_not_there_is_said_once);
	tcase_add_test(tests, a_file_is_no_folder);
	tcase_add_test(tests, a_symbolic_link_is_not_followed);
	tcase_add_loop_test(tests, a_pipe_is_not_waited_for, 0, 2);
	tcase_add_test(tests, half_a_line_is_said_to_be_missing);
	tcase_add_test(tests, a_full_disk_is_said_once);
	return group_run();
}
