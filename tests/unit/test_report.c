/* Messages: one line, one write, on standard error or in the log. */
#include "report.h"
#include "settings.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

START_TEST(what_is_not_printable_does_not_reach_the_terminal)
{
	catch_stderr();
	report(REPORT_PROBLEM, "%s", "a\nb\033[2Jc\177d");
	ck_assert_ptr_nonnull(strstr(content("stderr"), ": a?b?[2Jc?d\n"));
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

int main(void)
{
	TCase *tests = group("report");

	tcase_add_test(tests, a_line_begins_with_program_and_pid);
	tcase_add_test(tests, only_what_is_wanted_is_written);
	tcase_add_test(tests, a_long_message_is_one_cut_line);
	tcase_add_test(tests, what_is_not_printable_does_not_reach_the_terminal);
	tcase_add_test(tests, the_log_is_named_after_pid_and_host);
	tcase_add_test(tests, a_log_that_cannot_be_opened_is_mentioned_once);
	tcase_add_test(tests, no_descriptor_is_left_behind);
	return group_run();
}
