/* SPDX-License-Identifier: BSD-3-Clause */
/* What the LOCKEDH5_... variables may say, and what comes of it. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <dirent.h>
#include <string.h>

static int files_here(void)
{
	DIR *here = opendir(".");
	int n = 0;

	for (struct dirent *entry; (entry = readdir(here));)
		n += entry->d_name[0] != '.';
	closedir(here);
	return n;
}

#define COUNT	    "LOCKEDH5_COUNT"
#define WAIT	    "LOCKEDH5_WAIT"
#define DRIVER	    "LOCKEDH5_DRIVER"
#define NOLOCKS	    "LOCKEDH5_NOLOCKS"
#define VERBOSE	    "LOCKEDH5_VERBOSE"
#define LOG	    "LOCKEDH5_LOG"
#define TRACE	    "LOCKEDH5_TRACE"
#define FILES	    "LOCKEDH5_FILES"
#define PYTHON_LOCK "LOCKEDH5_PYTHON"
#define LOOKED	    "LOCKEDH5_LOOKED"

static const struct {
	const char *name, *allowed[2]; /* parts of what the message says is allowed */
} variables[] = {
	{ COUNT, { "integer", "inf" } },
	{ WAIT, { "seconds", "decimals" } },
	{ DRIVER, { "refuse", "replace" } },
	{ NOLOCKS, { "refuse", "pass" } },
	{ VERBOSE, { "0", "3" } },
	{ LOG, { "%p", "%h" } },
	{ TRACE, { "name", "folder" } },
	{ FILES, { "patterns", "colons" } },
	{ PYTHON_LOCK, { "release", "keep" } },
	{ LOOKED, { "refuse", "ignore" } },
};

static const struct {
	const char *name, *value;
} bad[] = {
	{ COUNT, "" },
	{ COUNT, "0" },
	{ COUNT, "00" },
	{ COUNT, "-1" },
	{ COUNT, "+1" },
	{ COUNT, " 1" },
	{ COUNT, "1 " },
	{ COUNT, "\t1" },
	{ COUNT, "1\n" },
	{ COUNT, "1.0" },
	{ COUNT, "1,0" },
	{ COUNT, "10x" },
	{ COUNT, "abc" },
	{ COUNT, "nan" },
	{ COUNT, "1e3" },
	{ COUNT, "1e999" },
	{ COUNT, "0x10" },
	{ COUNT, "Inf" },
	{ COUNT, "infinity" },
	{ COUNT, "-inf" },
	{ COUNT, "4294967297" },
	{ COUNT, "18446744073709551617" },
	{ COUNT, "99999999999999999999999999999999999999999999" },
	{ WAIT, "" },
	{ WAIT, "-1" },
	{ WAIT, "-0" },
	{ WAIT, "+1" },
	{ WAIT, " 1" },
	{ WAIT, "1 " },
	{ WAIT, "." },
	{ WAIT, "1.2.3" },
	{ WAIT, "1,5" },
	{ WAIT, "10s" },
	{ WAIT, "abc" },
	{ WAIT, "nan" },
	{ WAIT, "inf" },
	{ WAIT, "1e3" },
	{ WAIT, "1e999" },
	{ WAIT, "0x1p3" },
	{ WAIT, "18446744073709551617" },
	{ WAIT, "99999999999999999999999999999999999999999999" },
	{ DRIVER, "" },
	{ DRIVER, "sec2" },
	{ DRIVER, "Refuse" },
	{ DRIVER, "pass " },
	{ DRIVER, "refuse,pass" },
	{ NOLOCKS, "" },
	{ NOLOCKS, "0" },
	{ NOLOCKS, "replace" },
	{ NOLOCKS, "posix" },
	{ VERBOSE, "" },
	{ VERBOSE, "4" },
	{ VERBOSE, "-1" },
	{ VERBOSE, "01" },
	{ VERBOSE, "yes" },
	{ LOG, "" },
	{ LOG, "%" },
	{ LOG, "log%" },
	{ LOG, "log-%d" },
	{ LOG, "log-%P" },
	{ LOG, "%%%" },
	{ TRACE, "" },
	{ PYTHON_LOCK, "" },
	{ PYTHON_LOCK, "off" },
	{ LOOKED, "" },
	{ LOOKED, "pass" },
	{ LOOKED, "Refuse" },
	{ LOOKED, "ignore " },
	{ FILES, "" },
	{ FILES, ":*.h5" },
	{ FILES, "*.h5:" },
	{ FILES, "*.h5::*.nc" },
	{ FILES, "*.h5:!" },
	{ FILES, "*.h5:[a-z" },
	{ FILES, "[a:b].h5" },
	{ FILES, "*.h5\\" },
	{ FILES, "[].h5" },
	{ FILES, "[!].h5" },
	{ FILES, "/scratch/" },
	{ FILES, "./data.h5" },
	{ FILES, "a:!../data.h5" },
	{ FILES, "/a//b" },
};
enum { BAD = sizeof(bad) / sizeof(bad[0]) };

