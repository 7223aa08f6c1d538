/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions by which a forked child uses a file that it has inherited: each of them takes the
 * lock on, or is refused. */
#include "lock/held.h"
#include "system/process.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

/* Declared by the C library's headers only where a program is built with _FORTIFY_SOURCE. */
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off_t, size_t);

static int fd;
static char byte;

static int read_it(void)
{
	return (int)read(fd, &byte, 1);
}

static int pread_it(void)
{
	return (int)pread(fd, &byte, 1, 0);
}

static int pread64_it(void)
{
	return (int)pread64(fd, &byte, 1, 0);
}

static int write_it(void)
{
	return (int)write(fd, "x", 1);
}

static int pwrite_it(void)
{
	return (int)pwrite(fd, "x", 1, 0);
}

static int pwrite64_it(void)
{
	return (int)pwrite64(fd, "x", 1, 0);
}

static int ftruncate_it(void)
{
	return 1 + ftruncate(fd, 1);
}

static int ftruncate64_it(void)
{
	return 1 + ftruncate64(fd, 1);
}

static int read_chk_it(void)
{
	return (int)__read_chk(fd, &byte, 1, 1);
}

static int pread_chk_it(void)
{
	return (int)__pread_chk(fd, &byte, 1, 0, 1);
}

static int pread64_chk_it(void)
{
	return (int)__pread64_chk(fd, &byte, 1, 0, 1);
}

static int (*const uses[])(void) = { read_it,	  pread_it,	pread64_it,    write_it,
				     pwrite_it,	  pwrite64_it,	ftruncate_it,  ftruncate64_it,
				     read_chk_it, pread_chk_it, pread64_chk_it };
enum { USES = sizeof(uses) / sizeof(uses[0]) };

/* A new file of one byte, with a lock that is entered. */
static void open_locked(void)
{
	struct stat st;

	fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	ck_assert_int_eq((int)write(fd, "1", 1), 1);
	ck_assert_int_eq((int)lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_OPEN, HELD_EXCLUSIVE, "library"), 0);
}

static void close_it(void)
{
	struct held h;

	held_release(fd, &h);
	close(fd);
}

/* The two ends of a conversation of one byte each. */
static int to_child[2], to_parent[2];

static void say(const int *pipe)
{
	ck_assert_int_eq((int)write(pipe[1], "x", 1), 1);
}

static void hear(const int *pipe)
{
	char heard;

	ck_assert_int_eq((int)read(pipe[0], &heard, 1), 1);
}

START_TEST(whoever_uses_it_has_the_lock)
{
	int status;
	pid_t child;

	open_locked();
	ck_assert_int_eq(pipe(to_child) | pipe(to_parent), 0);
	child = fork();
	if (child == 0) {
		errno = ENOTTY;
		if (uses[_i]() != 1 || errno != ENOTTY)
			_exit(1);
		say(to_parent);
		hear(to_child);
		_exit(0);
	}
	hear(to_parent);
	close_it();
	locks_are("a", 0, 1);
	say(to_child);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	locks_become("a", 0, 0);
}
END_TEST

START_TEST(whoever_comes_too_late_is_refused)
{
	int status, other;
	pid_t child;

	open_locked();
	ck_assert_int_eq(pipe(to_child), 0);
	child = fork();
	if (child == 0) {
		hear(to_child);
		byte = 0;
		for (int i = 0; i < 2; i++) {
			errno = 0;
			if (uses[_i]() > 0 || errno != ESTALE || byte)
				_exit(1);
		}
		_exit(0);
	}
	close_it();
	other = open("a", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq((int)write(other, "234", 3), 3);
	say(to_child);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq((int)file_size("a"), 3);
	ck_assert_int_eq((int)pread(other, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, '2');
	locks_are("a", 0, 1);
}
END_TEST

/* Who is nobody's child, or has nothing of its parent's, only reads and writes. */
START_TEST(all_others_are_left_alone)
{
	int status;
	pid_t child;

	fd = open("b", O_RDWR | O_CREAT, 0666);
	ck_assert_int_eq((int)write(fd, "1", 1), 1);
	ck_assert_int_eq((int)lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(uses[_i](), 1);
	ck_assert_int_eq((int)lseek(fd, 0, SEEK_SET), 0);
	child = fork();
	if (child == 0)
		_exit(uses[_i]() != 1 || process_is_heir());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("access");

	tcase_add_loop_test(tests, whoever_uses_it_has_the_lock, 0, USES);
	tcase_add_loop_test(tests, whoever_comes_too_late_is_refused, 0, USES);
	tcase_add_loop_test(tests, all_others_are_left_alone, 0, USES);
	return group_run();
}
