/* SPDX-License-Identifier: BSD-3-Clause */
/* LOCKEDH5_FILES' language: what a list of patterns names, and what is wrong with a bad one. */
#include "report/patterns.h"

#include "support.h"

#include <string.h>

static const struct {
	const char *patterns, *path;
	bool named;
} cases[] = {
	/* The end of a path, whole names only. */
	{ "out.h5", "/a/out.h5", true },
	{ "out.h5", "/out.h5", true },
	{ "out.h5", "/a/out.h5/b", false },
	{ "out.h5", "/a/xout.h5", false },
	{ "out.h5", "/a/out.h55", false },
	{ "b/out.h5", "/a/b/out.h5", true },
	{ "b/out.h5", "/a/bb/out.h5", false },
	{ "b/out.h5", "/a/cb/out.h5", false },
	/* All of it. */
	{ "/a/out.h5", "/a/out.h5", true },
	{ "/a/out.h5", "/b/a/out.h5", false },
	/* One star. */
	{ "*", "/a/b", true },
	{ "*.h5", "/a/b/x.h5", true },
	{ "*.h5", "/a/b/.h5", true },
	{ "*.h5", "/a/b.h5/x", false },
	{ "*.h5", "/a/x.h5.h5", true },
	{ "*.h5", "/a/x.H5", false },
	{ "x.h5*", "/x.h5", true },
	{ "x.h5***", "/x.h5", true },
	{ "x.h5*y", "/x.h5", false },
	{ "a*b*c", "/aXbYbZc", true },
	{ "a*b*c", "/aXbYbZ", false },
	{ "a*b*c", "/abc", true },
	{ "/scratch/*/out.nc", "/scratch/me/out.nc", true },
	{ "/scratch/*/out.nc", "/scratch/out.nc", false },
	{ "/scratch/*/out.nc", "/scratch/me/run/out.nc", false },
	{ "/a*/*b", "/a/x/b", false },
	{ "/a*/*b", "/ax/xb", true },
	/* Two. */
	{ "/scratch/**", "/scratch/x", true },
	{ "/scratch/**", "/scratch/x/y/z.h5", true },
	{ "/scratch/**", "/scratched/x", false },
	{ "/scratch/**.h5", "/scratch/x/y.h5", true },
	{ "/scratch/**/out.nc", "/scratch/out.nc", true },
	{ "/scratch/**/out.nc", "/scratch/a/b/out.nc", true },
	{ "/scratch/**/out.nc", "/scratch/a/xout.nc", false },
	{ "/a/**/b/*.h5", "/a/b/c/b/x.h5", true },
	{ "/a/**/b/*.h5", "/a/b/c/x.h5", false },
	{ "**/b/x", "/b/x", true },
	{ "/a**z", "/ab/yz", true },
	/* One character. */
	{ "run?.h5", "/run1.h5", true },
	{ "run?.h5", "/run.h5", false },
	{ "run?.h5", "/run12.h5", false },
	{ "a?b", "/a/b", false },
	{ "m?ller.h5", "/m\303\274ller.h5", true },
	{ "m?ller.h5", "/m\374ller.h5", true },
	{ "m??ller.h5", "/m\303\274ller.h5", false },
	{ "?", "/\360\237\230\200", true },
	{ "??", "/\303x", true },
	/* Sets. */
	{ "x[0-9].h5", "/x5.h5", true },
	{ "x[0-9].h5", "/xa.h5", false },
	{ "x[!0-9].h5", "/xa.h5", true },
	{ "x[^0-9].h5", "/x7.h5", false },
	{ "x[ab-d].h5", "/xc.h5", true },
	{ "x[a-].h5", "/x-.h5", true },
	{ "x[]].h5", "/x].h5", true },
	{ "x[!]].h5", "/x].h5", false },
	{ "x[\\]a].h5", "/xa.h5", true },
	{ "x[\\:].h5", "/x:.h5", true },
	{ "x[!a]y", "/x/y", false },
	{ "x[+-9]y", "/x/y", false },
	{ "x[\303\240-\303\274]y", "/x\303\244y", true },
	{ "x[\303\240-\303\274]y", "/x\303\200y", false },
	/* Without a meaning of their own. */
	{ "a\\*b", "/a*b", true },
	{ "a\\*b", "/axb", false },
	{ "a\\:b", "/a:b", true },
	{ "a\\:b", "/a", false },
	{ "\\!a", "/!a", true },
	{ "a!b", "/a!b", true },
	{ "a\\\\", "/a\\", true },
	{ "a]", "/a]", true },
	/* Lists. */
	{ "*.h5:*.nc", "/x.nc", true },
	{ "*.h5:*.nc", "/x.h5", true },
	{ "*.h5:*.nc", "/x.h4", false },
	{ "*.h5:!tmp*", "/tmp1.h5", false },
	{ "!tmp*:*.h5", "/tmp1.h5", false },
	{ "*.h5:!tmp*", "/x.h5", true },
	{ "*.h5:!tmp*", "/x.nc", false },
	{ "!tmp*", "/x.nc", true },
	{ "!tmp*", "/tmp.nc", false },
	{ "!tmp*:!*.nc", "/x.nc", false },
	{ "!tmp*:!*.nc", "/x.h5", true },
	{ "!/tmp/**", "/tmp/a/x.h5", false },
	{ "!/tmp/**", "/home/tmp/x.h5", true },
	{ "\\~/a:~b", "/~/a", true },
	{ "\\~/a:~b", "/~b", true },
};

