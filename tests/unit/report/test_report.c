/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages: one line, one write, on standard error or in the log. */
#include "report/report.h"
#include "report/settings.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What NAME contains. */
static const char *content(const char *name)
{
	static char text[16384];
	FILE *file = fopen(name, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

/* Standard error of this test goes to a file. */
static void catch_stderr(void)
{
	ck_assert_ptr_nonnull(freopen("stderr", "w", stderr));
	report_remember_stderr();
}

START_TEST(a_line_begins_with_program_and_pid)
{
	char expected[128];

	catch_stderr();
	errno = 77;
	report(REPORT_PROBLEM, "%s %d", "seven", 7);
	ck_assert_int_eq(errno, 77);
	snprintf(expected, sizeof(expected), "lockedh5: %s[%d]: seven 7\n",
		 program_invocation_short_name, (int)getpid());
	ck_assert_str_eq(content("stderr"), expected);
}
END_TEST

START_TEST(only_what_is_wanted_is_written)
{
	catch_stderr();
	setenv(SETTING_VERBOSE, "2", 1);
	ck_assert(report_wanted(REPORT_WAIT));
	ck_assert(!report_wanted(REPORT_LOCK));
	report(REPORT_LOCK, "lock");
	ck_assert_str_eq(content("stderr"), "");
	report(REPORT_WAIT, "wait");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": wait\n"));
}
END_TEST

START_TEST(a_long_message_is_one_cut_line)
{
	char *text = malloc(100000);

	memset(text, 'x', 99999);
	text[99999] = 0;
	catch_stderr();
	report(REPORT_PROBLEM, "%s", text);
	ck_assert_int_gt((int)file_size("stderr"), 4096);
	ck_assert_int_lt((int)file_size("stderr"), 10000);
	ck_assert_int_eq(strchr(content("stderr"), '\n')[1], 0);
	free(text);
}
END_TEST

/* exec -a, setproctitle() and perl's $0 make it anything. */
START_TEST(a_long_name_of_the_program_is_cut)
{
	char name[9001];
	const char *text;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	catch_stderr();
	program_invocation_short_name = name;
	report(REPORT_PROBLEM, "%s", "what it is about");
	text = strchr(content("stderr"), '[');
	ck_assert_ptr_nonnull(text);
	ck_assert_int_lt((int)file_size("stderr"), 1000);
	ck_assert_ptr_nonnull(strstr(text, ": what it is about\n"));
}
END_TEST

START_TEST(what_is_not_printable_does_not_reach_the_terminal)
{
	catch_stderr();
	report(REPORT_PROBLEM, "%s", "a\nb\033[2Jc\177d\302\233e\233f");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": a?b?[2Jc?d?e?f\n"));
}
END_TEST

START_TEST(the_log_is_named_after_pid_and_host)
{
	struct utsname host;
	char name[512];

	catch_stderr();
	setenv(SETTING_LOG, "%h-%p-%%.log", 1);
	report(REPORT_PROBLEM, "one");
	report(REPORT_PROBLEM, "two");
	uname(&host);
	snprintf(name, sizeof(name), "%s-%d-%%.log", host.nodename, (int)getpid());
	ck_assert_ptr_nonnull(strstr(content(name), ": one\n"));
	ck_assert_ptr_nonnull(strstr(content(name), ": two\n"));
	ck_assert_str_eq(content("stderr"), "");
}
END_TEST

START_TEST(a_log_that_cannot_be_opened_is_mentioned_once)
{
	const char *text;

	catch_stderr();
	file_write("elsewhere", "");
	ck_assert_int_eq(symlink("elsewhere", "log"), 0);
	setenv(SETTING_LOG, "log", 1);
	report(REPORT_PROBLEM, "one");
	report(REPORT_PROBLEM, "two");
	text = content("stderr");
	ck_assert_ptr_nonnull(strstr(text, SETTING_LOG));
	ck_assert_ptr_null(strstr(strstr(text, SETTING_LOG) + 1, SETTING_LOG));
	ck_assert_ptr_nonnull(strstr(text, ": one\n"));
	ck_assert_ptr_nonnull(strstr(text, ": two\n"));
	ck_assert_int_eq((int)file_size("elsewhere"), 0);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	int before = open("/dev/null", O_RDONLY), after;

	setenv(SETTING_LOG, "log", 1);
	report(REPORT_PROBLEM, "one");
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(after, before + 1);
}
END_TEST

START_TEST(errno_is_kept_if_the_log_cannot_be_opened)
{
	catch_stderr();
	setenv(SETTING_LOG, "no/such/folder", 1);
	errno = 77;
	report(REPORT_PROBLEM, "one");
	ck_assert_int_eq(errno, 77);
}
END_TEST

/* To open it for writing would take until somebody reads. */
START_TEST(a_log_that_is_a_pipe_without_a_reader_is_not_waited_for)
{
	catch_stderr();
	ck_assert_int_eq(mkfifo("log", 0666), 0);
	setenv(SETTING_LOG, "log", 1);
	report(REPORT_PROBLEM, "one");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": one\n"));
}
END_TEST

