/* SPDX-License-Identifier: BSD-3-Clause */
/* The names that were looked for in vain: each for a second, each by its own name. */
#include "looks/looks.h"

#include "remembered.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* From this length on, with the NUL, a name is kept elsewhere. */
enum { SHORT_BYTES = 184 };

START_TEST(a_look_in_vain_is_remembered)
{
	struct looks_entry entry;
	int i;

	ck_assert(!looks_any());
	ck_assert(!looks_recently((uint32_t)looks_now()));
	looks_missed(7, "some/where");
	ck_assert(looks_any());
	ck_assert(looks_recently((uint32_t)looks_now()));
	i = place(7, "some/where");
	ck_assert_int_ge(i, 0);
	ck_assert(looks_read(i, (uint32_t)looks_now(), &entry));
	ck_assert_str_eq(entry.name, "some/where");
	ck_assert_int_eq(entry.folder, 7);
	ck_assert_uint_eq(entry.when, (uint32_t)SOME_TIME);
}
END_TEST

START_TEST(it_is_forgotten_after_a_second)
{
	looks_missed(AT_FDCWD, "a");
	clock_ms += LOOKS_LAST_MS;
	ck_assert(is_remembered("a"));
	ck_assert(looks_recently((uint32_t)looks_now()));
	clock_ms++;
	ck_assert(!is_remembered("a"));
	ck_assert(!looks_recently((uint32_t)looks_now()));
	/* It was there, once. */
	ck_assert(looks_any());
}
END_TEST

/* A thread that has asked for the time, and then sleeps, meets looks of others that are later. */
START_TEST(a_later_look_is_recent_but_none_from_before)
{
	looks_missed(AT_FDCWD, "a");
	ck_assert(looks_recently((uint32_t)SOME_TIME - 1));
	ck_assert_int_lt(place_at(AT_FDCWD, "a", (uint32_t)SOME_TIME - 1), 0);
}
END_TEST

/* The low half of the time goes round in 49 days, and 0 stands for none. */
START_TEST(the_time_goes_round)
{
	clock_ms = 401LL << 32;
	looks_missed(AT_FDCWD, "at zero");
	ck_assert(looks_any());
	ck_assert(looks_recently((uint32_t)looks_now() + 1));
	ck_assert_int_ge(place_at(AT_FDCWD, "at zero", (uint32_t)looks_now() + 1), 0);
	clock_ms -= 10;
	looks_missed(AT_FDCWD, "before");
	clock_ms += 20;
	ck_assert(is_remembered("before"));
	ck_assert(looks_recently((uint32_t)looks_now()));
	clock_ms += LOOKS_LAST_MS;
	ck_assert(!is_remembered("before"));
}
END_TEST

START_TEST(what_is_found_by_the_same_name_is_not_missing)
{
	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, "b");
	looks_found(AT_FDCWD, "a");
	ck_assert(!is_remembered("a"));
	ck_assert(is_remembered("b"));
	looks_found(7, "b");
	looks_found(AT_FDCWD, "./b");
	looks_found(AT_FDCWD, "c");
	ck_assert(is_remembered("b"));
	looks_missed(AT_FDCWD, "a");
	ck_assert(is_remembered("a"));
}
END_TEST

START_TEST(a_relative_name_is_its_folders)
{
	looks_missed(7, "a");
	looks_missed(7, "/a");
	ck_assert(!is_remembered("a"));
	ck_assert_int_lt(place(8, "a"), 0);
	ck_assert_int_ge(place(7, "a"), 0);
	ck_assert(is_remembered("/a"));
}
END_TEST

/* The system says ENOENT to it, too. */
START_TEST(no_name_is_none)
{
	looks_missed(AT_FDCWD, "");
	ck_assert(!looks_any());
}
END_TEST

START_TEST(errno_is_kept)
{
	errno = EXDEV;
	looks_missed(AT_FDCWD, "a");
	looks_found(AT_FDCWD, "b");
	looks_forget();
	looks_missed(AT_FDCWD, "a");
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(chdir("folder"), 0);
	ck_assert_int_eq(rmdir("../folder"), 0);
	errno = EXDEV;
	looks_folder_changes();
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(looks_any());
}
END_TEST

