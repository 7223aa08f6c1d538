/* SPDX-License-Identifier: BSD-3-Clause */
/* What this process has made or seen is nobody else's. */
#include "looks/known.h"

#include "somebody_else.h"
#include "support.h"
#include "system/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

START_TEST(what_this_process_has_made_is_its_own)
{
	int fd;

	look("a");
	fd = make("a");
	errno = EXDEV;
	known_made(fd);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!is_missed("a"));
	/* By another name of it, too. */
	look("b");
	ck_assert_int_eq(link("a", "b"), 0);
	known_made_name(AT_FDCWD, "b");
	ck_assert(!is_missed("b"));
	close(fd);
}
END_TEST

START_TEST(what_it_has_given_the_name_is_its_own)
{
	int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	close(make("temporary"));
	look("a");
	tick();
	ck_assert_int_eq(rename("temporary", "a"), 0);
	ck_assert(is_missed("a"));
	errno = EXDEV;
	known_made_name(folder, "a");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!is_missed("a"));
	close(folder);
}
END_TEST

START_TEST(what_it_has_seen_is_known)
{
	look("a");
	close(make("a"));
	ck_assert(is_missed("a"));
	known_seen(&st);
	ck_assert(!is_missed("a"));
}
END_TEST

START_TEST(nobody_sees_a_folder_for_a_file)
{
	look("a");
	close(make("a"));
	ck_assert(is_missed("a"));
	st.st_mode = S_IFDIR | 0777;
	known_seen(&st);
	ck_assert(is_missed("a"));
}
END_TEST

/* Seen, moved away, looked for, moved back by somebody else. */
START_TEST(what_was_seen_before_the_look_says_nothing)
{
	look("something else");
	close(make("a"));
	ck_assert_int_eq(stat("a", &st), 0);
	known_seen(&st);
	known_made_name(AT_FDCWD, "a");
	ck_assert_int_eq(rename("a", "b"), 0);
	tick();
	look("a");
	tick();
	ck_assert_int_eq(rename("b", "a"), 0);
	ck_assert(is_missed("a"));
}
END_TEST

/* What is known outlasts later looks for other names. */
START_TEST(other_looks_change_nothing)
{
	look("a");
	close(make("a"));
	known_made_name(AT_FDCWD, "a");
	tick();
	look("b");
	ck_assert(!is_missed("a"));
	close(make("b"));
	ck_assert(is_missed("b"));
	ck_assert(!is_missed("a"));
}
END_TEST

/* --- births ----------------------------------------------------------------------------------- */

/* In nanoseconds; -1: the file system does not know; -2: nor does the kernel. */
static int64_t birth;

static int statx_with_birth(int fd, const char *path, int flags, unsigned int mask,
			    struct statx *more)
{
	int rc = (int)syscall(SYS_statx, fd, path, flags, mask, more);

	if (birth == -2) {
		errno = ENOSYS;
		return -1;
	}
	if (rc)
		return rc;
	memset(&more->stx_btime, 0, sizeof(more->stx_btime));
	more->stx_mask &= ~STATX_BTIME;
	if (birth < 0)
		return 0;
	more->stx_mask |= STATX_BTIME;
	more->stx_btime.tv_sec = birth / 1000000000;
	more->stx_btime.tv_nsec = (uint32_t)(birth % 1000000000);
	return 0;
}

/* When "a" was last changed. */
static int64_t changed(void)
{
	struct stat a;

	ck_assert_int_eq(stat("a", &a), 0);
	return a.st_ctim.tv_sec * 1000000000 + a.st_ctim.tv_nsec;
}

/* ext4 and tmpfs give the number of a file that was removed to the next one. */
START_TEST(a_file_with_the_number_of_a_removed_one_is_another)
{
	names_statx = statx_with_birth;
	look("a");
	close(make("a"));
	known_made_name(AT_FDCWD, "a");
	birth = changed();
	ck_assert(!is_missed("a"));
	birth = changed() + 1;
	ck_assert(is_missed("a"));
	birth = changed() + 1000000000;
	ck_assert(is_missed("a"));
}
END_TEST

START_TEST(where_births_are_not_known_the_number_has_to_do)
{
	names_statx = statx_with_birth;
	birth = -1;
	look("a");
	close(make("a"));
	known_made_name(AT_FDCWD, "a");
	ck_assert(!is_missed("a"));
}
END_TEST

START_TEST(what_can_not_be_looked_at_is_not_known)
{
	int fd;

	names_statx = statx_with_birth;
	birth = -2;
	look("a");
	fd = make("a");
	errno = EXDEV;
	known_made(fd);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(is_missed("a"));
	ck_assert_int_eq(errno, EXDEV);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tests = group("known");

	tcase_add_test(tests, what_this_process_has_made_is_its_own);
	tcase_add_test(tests, what_it_has_given_the_name_is_its_own);
	tcase_add_test(tests, what_it_has_seen_is_known);
	tcase_add_test(tests, nobody_sees_a_folder_for_a_file);
	tcase_add_test(tests, what_was_seen_before_the_look_says_nothing);
	tcase_add_test(tests, other_looks_change_nothing);
	tcase_add_test(tests, a_file_with_the_number_of_a_removed_one_is_another);
	tcase_add_test(tests, where_births_are_not_known_the_number_has_to_do);
	tcase_add_test(tests, what_can_not_be_looked_at_is_not_known);
	return group_run();
}