/* Who reads it may be slow, and the program must go on; nothing is lost. */
START_TEST(a_log_that_is_a_full_pipe_is_not_waited_for)
{
	char page[4096] = { 0 };
	int reader;

	catch_stderr();
	ck_assert_int_eq(mkfifo("log", 0666), 0);
	reader = open("log", O_RDWR | O_NONBLOCK);
	while (write(reader, page, sizeof(page)) > 0)
		;
	setenv(SETTING_LOG, "log", 1);
	report(REPORT_PROBLEM, "one");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": one\n"));
}
END_TEST

/* The program has closed its standard error, and opened a file: with or without O_CLOEXEC. */
START_TEST(a_file_in_the_place_of_standard_error_gets_no_message)
{
	static const int flags[] = { O_CLOEXEC, 0 };

	catch_stderr();
	close(STDERR_FILENO);
	ck_assert_int_eq(open("file", O_WRONLY | O_CREAT | flags[_i], 0666), STDERR_FILENO);
	report(REPORT_PROBLEM, "one");
	/* Nor what is said of the log. */
	ck_assert_int_eq((int)file_size("file"), 0);
	ck_assert_int_eq((int)file_size("stderr"), 0);
}
END_TEST

START_TEST(nor_is_it_told_of_a_log_that_cannot_be_opened)
{
	setenv(SETTING_LOG, "no/such/folder", 1);
	close(STDERR_FILENO);
	ck_assert_int_eq(open("file", O_WRONLY | O_CREAT, 0666), STDERR_FILENO);
	report(REPORT_PROBLEM, "one");
	ck_assert_int_eq((int)file_size("file"), 0);
}
END_TEST

/* What standard error is redirected to may be opened twice, or be no file. */
START_TEST(standard_error_gets_messages_wherever_it_leads)
{
	char said[256] = "";
	int ends[2];

	catch_stderr();
	close(STDERR_FILENO);
	ck_assert_int_eq(open("stderr", O_WRONLY | O_APPEND), STDERR_FILENO);
	report(REPORT_PROBLEM, "one");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": one\n"));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	report(REPORT_PROBLEM, "two");
	ck_assert_int_gt((int)read(ends[0], said, sizeof(said) - 1), 0);
	ck_assert_ptr_nonnull(strstr(said, ": two\n"));
}
END_TEST

static volatile sig_atomic_t broken;

static void count(int sig)
{
	(void)sig;
	broken++;
}

static bool is_pending(int sig)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, sig);
}

START_TEST(a_broken_pipe_is_no_signal_of_the_programs)
{
	sigset_t set;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[0]);
	signal(SIGPIPE, count);
	report(REPORT_PROBLEM, "one");
	ck_assert_int_eq(broken, 0);
	ck_assert(!is_pending(SIGPIPE));
	/* But it still gets its own, */
	raise(SIGPIPE);
	ck_assert_int_eq(broken, 1);
	/* when it wants to, and if it came before. */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	report(REPORT_PROBLEM, "two");
	ck_assert(!is_pending(SIGPIPE));
	raise(SIGPIPE);
	report(REPORT_PROBLEM, "three");
	ck_assert(is_pending(SIGPIPE));
	ck_assert_int_eq(broken, 1);
}
END_TEST

/* A disk of the test's own, in a file. */
START_TEST(a_disk_in_the_place_of_the_log_gets_no_message)
{
	char disk[64], command[128];
	const char *text;

	NEEDS("truncate -s 1M image && losetup --show -f image >disk", "no disk can be made here");
	snprintf(disk, sizeof(disk), "%s", content("disk"));
	disk[strcspn(disk, "\n")] = 0;
	catch_stderr();
	setenv(SETTING_LOG, disk, 1);
	report(REPORT_PROBLEM, "one");
	snprintf(command, sizeof(command), "sync; losetup -d %s", disk);
	ck_assert_int_eq(system(command), 0);
	text = content("stderr");
	has(text, SETTING_LOG);
	has(text, ": one\n");
	ck_assert_int_eq(system("cmp -n 1048576 image /dev/zero"), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("report");

	tcase_add_test(tests, a_line_begins_with_program_and_pid);
	tcase_add_test(tests, only_what_is_wanted_is_written);
	tcase_add_test(tests, a_long_message_is_one_cut_line);
	tcase_add_test(tests, a_long_name_of_the_program_is_cut);
	tcase_add_test(tests, what_is_not_printable_does_not_reach_the_terminal);
	tcase_add_test(tests, the_log_is_named_after_pid_and_host);
	tcase_add_test(tests, a_log_that_cannot_be_opened_is_mentioned_once);
	tcase_add_test(tests, no_descriptor_is_left_behind);
	tcase_add_test(tests, errno_is_kept_if_the_log_cannot_be_opened);
	tcase_add_test(tests, a_log_that_is_a_pipe_without_a_reader_is_not_waited_for);
	tcase_add_test(tests, a_log_that_is_a_full_pipe_is_not_waited_for);
	tcase_add_loop_test(tests, a_file_in_the_place_of_standard_error_gets_no_message, 0, 2);
	tcase_add_test(tests, nor_is_it_told_of_a_log_that_cannot_be_opened);
	tcase_add_test(tests, standard_error_gets_messages_wherever_it_leads);
	tcase_add_test(tests, a_broken_pipe_is_no_signal_of_the_programs);
	tcase_add_test(tests, a_disk_in_the_place_of_the_log_gets_no_message);
	return group_run();
}