/* --- names -------------------------------------------------------------------------------- */

static const size_t lengths[] = { 1,  2,  3,  4,  5,  6,  7,   8,   9,	 10,  15,  16,	 17,
				  23, 24, 25, 63, 64, 65, 182, 183, 184, 185, 255, 1000, 4095 };

/* A name of LENGTH bytes that ends where the memory does: all that lies behind can't be read. */
static char *name_of(size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), all = (length / page + 1) * page;
	char *memory =
		mmap(NULL, all + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *name = memory + all - length - 1;

	ck_assert(memory != MAP_FAILED);
	ck_assert_int_eq(mprotect(memory + all, page, PROT_NONE), 0);
	for (size_t i = 0; i < length; i++)
		name[i] = (char)(1 + i * 37 % 255);
	name[0] = 'n';
	return name;
}

START_TEST(names_of_any_length)
{
	size_t length = lengths[_i];
	char *name = name_of(length), *other = name_of(length);
	struct looks_entry entry;
	int i;

	looks_missed(AT_FDCWD, name);
	i = place(AT_FDCWD, name);
	ck_assert_int_ge(i, 0);
	ck_assert(looks_read(i, (uint32_t)looks_now(), &entry));
	ck_assert_str_eq(entry.name, name);
	for (size_t changed = 0; changed < length; changed++) {
		other[changed] ^= 64;
		if (!strlen(other) || strlen(other) != length) {
			other[changed] ^= 64;
			continue;
		}
		looks_found(AT_FDCWD, other);
		other[changed] ^= 64;
	}
	other[length - 1] = 0;
	looks_found(AT_FDCWD, other);
	ck_assert(is_remembered(name));
	looks_found(AT_FDCWD, name);
	ck_assert(!is_remembered(name));
}
END_TEST

/* The system has no file of such a name. */
START_TEST(a_name_that_is_too_long_is_none)
{
	for (size_t length = PATH_MAX; length < 3 * PATH_MAX; length += 500) {
		char *name = name_of(length);

		looks_missed(AT_FDCWD, name);
		looks_found(AT_FDCWD, name);
		looks_folder_changes();
	}
	for (int i = 0; i < LOOKS_PLACES; i++) {
		struct looks_entry entry;

		ck_assert(!looks_read(i, (uint32_t)looks_now(), &entry));
	}
}
END_TEST

/* Long names have few places. */
START_TEST(a_long_name_that_is_looked_for_again_is_remembered)
{
	enum { NAMES = 60 };
	char *names[NAMES];

	for (int i = 0; i < NAMES; i++) {
		names[i] = name_of(SHORT_BYTES + 10);
		names[i][1] = (char)('a' + i);
		looks_missed(AT_FDCWD, names[i]);
		ck_assert(is_remembered(names[i]));
	}
	for (int i = 0; i < NAMES; i++) {
		looks_missed(AT_FDCWD, names[i]);
		ck_assert(is_remembered(names[i]));
	}
}
END_TEST

/* A short name takes the place of a long one: nothing of that stays. */
START_TEST(a_place_has_one_name)
{
	char name[300];

	for (int round = 0; round < 3 * LOOKS_PLACES; round++) {
		size_t length = (size_t)round * 31 % 200 + 8;
		struct looks_entry entry;

		memset(name, 'a' + round % 26, length);
		snprintf(name + length, sizeof(name) - length, "%d", round);
		looks_missed(AT_FDCWD, name);
		ck_assert(looks_read(place(AT_FDCWD, name), (uint32_t)looks_now(), &entry));
		ck_assert_str_eq(entry.name, name);
	}
}
END_TEST

/* --- the current folder ------------------------------------------------------------------- */

static const char *absolute(const char *name)
{
	static char path[PATH_MAX + 1024];

	ck_assert_ptr_nonnull(getcwd(path, PATH_MAX));
	return strcat(strcat(path, "/"), name);
}

START_TEST(in_another_folder_a_relative_name_is_absolute)
{
	int when;

	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, "/some/where");
	looks_missed(7, "in a folder");
	clock_ms += 300;
	looks_folder_changes();
	ck_assert(!is_remembered("a"));
	ck_assert(is_remembered(absolute("a")));
	ck_assert(is_remembered("/some/where"));
	ck_assert_int_ge(place(7, "in a folder"), 0);
	/* It was missing then, and not now. */
	for (when = 0; is_remembered(absolute("a")); when++)
		clock_ms++;
	ck_assert_int_eq(when, LOOKS_LAST_MS - 300 + 1);
}
END_TEST

