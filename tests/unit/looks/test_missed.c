/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a file is there against what this process has seen: what somebody else has made since is,
 * and nothing of its own. */
#include "somebody_else.h"
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(what_somebody_else_has_made_was_missing)
{
	int fd, age;

	look("a");
	fd = make("a");
	ck_assert_int_eq(fstat(fd, &st), 0);
	errno = EXDEV;
	age = age_after(fd, "a", true, 300);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(age, 300);
	/* By whatever name it is called now. */
	ck_assert(is_missed("./a"));
	/* After a second the program has had time enough for something else. */
	ck_assert_int_eq(age_after(fd, "a", true, LOOKS_LAST_MS + 1), -1);
	ck_assert_int_eq(errno, EXDEV);
	close(fd);
}
END_TEST

START_TEST(who_has_not_looked_for_it_misses_nothing)
{
	close(make("a"));
	ck_assert(!is_missed("a"));
	look("b");
	ck_assert(!is_missed("a"));
	looks_found(AT_FDCWD, "b");
	close(make("b"));
	ck_assert(!is_missed("b"));
}
END_TEST

/* --- times --------------------------------------------------------------------------------------
 */

enum { HOUR = 3600 };

static const struct {
	int seconds, ms,
		ns; /* of the last change, from the look's second on; but no fraction: ns -1 */
	bool here, elsewhere; /* whether it is missed, with this host's clock, or another's */
} changes[] = {
	{ 0, 500, 0, true, true },	   { 0, 501, 0, true, true },
	{ 1, 500, 0, true, true },	   { 0, 499, 999999, false, true },
	{ -1, 999, 0, false, true },	   { -HOUR, 500, 0, false, true },
	{ -HOUR, 499, 0, false, false },   { -2 * HOUR, 0, 1, false, false },
	{ 0, 0, -1, true, true },	   { -1, 0, -1, true, true }, /* FAT: 2 s */
	{ -2, 0, -1, false, true },	   { 0, 0, 1, false, true },
	{ -HOUR - 1, 0, -1, false, true }, { -HOUR - 2, 0, -1, false, false },
};

/* A file that has not changed since the look has been there all the time, by another name. */
START_TEST(what_was_there_before_was_not_made_since)
{
	static const int64_t second = 1700000000;
	int fd = make("a");

	ck_assert_int_eq(fstat(fd, &st), 0);
	st.st_ctim.tv_sec = second + changes[_i].seconds;
	st.st_ctim.tv_nsec = changes[_i].ms * 1000000 + changes[_i].ns;
	if (changes[_i].ns < 0)
		st.st_ctim.tv_nsec = 0;
	clock_ms = second * 1000 + 500;
	look("a");
	ck_assert_int_eq(age_after(fd, "a", true, 200), changes[_i].here ? 200 : -1);
	ck_assert_int_eq(age_after(fd, "a", false, 200), changes[_i].elsewhere ? 200 : -1);
	close(fd);
}
END_TEST

/* --- names --------------------------------------------------------------------------------------
 */

START_TEST(by_a_symbolic_link_it_is_the_same)
{
	ck_assert_int_eq(symlink("a", "link"), 0);
	look("link");
	close(make("a"));
	ck_assert(is_missed("a"));
	ck_assert(is_missed("link"));
	ck_assert_int_eq(unlink("link"), 0);
	ck_assert_int_eq(symlink("b", "link"), 0);
	ck_assert(!is_missed("a"));
}
END_TEST

START_TEST(by_a_hard_link_it_is_the_same)
{
	close(make("a"));
	tick();
	look("b");
	tick();
	ck_assert_int_eq(link("a", "b"), 0);
	ck_assert(is_missed("b"));
	ck_assert(is_missed("a"));
}
END_TEST

