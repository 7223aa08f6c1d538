/* SPDX-License-Identifier: BSD-3-Clause */
/* For how long a ticket is kept, whatever the program does with descriptors, and what it is for. */
#include "tickets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { MOST = 4 };

/* --- for how long
 * --------------------------------------------------------------------------------- */

START_TEST(it_is_given_back_after_a_second)
{
	struct ticket_name name = name_of("a"), later = name_of("b");
	int watcher;

	ticket_give_back_old();
	take(&name);
	watcher = watch(&name);
	ticket_give_back_old();
	ck_assert(ticket_mine(&name));
	ahead = 2;
	take(&later);
	errno = EXDEV;
	ticket_give_back_old();
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(hung_up_within(watcher, 0));
	ck_assert(!ticket_mine(&name));
	ck_assert(ticket_mine(&later));
}
END_TEST

/* A child that this process waits for may look for the same name. */
START_TEST(all_are_given_back_for_a_while)
{
	struct ticket_name name = name_of("a"), other = name_of("b");
	int watcher;

	errno = EXDEV;
	ticket_give_back_all();
	take(&name);
	take(&other);
	watcher = watch(&name);
	errno = EXDEV;
	ticket_give_back_all();
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!ticket_any());
	ck_assert(hung_up_within(watcher, 0));
	ck_assert_int_eq(ticket_watch(&other), -ECONNREFUSED);
	take(&name);
}
END_TEST

/* --- the program's own doings
 * --------------------------------------------------------------------- */

/* closefrom(), as daemons do; and the number is a file's by now. */
START_TEST(what_has_the_sockets_number_by_now_is_not_closed)
{
	struct ticket_name name = name_of("a");
	int fd = take(&name), watcher = watch(&name), file;

	close(fd);
	ck_assert(hung_up_within(watcher, 0));
	file = open("file", O_RDWR | O_CREAT, 0666);
	if (file != fd)
		ck_assert_int_eq(dup2(file, fd), fd);
	ticket_give_back(AT_FDCWD, "a");
	ck_assert(!ticket_any());
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
}
END_TEST

START_TEST(nor_is_another_socket)
{
	struct ticket_name name = name_of("a"), free = name_of("b");
	int fd = take(&name), other = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	ck_assert_int_eq(dup2(other, fd), fd);
	ahead = 2;
	ticket_give_back_old();
	ck_assert(!ticket_any());
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	/* A place is free again. */
	for (int i = 0; i < MOST; i++) {
		take(&free);
		ticket_give_back(AT_FDCWD, "b");
	}
}
END_TEST

START_TEST(a_number_that_is_nothing_is_forgotten)
{
	struct ticket_name name = name_of("a");

	close(take(&name));
	ticket_give_back(AT_FDCWD, "a");
	ck_assert(!ticket_any());
	take(&name);
}
END_TEST

START_TEST(there_are_four)
{
	struct ticket_name names[MOST + 1];
	int next;

	for (int i = 0; i <= MOST; i++)
		names[i] = name_of((const char[]){ (char)('a' + i), 0 });
	for (int i = 0; i < MOST; i++)
		take(&names[i]);
	next = next_descriptor();
	ck_assert_int_eq(ticket_take(&names[MOST]), -EMFILE);
	ck_assert_int_eq(ticket_take(&names[0]), 0);
	ck_assert_int_eq(next_descriptor(), next);
	ticket_give_back(AT_FDCWD, "c");
	ck_assert_int_eq(ticket_take(&names[MOST]), 0);
	for (int i = 0; i <= MOST; i++)
		ck_assert_int_eq(ticket_mine(&names[i]), i != 2);
}
END_TEST

START_TEST(without_descriptors_there_is_none)
{
	struct ticket_name name = name_of("a");
	struct rlimit limit, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)next_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < 2 * MOST; i++)
		ck_assert_int_eq(ticket_take(&name), -EMFILE);
	ck_assert_int_eq(ticket_watch(&name), -EMFILE);
	ck_assert(!ticket_any());
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	take(&name);
}
END_TEST

/* A program that has closed its standard streams would write into it. */
START_TEST(the_socket_is_none_of_the_standard_streams)
{
	struct ticket_name name = name_of("a");
	int watcher;

	close(STDIN_FILENO);
	ck_assert_int_eq(ticket_take(&name), 0);
	watcher = watch(&name);
	ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), -1);
	close(watcher);
}
END_TEST

/* --- names
 * ---------------------------------------------------------------------------------------- */

static bool is_same(int folder, const char *other, const struct ticket_name *name)
{
	struct ticket_name found;

	ck_assert_int_eq(ticket_name(folder, other, &found), 0);
	return found.dev == name->dev && found.ino == name->ino && found.base == name->base;
}

