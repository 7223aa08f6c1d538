/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks of the program's own that HDF5's files go on under: what is put off, and when it is done.
 */
#include "lock/guard.h"
#include "lock/turnstile.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

static int open_file(void)
{
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int locked_file(void)
{
	int fd = open_file();

	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

/* What flock() does in the library: really, unless it is put off. */
static bool flocks(int fd, int operation)
{
	if (guard_defers(fd, operation))
		return false;
	ck_assert_int_eq(flock(fd, operation | LOCK_NB), 0);
	return true;
}

static const struct {
	int operation, shared, exclusive;
} ends[] = { { LOCK_UN, 0, 0 }, { LOCK_SH, 1, 0 }, { LOCK_UN | LOCK_NB, 0, 0 } };

START_TEST(the_lock_lasts_as_long_as_the_file_is_open)
{
	int own = locked_file(), fd = open_file();

	ck_assert_int_eq(guard_begin(fd, own), 0);
	ck_assert(!flocks(own, ends[_i].operation));
	locks_are("a", 0, 1);
	errno = ENOTTY;
	guard_end(fd, true);
	ck_assert_int_eq(errno, ENOTTY);
	locks_are("a", ends[_i].shared, ends[_i].exclusive);
	ck_assert(flocks(own, LOCK_UN));
}
END_TEST

START_TEST(it_lasts_until_the_last_of_two_is_closed)
{
	int own = locked_file(), one = open_file(), two = open_file();

	ck_assert_int_eq(guard_begin(one, own), 0);
	ck_assert_int_eq(guard_begin(two, own), 0);
	ck_assert(!flocks(own, LOCK_UN));
	guard_end(_i ? one : two, true);
	locks_are("a", 0, 1);
	guard_end(_i ? two : one, true);
	locks_are("a", 0, 0);
}
END_TEST

START_TEST(what_is_locked_again_stays_so)
{
	int own = locked_file(), fd = open_file();

	ck_assert_int_eq(guard_begin(fd, own), 0);
	ck_assert(!flocks(own, LOCK_UN));
	flocks(own, LOCK_EX);
	guard_end(fd, true);
	locks_are("a", 0, 1);
}
END_TEST

START_TEST(an_earlier_file_says_nothing_of_a_later_one)
{
	int own = locked_file(), fd = open_file();

	ck_assert_int_eq(guard_begin(fd, own), 0);
	ck_assert(!flocks(own, LOCK_UN));
	guard_end(fd, true);
	ck_assert_int_eq(flock(own, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(guard_begin(fd, own), 0);
	guard_end(fd, true);
	locks_are("a", 0, 1);
}
END_TEST

/* Another descriptor of the same file has no lock that could be lost, nor has another file. */
START_TEST(other_descriptors_are_the_programs)
{
	int own = locked_file(), fd = open_file(), other = open_file();
	int another = open("b", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq(flock(another, LOCK_EX), 0);
	ck_assert_int_eq(guard_begin(fd, own), 0);
	errno = ENOTTY;
	ck_assert(!guard_defers(other, LOCK_UN));
	ck_assert(!guard_defers(another, LOCK_UN));
	ck_assert_int_eq(errno, ENOTTY);
	guard_end(fd, true);
	locks_are("a", 0, 1);
}
END_TEST

/* A forked child may close its copies. */
START_TEST(a_child_ends_nothing)
{
	int own = locked_file(), fd = open_file();

	ck_assert_int_eq(guard_begin(fd, own), 0);
	ck_assert(!flocks(own, LOCK_UN));
	guard_end(fd, false);
	locks_are("a", 0, 1);
}
END_TEST

/* The place of who writes under a lock that several have: it is free when the file is closed,
 * though a forked child has a copy of the descriptor. */
START_TEST(the_next_one_comes_though_a_child_lives)
{
	int own = locked_file(), fd = open_file(), next = open_file();
	pid_t child;

	ck_assert_int_eq(turnstile_try(&here, fd, PLACE_GUARDED, true), 0);
	ck_assert_int_eq(guard_begin(fd, own), 0);
	ck_assert_int_eq(turnstile_try(&here, next, PLACE_GUARDED, true), -EAGAIN);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	guard_end(fd, true);
	close(fd);
	ck_assert_int_eq(turnstile_try(&here, next, PLACE_GUARDED, true), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

enum { GUARDS = 64 }; /* as many as guard.c has places */

static int next_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

START_TEST(places_come_back_and_have_an_end)
{
	int own = locked_file(), fds[GUARDS + 1], free;

	for (int i = 0; i <= GUARDS; i++)
		fds[i] = open_file();
	free = next_descriptor();
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < GUARDS; i++)
			ck_assert_int_eq(guard_begin(fds[i], own), 0);
		ck_assert_int_eq(guard_begin(fds[GUARDS], own), -ENOMEM);
		for (int i = 0; i < GUARDS; i++)
			guard_end(fds[i], true);
		guard_end(fds[GUARDS], true);
		ck_assert_int_eq(next_descriptor(), free);
	}
	locks_are("a", 0, 1);
	ck_assert(flocks(own, LOCK_UN));
}
END_TEST

START_TEST(what_can_not_be_copied_is_told)
{
	int own = locked_file(), fd = open_file(), other = open("b", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq(guard_begin(-1, own), -EBADF);
	ck_assert_int_eq(guard_begin(fd, -1), -ESTALE);
	ck_assert_int_eq(guard_begin(other, own), -ESTALE);
	ck_assert(flocks(own, LOCK_UN));
	ck_assert_int_eq(guard_begin(fd, own), -ESTALE);
}
END_TEST

int main(void)
{
	TCase *tests = group("guard");

	tcase_add_loop_test(tests, the_lock_lasts_as_long_as_the_file_is_open, 0,
			    sizeof(ends) / sizeof(ends[0]));
	tcase_add_loop_test(tests, it_lasts_until_the_last_of_two_is_closed, 0, 2);
	tcase_add_test(tests, what_is_locked_again_stays_so);
	tcase_add_test(tests, an_earlier_file_says_nothing_of_a_later_one);
	tcase_add_test(tests, other_descriptors_are_the_programs);
	tcase_add_test(tests, a_child_ends_nothing);
	tcase_add_test(tests, the_next_one_comes_though_a_child_lives);
	tcase_add_test(tests, places_come_back_and_have_an_end);
	tcase_add_test(tests, what_can_not_be_copied_is_told);
	return group_run();
}
