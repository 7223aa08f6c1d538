/* SPDX-License-Identifier: BSD-3-Clause */
/* The environment as settings.c reads it: what is taken, what is refused, and with which words. */
#include "report/settings.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char *variable, *value;

static const char *lookup(const char *name)
{
	return variable && strcmp(name, variable) == 0 ? value : NULL;
}

static int read_one(struct settings *s, const char *name, const char *text)
{
	variable = name;
	value = text;
	return settings_read(s, lookup);
}

START_TEST(defaults)
{
	struct settings s;

	ck_assert_int_eq(read_one(&s, NULL, NULL), 0);
	ck_assert_int_eq(s.count, 10);
	ck_assert_int_eq(s.wait_ns, 10000000000);
	ck_assert_int_eq(s.patience_ns, 90000000000);
	ck_assert_int_eq(s.driver, DRIVER_REFUSE);
	ck_assert_int_eq(s.nolocks, NOLOCKS_REFUSE);
	ck_assert_int_eq(s.python, PYTHON_RELEASE);
	ck_assert_int_eq(s.looked, LOOKED_REFUSE);
	ck_assert_int_eq(s.verbose, 1);
	ck_assert_ptr_null(s.files);
	ck_assert_ptr_null(s.log);
	ck_assert_ptr_null(s.trace);
	ck_assert_str_eq(s.error, "");
}
END_TEST

static const struct {
	const char *text;
	int64_t count;
} good_counts[] = {
	{ "1", 1 },
	{ "2", 2 },
	{ "007", 7 },
	{ "1000000000", 1000000000 },
	{ "inf", COUNT_INFINITE },
};

START_TEST(counts)
{
	struct settings s;

	ck_assert_int_eq(read_one(&s, SETTING_COUNT, good_counts[_i].text), 0);
	ck_assert_int_eq(s.count, good_counts[_i].count);
}
END_TEST

static const struct {
	const char *text;
	int64_t ns;
} good_waits[] = {
	{ "0", 0 },
	{ "10", 10000000000 },
	{ "0.5", 500000000 },
	{ ".25", 250000000 },
	{ "3.", 3000000000 },
	{ "0.000000001", 1 },
	{ "0.0000000019", 1 },
	{ "1.000", 1000000000 },
	{ "1000000000", 1000000000000000000 },
};

START_TEST(waits)
{
	struct settings s;

	ck_assert_int_eq(read_one(&s, SETTING_WAIT, good_waits[_i].text), 0);
	ck_assert_int_eq(s.wait_ns, good_waits[_i].ns);
}
END_TEST

static const struct {
	const char *name, *text;
} bad[] = {
	{ SETTING_COUNT, "" },
	{ SETTING_COUNT, "0" },
	{ SETTING_COUNT, "-1" },
	{ SETTING_COUNT, "+1" },
	{ SETTING_COUNT, "1.5" },
	{ SETTING_COUNT, "abc" },
	{ SETTING_COUNT, "10x" },
	{ SETTING_COUNT, " 10" },
	{ SETTING_COUNT, "10 " },
	{ SETTING_COUNT, "nan" },
	{ SETTING_COUNT, "1e3" },
	{ SETTING_COUNT, "1000000001" },
	{ SETTING_COUNT, "18446744073709551617" },
	{ SETTING_COUNT, "INF" },
	{ SETTING_WAIT, "" },
	{ SETTING_WAIT, "." },
	{ SETTING_WAIT, "-1" },
	{ SETTING_WAIT, "+1" },
	{ SETTING_WAIT, "nan" },
	{ SETTING_WAIT, "inf" },
	{ SETTING_WAIT, "1e999" },
	{ SETTING_WAIT, "1e1" },
	{ SETTING_WAIT, "0x10" },
	{ SETTING_WAIT, "0,5" },
	{ SETTING_WAIT, "1.5s" },
	{ SETTING_WAIT, " 1" },
	{ SETTING_WAIT, "1..5" },
	{ SETTING_WAIT, "1000000000.1" },
	{ SETTING_WAIT, "1000000001" },
	{ SETTING_WAIT, "99999999999999999999" },
	{ SETTING_DRIVER, "" },
	{ SETTING_DRIVER, "Refuse" },
	{ SETTING_DRIVER, "sec2" },
	{ SETTING_DRIVER, "pass " },
	{ SETTING_NOLOCKS, "" },
	{ SETTING_NOLOCKS, "posix" },
	{ SETTING_NOLOCKS, "replace" },
	{ SETTING_PYTHON, "" },
	{ SETTING_PYTHON, "off" },
	{ SETTING_LOOKED, "" },
	{ SETTING_LOOKED, "pass" },
	{ SETTING_LOOKED, "Ignore" },
	{ SETTING_LOOKED, "ignore " },
	{ SETTING_LOOKED, "0" },
	{ SETTING_FILES, "" },
	{ SETTING_FILES, "*.h5:[a" },
	{ SETTING_VERBOSE, "" },
	{ SETTING_VERBOSE, "4" },
	{ SETTING_VERBOSE, "-1" },
	{ SETTING_VERBOSE, "11" },
	{ SETTING_VERBOSE, "yes" },
	{ SETTING_LOG, "" },
	{ SETTING_LOG, "a%" },
	{ SETTING_LOG, "%d" },
	{ SETTING_LOG, "%p%" },
	{ SETTING_TRACE, "" },
};

START_TEST(bad_values_name_variable_value_and_what_is_allowed)
{
	struct settings s;
	char quoted[64];

	ck_assert_int_eq(read_one(&s, bad[_i].name, bad[_i].text), -EINVAL);
	snprintf(quoted, sizeof(quoted), "%s='%s'", bad[_i].name, bad[_i].text);
	ck_assert_msg(strstr(s.error, quoted), "%s: %s", quoted, s.error);
	ck_assert_ptr_nonnull(strstr(s.error, "must be"));
	free(s.log);
	free(s.trace);
}
END_TEST