START_TEST(what_a_list_names)
{
	int number;

	ck_assert_ptr_null(patterns_fault(cases[_i].patterns, &number));
	ck_assert_msg(patterns_name(cases[_i].patterns, cases[_i].path) == cases[_i].named,
		      "'%s' %s '%s'", cases[_i].patterns,
		      cases[_i].named ? "does not name" : "names", cases[_i].path);
}
END_TEST

static const struct {
	const char *patterns;
	int number;
	const char *what;
} faults[] = {
	{ "", 1, "is empty" },
	{ ":a", 1, "is empty" },
	{ "a:", 2, "is empty" },
	{ "a::b", 2, "is empty" },
	{ "!", 1, "is empty" },
	{ "a:!:b", 2, "is empty" },
	{ "~/a", 1, "begins with '~'" },
	{ "a:!~/b", 2, "begins with '~'" },
	{ "a:~:b", 2, "begins with '~'" },
	{ "a\\", 1, "ends with a '\\'" },
	{ "a:b:!\\", 3, "ends with a '\\'" },
	{ "[", 1, "'['" },
	{ "x[a", 1, "'['" },
	{ "x[]", 1, "'['" },
	{ "x[!]", 1, "'['" },
	{ "x[a\\]", 1, "'['" },
	{ "x[a:b]", 1, "'['" },
	{ "x[a/b]", 1, "'['" },
	{ "x[a-", 1, "'['" },
	{ "/", 1, "nothing" },
	{ "a/", 1, "nothing" },
	{ "/a//b", 1, "nothing" },
	{ "//a", 1, "nothing" },
	{ "./a", 1, "nothing" },
	{ "!../a", 1, "nothing" },
	{ "/a/./b", 1, "nothing" },
	{ "/a/..", 1, "nothing" },
};

START_TEST(what_is_wrong)
{
	int number = 0;
	const char *what = patterns_fault(faults[_i].patterns, &number);

	ck_assert_msg(what != NULL, "'%s' is taken", faults[_i].patterns);
	ck_assert_msg(strstr(what, faults[_i].what), "'%s': %s", faults[_i].patterns, what);
	ck_assert_int_eq(number, faults[_i].number);
}
END_TEST

/* As long as a list may get, and as slow as one can be made: it ends within the test's time. */
START_TEST(many_stars_end)
{
	char path[4096] = "/";

	memset(path + 1, 'a', sizeof(path) - 2);
	ck_assert(!patterns_name("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
	ck_assert(!patterns_name("**a**a**a**a**a**a**a**a**a**a**b", path));
}
END_TEST

int main(void)
{
	TCase *tests = group("patterns");

	tcase_add_loop_test(tests, what_a_list_names, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, what_is_wrong, 0, sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(tests, many_stars_end);
	return group_run();
}