static int folder_with_look(void)
{
	int folder;

	ck_assert_int_eq(mkdir("folder", 0777), 0);
	folder = open("folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look_in(folder, "a");
	close(make("folder/a"));
	close(make("folder/b"));
	close(make("a"));
	close(make("folder/other a"));
	return folder;
}

static void only_that_is_missed(void)
{
	ck_assert(is_missed("folder/a"));
	ck_assert(!is_missed("folder/b"));
	ck_assert(!is_missed("folder/other a"));
}

START_TEST(by_its_folders_descriptor_it_is_the_same)
{
	int folder = folder_with_look();

	only_that_is_missed();
	ck_assert(!is_missed("a"));
	close(folder);
}
END_TEST

/* Then the folder is told by what its descriptor was. */
START_TEST(also_if_that_is_closed_by_now)
{
	close(folder_with_look());
	only_that_is_missed();
	ck_assert(!is_missed("a"));
}
END_TEST

START_TEST(also_if_that_is_something_else_by_now)
{
	int folder = folder_with_look(), file = make("file");

	ck_assert_int_eq(dup2(file, folder), folder);
	only_that_is_missed();
	close(folder);
	close(file);
}
END_TEST

START_TEST(also_if_that_is_another_folder_by_now)
{
	int folder = folder_with_look(), other;

	ck_assert_int_eq(mkdir("other", 0777), 0);
	other = open("other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(dup2(other, folder), folder);
	close(make("other/a"));
	ck_assert(!is_missed("other/a"));
	only_that_is_missed();
	close(folder);
	close(other);
}
END_TEST

START_TEST(a_second_look_from_a_number_is_in_the_folder_that_it_is_then)
{
	int folder = folder_with_look(), other;

	ck_assert_int_eq(mkdir("other", 0777), 0);
	other = open("other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(dup2(other, folder), folder);
	look_in(folder, "a");
	close(folder);
	close(make("other/a"));
	ck_assert(is_missed("other/a"));
	ck_assert(!is_missed("folder/a"));
	close(other);
}
END_TEST

/* What is not a folder on the way to a name is no folder's descriptor. */
START_TEST(a_name_below_a_file_is_nobodys)
{
	look("folder/a");
	close(make("folder"));
	close(make("a"));
	ck_assert(!is_missed("a"));
	look_in(-1, "/no/such/folder/a");
	ck_assert(!is_missed("a"));
}
END_TEST

static const char *folder_of_200(void)
{
	static char folder[300];

	memset(folder, 'd', 200);
	ck_assert_int_eq(mkdir(folder, 0777), 0);
	return folder;
}

START_TEST(by_a_long_name_it_is_the_same)
{
	const char *folder = folder_of_200();
	char *name, *alias, *real, *here = realpath(".", NULL);

	ck_assert_int_gt(asprintf(&name, "%s/a", folder), 200);
	ck_assert_int_gt(asprintf(&alias, "./%s", name), 0);
	ck_assert_int_gt(asprintf(&real, "%s/%s", here, name), 0);
	look(_i ? real : name);
	close(make(name));
	ck_assert(is_missed(name));
	ck_assert(is_missed(alias));
	ck_assert(is_missed(real));
	free(name);
	free(alias);
	free(real);
	free(here);
}
END_TEST

START_TEST(a_look_in_a_folder_that_was_left_is_remembered)
{
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	look("a");
	looks_folder_changes();
	ck_assert_int_eq(chdir("folder"), 0);
	close(make("a"));
	close(make("../a"));
	ck_assert(is_missed("../a"));
	ck_assert(!is_missed("a"));
	ck_assert_int_eq(chdir(".."), 0);
}
END_TEST

START_TEST(what_a_child_may_have_made_is_not_missed)
{
	look("a");
	close(make("a"));
	ck_assert(is_missed("a"));
	looks_forget();
	ck_assert(!is_missed("a"));
}
END_TEST

int main(void)
{
	TCase *tests = group("missed");

	tcase_add_test(tests, what_somebody_else_has_made_was_missing);
	tcase_add_test(tests, who_has_not_looked_for_it_misses_nothing);
	tcase_add_loop_test(tests, what_was_there_before_was_not_made_since, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tests, by_a_symbolic_link_it_is_the_same);
	tcase_add_test(tests, by_a_hard_link_it_is_the_same);
	tcase_add_test(tests, by_its_folders_descriptor_it_is_the_same);
	tcase_add_test(tests, also_if_that_is_closed_by_now);
	tcase_add_test(tests, also_if_that_is_something_else_by_now);
	tcase_add_test(tests, also_if_that_is_another_folder_by_now);
	tcase_add_test(tests, a_second_look_from_a_number_is_in_the_folder_that_it_is_then);
	tcase_add_test(tests, a_name_below_a_file_is_nobodys);
	tcase_add_loop_test(tests, by_a_long_name_it_is_the_same, 0, 2);
	tcase_add_test(tests, a_look_in_a_folder_that_was_left_is_remembered);
	tcase_add_test(tests, what_a_child_may_have_made_is_not_missed);
	return group_run();
}