START_TEST(words)
{
	struct settings s;

	read_one(&s, SETTING_DRIVER, "replace");
	ck_assert_int_eq(s.driver, DRIVER_REPLACE);
	read_one(&s, SETTING_DRIVER, "pass");
	ck_assert_int_eq(s.driver, DRIVER_PASS);
	read_one(&s, SETTING_NOLOCKS, "pass");
	ck_assert_int_eq(s.nolocks, NOLOCKS_PASS);
	read_one(&s, SETTING_PYTHON, "keep");
	ck_assert_int_eq(s.python, PYTHON_KEEP);
	read_one(&s, SETTING_LOOKED, "ignore");
	ck_assert_int_eq(s.looked, LOOKED_IGNORE);
	read_one(&s, SETTING_LOOKED, "refuse");
	ck_assert_int_eq(s.looked, LOOKED_REFUSE);
	read_one(&s, SETTING_VERBOSE, "0");
	ck_assert_int_eq(s.verbose, 0);
	read_one(&s, SETTING_LOG, "/tmp/%h-%p%%.log");
	ck_assert_str_eq(s.log, "/tmp/%h-%p%%.log");
	free(s.log);
	read_one(&s, SETTING_FILES, "*.h5:!a");
	ck_assert_str_eq(s.files, "*.h5:!a");
	free(s.files);
	read_one(&s, SETTING_TRACE, "/./");
	ck_assert_str_eq(s.trace, "/");
	free(s.trace);
	read_one(&s, SETTING_TRACE, "/no/such/folder");
	ck_assert_str_eq(s.trace, "/no/such/folder");
	free(s.trace);
}
END_TEST

START_TEST(patience_is_count_minus_one_times_wait)
{
	struct settings s;

	read_one(&s, SETTING_COUNT, "1");
	ck_assert_int_eq(s.patience_ns, 0);
	read_one(&s, SETTING_WAIT, "0");
	ck_assert_int_eq(s.patience_ns, 0);
	read_one(&s, SETTING_COUNT, "3");
	ck_assert_int_eq(s.patience_ns, 20000000000);
	read_one(&s, SETTING_COUNT, "inf");
	ck_assert_int_eq(s.patience_ns, PATIENCE_INFINITE);
	read_one(&s, SETTING_COUNT, "1000000000");
	ck_assert_int_eq(s.patience_ns, PATIENCE_INFINITE);
}
END_TEST

static const char *endless(const char *name)
{
	if (strcmp(name, SETTING_COUNT) == 0)
		return "inf";
	return strcmp(name, SETTING_WAIT) == 0 ? "0" : NULL;
}

static const char *bad_twice(const char *name)
{
	return strcmp(name, SETTING_COUNT) == 0 || strcmp(name, SETTING_WAIT) == 0 ? "x" : NULL;
}

START_TEST(the_first_bad_value_is_told)
{
	struct settings s;

	ck_assert_int_eq(settings_read(&s, bad_twice), -EINVAL);
	has(s.error, SETTING_COUNT "='x'");
	ck_assert_ptr_null(strstr(s.error, SETTING_WAIT));
}
END_TEST

START_TEST(never_waiting_and_never_giving_up_is_refused)
{
	struct settings s;

	ck_assert_int_eq(settings_read(&s, endless), -EINVAL);
	ck_assert_ptr_nonnull(strstr(s.error, SETTING_COUNT));
	ck_assert_ptr_nonnull(strstr(s.error, SETTING_WAIT));
}
END_TEST

/* A program with more rights than its user: the dynamic linker tells it so (AT_SECURE). */
START_TEST(who_has_more_rights_than_its_user_gets_the_defaults)
{
	struct outcome o;

	NEEDS("[ $(id -u) = 0 ]", "only root can make a program that runs as somebody else");
	preload(false);
	setting(SETTING_LOG, "log");
	setting(SETTING_COUNT, "bad");
	o = RUN("sh", "-c", "cp /proc/$PPID/exe mine && exec ./mine settings");
	ck_assert_str_eq(o.out, "0 log bad\n");
	o = RUN("sh", "-c", "chown nobody mine && chmod u+s mine && exec ./mine settings");
	ck_assert_str_eq(o.out, "1 - good\n");
}
END_TEST

/* "settings" makes this a program that says what its environment sets. */
static int say_settings(void)
{
	const struct settings *s = settings();

	printf("%d %s %s\n", getauxval(AT_SECURE) != 0, s->log ? s->log : "-",
	       s->error[0] ? "bad" : "good");
	fflush(stdout);
	/* A sanitizer can't look for leaks in such a program. */
	_exit(0);
}

int main(int argc, char **argv)
{
	TCase *tests = group("settings");

	if (argc > 1 && !strcmp(argv[1], "settings"))
		return say_settings();
	tcase_add_test(tests, defaults);
	tcase_add_loop_test(tests, counts, 0, sizeof(good_counts) / sizeof(good_counts[0]));
	tcase_add_loop_test(tests, waits, 0, sizeof(good_waits) / sizeof(good_waits[0]));
	tcase_add_loop_test(tests, bad_values_name_variable_value_and_what_is_allowed, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, words);
	tcase_add_test(tests, patience_is_count_minus_one_times_wait);
	tcase_add_test(tests, the_first_bad_value_is_told);
	tcase_add_test(tests, never_waiting_and_never_giving_up_is_refused);
	tcase_add_test(tests, who_has_more_rights_than_its_user_gets_the_defaults);
	return group_run();
}
