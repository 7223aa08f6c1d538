/* SPDX-License-Identifier: BSD-3-Clause */
/* Which paths LOCKEDH5_FILES covers, where a whole program could not show it. */
#include "opening/policy.h"

#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Before the settings are read, which is once in a process. */
static void files_are(const char *patterns)
{
	ck_assert_int_eq(setenv("LOCKEDH5_FILES", patterns, 1), 0);
}

START_TEST(names_are_covered_or_left_alone)
{
	files_are("*.nc:/data/*.h5:..*");
	ck_assert(policy_covers("data.nc"));
	ck_assert(policy_covers("/data/./more/../x.h5"));
	ck_assert(policy_covers("..x"));
	ck_assert(!policy_covers("data.h5"));
	ck_assert(!policy_covers("/data/../x.h5"));
	ck_assert(!policy_covers("/"));
	ck_assert(!policy_covers("/.."));
}
END_TEST

/* The program's: H5Fopen and open() are called on the way to many other things. */
START_TEST(what_is_left_alone_leaves_errno_alone)
{
	files_are("*.nc");
	errno = EXDEV;
	ck_assert(!policy_covers("data.h5"));
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

/* Nobody can say where it is, so nobody can say that it is not one to be locked. */
START_TEST(what_is_in_a_removed_folder_is_locked)
{
	files_are("*.nc");
	ck_assert_int_eq(mkdir("gone", 0777), 0);
	ck_assert_int_eq(chdir("gone"), 0);
	ck_assert_int_eq(rmdir("../gone"), 0);
	errno = EXDEV;
	ck_assert(policy_covers("data.h5"));
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_locked)
{
	char path[PATH_MAX + 1] = "";

	files_are("*.nc");
	memset(path, 'a', PATH_MAX);
	ck_assert(policy_covers(path));
	path[PATH_MAX - 1] = 0;
	ck_assert(!policy_covers(path));
}
END_TEST

int main(void)
{
	TCase *tests = group("policy");

	tcase_add_test(tests, names_are_covered_or_left_alone);
	tcase_add_test(tests, what_is_left_alone_leaves_errno_alone);
	tcase_add_test(tests, what_is_in_a_removed_folder_is_locked);
	tcase_add_test(tests, a_path_that_is_too_long_is_locked);
	return group_run();
}