START_TEST(a_name_is_the_same_however_it_is_called)
{
	struct ticket_name name;
	int folder;
	char *here = realpath(".", NULL), *absolute;

	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(symlink("folder", "link"), 0);
	folder = open("folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_gt(asprintf(&absolute, "%s/folder/a", here), 0);
	name = name_of("folder/a");
	ck_assert(is_same(AT_FDCWD, absolute, &name));
	ck_assert(is_same(folder, absolute, &name));
	ck_assert(is_same(folder, "a", &name));
	ck_assert(is_same(folder, "../link/a", &name));
	ck_assert(is_same(AT_FDCWD, "link//a", &name));
	ck_assert(!is_same(AT_FDCWD, "a", &name));
	ck_assert(!is_same(folder, "b", &name));
	ck_assert(!is_same(folder, "ab", &name));
	ck_assert(!is_same(AT_FDCWD, "/a", &name));
	name = name_of("/a");
	ck_assert(is_same(folder, "/../a", &name));
	free(here);
	free(absolute);
	close(folder);
}
END_TEST

/* However it was called when it was taken; the same, which is likely, is found without a look. */
START_TEST(it_is_given_back_by_any_name)
{
	static const char *const others[] = { "folder/a", "./folder/a", "folder/../folder//a" };
	struct ticket_name name, other;

	ck_assert_int_eq(mkdir("folder", 0777), 0);
	name = name_of("folder/a");
	other = name_of("a");
	take(&other);
	for (int i = 0; i < 3; i++) {
		int watcher;

		ck_assert(!ticket_taken_by("folder/a"));
		take(&name);
		ck_assert(ticket_taken_by("folder/a"));
		ck_assert(ticket_taken_by("a"));
		ck_assert(!ticket_taken_by("./folder/a"));
		ck_assert(!ticket_taken_by("b"));
		watcher = watch(&name);
		errno = EXDEV;
		ticket_give_back(AT_FDCWD, "no/a");
		ticket_give_back(AT_FDCWD, "folder/b");
		ck_assert_int_eq(errno, EXDEV);
		ck_assert(!hung_up_within(watcher, 0));
		ticket_give_back(AT_FDCWD, others[i]);
		ck_assert(hung_up_within(watcher, 0));
		close(watcher);
	}
	ck_assert(ticket_mine(&other));
}
END_TEST

START_TEST(of_a_long_name_the_last_byte_counts)
{
	struct ticket_name name, other;
	char base[256];

	memset(base, 'x', sizeof(base) - 1);
	base[sizeof(base) - 1] = 0;
	name = name_of(base);
	base[sizeof(base) - 2] = 'y';
	other = name_of(base);
	take(&name);
	ck_assert(!ticket_mine(&other));
	ck_assert_int_eq(ticket_watch(&other), -ECONNREFUSED);
	take(&other);
	close(watch(&name));
}
END_TEST

START_TEST(a_folder_that_can_not_be_looked_at_has_no_names)
{
	char *name = malloc(5000);
	struct ticket_name found;

	ck_assert_int_eq(ticket_name(AT_FDCWD, "no/a", &found), -ENOENT);
	ck_assert_int_eq(ticket_name(-1, "a", &found), -EBADF);
	file_write("file", "");
	ck_assert_int_eq(ticket_name(AT_FDCWD, "file/a", &found), -ENOTDIR);
	for (int length = 4080; length < 4110; length++) {
		memset(name, 'd', (size_t)length);
		memcpy(name + length, "/a", 3);
		ck_assert_int_eq(ticket_name(AT_FDCWD, name, &found), -ENAMETOOLONG);
	}
	free(name);
}
END_TEST

int main(void)
{
	TCase *tests = group("ticket_kept");

	tcase_add_test(tests, it_is_given_back_after_a_second);
	tcase_add_test(tests, all_are_given_back_for_a_while);
	tcase_add_test(tests, what_has_the_sockets_number_by_now_is_not_closed);
	tcase_add_test(tests, nor_is_another_socket);
	tcase_add_test(tests, a_number_that_is_nothing_is_forgotten);
	tcase_add_test(tests, there_are_four);
	tcase_add_test(tests, without_descriptors_there_is_none);
	tcase_add_test(tests, the_socket_is_none_of_the_standard_streams);
	tcase_add_test(tests, a_name_is_the_same_however_it_is_called);
	tcase_add_test(tests, it_is_given_back_by_any_name);
	tcase_add_test(tests, of_a_long_name_the_last_byte_counts);
	tcase_add_test(tests, a_folder_that_can_not_be_looked_at_has_no_names);
	return group_run();
}