START_TEST(what_is_forgotten_already_stays_as_it_is)
{
	looks_missed(AT_FDCWD, "a");
	clock_ms += LOOKS_LAST_MS + 1;
	looks_folder_changes();
	clock_ms -= LOOKS_LAST_MS + 1;
	ck_assert(is_remembered("a"));
	ck_assert(!is_remembered(absolute("a")));
}
END_TEST

START_TEST(a_folder_that_is_gone_takes_its_names_along)
{
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(chdir("folder"), 0);
	looks_missed(AT_FDCWD, "a");
	ck_assert_int_eq(rmdir("../folder"), 0);
	looks_folder_changes();
	ck_assert(!is_remembered("a"));
	ck_assert_int_eq(chdir(".."), 0);
}
END_TEST

/* It is as long as the longest that is kept as it is, or longer. */
START_TEST(a_long_relative_name_becomes_absolute)
{
	char *name = name_of(SHORT_BYTES - 1 + (size_t)_i);

	looks_missed(AT_FDCWD, name);
	looks_folder_changes();
	ck_assert(!is_remembered(name));
	ck_assert(is_remembered(absolute(name)));
}
END_TEST

START_TEST(a_long_absolute_name_is_the_same_in_any_folder)
{
	for (size_t length = SHORT_BYTES - 2; length < 1000; length += 7) {
		char *name = name_of(length);

		name[0] = '/';
		looks_missed(AT_FDCWD, name);
		looks_folder_changes();
		ck_assert(is_remembered(name));
	}
}
END_TEST

/* --- children ------------------------------------------------------------------------------ */

START_TEST(what_a_child_may_have_made_is_forgotten)
{
	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, "b");
	looks_forget();
	ck_assert(!is_remembered("a"));
	/* It made none: the same name, at the same place. */
	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, "c");
	ck_assert(is_remembered("a"));
	ck_assert(is_remembered("c"));
	ck_assert(!is_remembered("b"));
}
END_TEST

START_TEST(a_forked_child_has_its_parents)
{
	pid_t child;
	int status;

	looks_missed(AT_FDCWD, "a");
	child = fork();
	if (child == 0) {
		bool its = is_remembered("a");

		looks_found(AT_FDCWD, "a");
		looks_missed(AT_FDCWD, "b");
		_exit(!(its && looks_any()));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(is_remembered("a"));
	ck_assert(!is_remembered("b"));
}
END_TEST

int main(void)
{
	TCase *tests = group("looks");

	tcase_add_test(tests, a_look_in_vain_is_remembered);
	tcase_add_test(tests, it_is_forgotten_after_a_second);
	tcase_add_test(tests, a_later_look_is_recent_but_none_from_before);
	tcase_add_test(tests, the_time_goes_round);
	tcase_add_test(tests, what_is_found_by_the_same_name_is_not_missing);
	tcase_add_test(tests, a_relative_name_is_its_folders);
	tcase_add_test(tests, no_name_is_none);
	tcase_add_test(tests, errno_is_kept);
	tcase_add_loop_test(tests, names_of_any_length, 0, sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(tests, a_name_that_is_too_long_is_none);
	tcase_add_test(tests, a_long_name_that_is_looked_for_again_is_remembered);
	tcase_add_test(tests, a_place_has_one_name);
	tcase_add_test(tests, in_another_folder_a_relative_name_is_absolute);
	tcase_add_test(tests, what_is_forgotten_already_stays_as_it_is);
	tcase_add_test(tests, a_folder_that_is_gone_takes_its_names_along);
	tcase_add_loop_test(tests, a_long_relative_name_becomes_absolute, 0, 2);
	tcase_add_test(tests, a_long_absolute_name_is_the_same_in_any_folder);
	tcase_add_test(tests, what_a_child_may_have_made_is_forgotten);
	tcase_add_test(tests, a_forked_child_has_its_parents);
	return group_run();
}