static void assert_explained(const char *answer, const char *name, const char *value)
{
	has(answer, "errno=22");
	has(answer, name);
	/* An actor answers in one line. */
	if (!strchr(value, '\n'))
		has(answer, value);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (strcmp(variables[i].name, name) != 0)
			continue;
		has(answer, variables[i].allowed[0]);
		has(answer, variables[i].allowed[1]);
	}
}

START_TEST(bad_value_lets_nothing_open)
{
	static const char *const calls[] = { "open f data.h5 r",       "open f data.h5 rw",
					     "create f data.h5 trunc", "create f data.h5 excl",
					     "create f new.h5 trunc",  "open f missing.h5 r" };
	const char *name = bad[_i].name, *value = bad[_i].value;
	struct actor *actor;

	counter_data_and_copy();
	setting(name, value);
	actor = actor_new();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_explained(actor_error(actor, "%s", calls[i]), name, value);
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);
	/* Neither a new file, nor a log. */
	ck_assert_int_eq(files_here(), 2);
}
END_TEST

START_TEST(endless_attempts_without_a_pause)
{
	struct actor *actor;
	const char *answer;

	counter_data_and_copy();
	setting(COUNT, "inf");
	setting(WAIT, "0");
	actor = actor_new();
	answer = actor_error(actor, "open f data.h5 r");
	has(answer, "errno=22");
	has(answer, COUNT);
	has(answer, WAIT);
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* The program hears of it as of any other HDF5 error, on standard error. */
START_TEST(bad_value_is_told_by_a_c_program)
{
	struct outcome o;

	counter_data_and_copy();
	setting(WAIT, "soon");
	o = RUN(CLIENT("counter"), "data.h5", "show");
	ck_assert_int_eq(o.status, 1);
	has(o.err, "LOCKEDH5_WAIT");
	has(o.err, "soon");
}
END_TEST

/* And once by the library, for the programs that show nothing of HDF5's errors. */
START_TEST(bad_value_is_told_once_by_a_tool)
{
	struct outcome o;
	const char *first;

	NEEDS("command -v h5ls", "needs the HDF5 tools");
	counter_data_and_copy();
	setting(WAIT, "soon");
	o = RUN("h5ls", "data.h5");
	ck_assert_int_ne(o.status, 0);
	first = strstr(o.err, "LOCKEDH5_WAIT='soon'");
	ck_assert_msg(first && !strstr(first + 1, "LOCKEDH5_WAIT"), "%s", o.err);
	setting(VERBOSE, "0");
	ck_assert_ptr_null(strstr(RUN("h5ls", "data.h5").err, "LOCKEDH5_WAIT"));
}
END_TEST

static const struct {
	const char *name, *value;
} good[] = {
	{ COUNT, "1" },		 { COUNT, "10" },
	{ COUNT, "1000000" },	 { COUNT, "inf" },
	{ WAIT, "0" },		 { WAIT, "0.5" },
	{ WAIT, ".5" },		 { WAIT, "10" },
	{ WAIT, "0.001" },	 { WAIT, "1000000" },
	{ DRIVER, "refuse" },	 { DRIVER, "replace" },
	{ DRIVER, "pass" },	 { NOLOCKS, "pass" },
	{ NOLOCKS, "refuse" },	 { VERBOSE, "0" },
	{ VERBOSE, "1" },	 { VERBOSE, "2" },
	{ VERBOSE, "3" },	 { LOG, "log" },
	{ LOG, "/dev/null" },	 { LOG, "%p" },
	{ LOG, "%h-%p-%%-%p" },	 { LOG, "a b" },
	{ WAIT, "0.000000001" }, { TRACE, "." },
	{ TRACE, "/dev/null" },	 { FILES, "*.h5" },
	{ FILES, "!*.nc" },	 { FILES, "data[.]h5" },
	{ FILES, "a\\:b:**" },	 { PYTHON_LOCK, "release" },
	{ PYTHON_LOCK, "keep" }, { LOOKED, "refuse" },
	{ LOOKED, "ignore" },
};
enum { GOOD = sizeof(good) / sizeof(good[0]) };

START_TEST(good_value)
{
	counter_data_and_copy();
	setting(good[_i].name, good[_i].value);
	succeeds(RUN(CLIENT("counter"), "data.h5", "3"));
	ck_assert_int_eq(counter_number("data.h5"), 3);
}
END_TEST

/* How long a program waits for a file that is held, until it gives up. */
static double wait_of(const char *count, const char *wait)
{
	struct actor *holder = actor_new();
	struct outcome o;

	actor_ok(holder, "open f data.h5 rw");
	setting(COUNT, count);
	setting(WAIT, wait);
	o = RUN(CLIENT("counter"), "data.h5", "show");
	ck_assert_int_eq(o.status, 1);
	has(o.err, "errno = 11");
	ck_assert_int_eq(actor_end(holder), 0);
	return o.seconds;
}

START_TEST(patience_is_count_less_one_times_wait)
{
	double seconds;

	counter_data_and_copy();
	seconds = wait_of("3", "0.5");
	ck_assert_double_ge(seconds, 1.0);
	ck_assert_double_le(seconds, 20);
	seconds = wait_of("2", ".75");
	ck_assert_double_ge(seconds, 0.75);
	ck_assert_double_le(wait_of("1", "1000"), 20);
	ck_assert_double_le(wait_of("1000", "0"), 20);
}
END_TEST

/* With one attempt there is no time between two, and without time between them their number does
 * not matter. */
START_TEST(advice_names_what_would_lengthen_the_patience)
{
	static const struct {
		const char *count, *wait, *advice;
	} cases[] = {
		{ "2", "0.1", "raise LOCKEDH5_COUNT (now 2) or LOCKEDH5_WAIT (now 0.1 s)" },
		{ "1", "10", "raise LOCKEDH5_COUNT (now 1)" },
		{ "5", "0", "raise LOCKEDH5_WAIT (now 0 s)" },
		{ "1", "0", "raise LOCKEDH5_COUNT (now 1) and LOCKEDH5_WAIT (now 0 s)" },
	};
	struct actor *holder;

	counter_data_and_copy();
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o;
		const char *advice;

		setting(COUNT, cases[i].count);
		setting(WAIT, cases[i].wait);
		o = RUN(CLIENT("counter"), "data.h5", "show");
		advice = strstr(o.err, "raise ");
		ck_assert_msg(advice &&
				      !strncmp(advice, cases[i].advice, strlen(cases[i].advice)) &&
				      advice[strlen(cases[i].advice)] == '\n',
			      "%s", o.err);
	}
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

START_TEST(decimal_comma_of_the_locale)
{
	static const char make[] = "localedef -i de_DE -f UTF-8 ./de_DE.UTF-8";
	static const char comma[] = "test \"$(locale decimal_point)\" = ,";
	struct outcome o;

	NEEDS(make, "no localedef, or no German locale to make");
	setting("LOCPATH", ".");
	setting("LC_ALL", "de_DE.UTF-8");
	NEEDS(comma, "the locale's decimal point is no comma");
	counter_data_and_copy();
	ck_assert_double_ge(wait_of("2", "1.25"), 1.25);
	setting(WAIT, "1,25");
	o = RUN(CLIENT("counter"), "data.h5", "show");
	ck_assert_int_eq(o.status, 1);
	has(o.err, "LOCKEDH5_WAIT");
	has(o.err, "1,25");
}
END_TEST

START_TEST(program_without_a_file_is_not_bothered)
{
	static const char *const quiet[][3] = { { "true" },
						{ "h5dump", "--version" },
						{ CLIENT("counter"), "--help" } };

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		setting(variables[i].name, "");
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		same_without_library(quiet[i]);
}
END_TEST

int main(void)
{
	TCase *tests = group("settings");

	tcase_add_loop_test(tests, bad_value_lets_nothing_open, 0, BAD);
	tcase_add_test(tests, endless_attempts_without_a_pause);
	tcase_add_test(tests, bad_value_is_told_by_a_c_program);
	tcase_add_test(tests, bad_value_is_told_once_by_a_tool);
	tcase_add_loop_test(tests, good_value, 0, GOOD);
	tcase_add_test(tests, patience_is_count_less_one_times_wait);
	tcase_add_test(tests, advice_names_what_would_lengthen_the_patience);
	tcase_add_test(tests, decimal_comma_of_the_locale);
	tcase_add_test(tests, program_without_a_file_is_not_bothered);
	return group_run();
}
