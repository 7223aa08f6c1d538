/* SPDX-License-Identifier: BSD-3-Clause */
/* What is held on file systems that want their locks otherwise: its changes, its end, and those who
 * inherit it.  On a local file, whose entry says that it is elsewhere. */
#include "lock/held.h"
#include "lock/inherited.h"
#include "lock/kernel_lock.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem bytes = { .name = "nfs4", .traits = FS_REMOTE | FS_LINE | FS_BYTES };
static const struct filesystem cifs = { .name = "cifs",
					.traits = FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS };
static const struct filesystem here = { .name = "here", .traits = FS_LINE };

static _Atomic int forgotten;

/* Instead of the C library's. */
int posix_fadvise(int fd, off_t from, off_t length, int advice)
{
	(void)fd;
	forgotten += advice == POSIX_FADV_DONTNEED && from == 0 && length == 0;
	return 0;
}

static int open_file(void)
{
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int try(const struct filesystem *fs, int fd, int operation)
{
	return kernel_lock(fs, fd, operation | LOCK_NB);
}

/* An open file of HDF5's on FS. */
static int hold(const struct filesystem *fs, enum held_lock lock)
{
	int fd = open_file();
	struct stat st;

	if (lock != HELD_UNLOCKED)
		ck_assert_int_eq(try(fs, fd, lock == HELD_EXCLUSIVE ? LOCK_EX : LOCK_SH), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, fs, HELD_OPEN, lock, "library"), 0);
	return fd;
}

static enum held_lock held_with(int fd)
{
	struct held h;

	ck_assert(held_get(fd, &h));
	return h.lock;
}

/* --- changes, and the end --------------------------------------------------------------------- */

START_TEST(a_lock_on_bytes_is_changed_and_let_go)
{
	int fd = hold(&bytes, HELD_EXCLUSIVE), other = open_file();

	ck_assert_int_eq(held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED), 0);
	ck_assert_int_eq(held_with(fd), HELD_SHARED);
	ck_assert_int_eq(try(&bytes, other, LOCK_SH), 0);
	ck_assert_int_eq(held_relock(fd, LOCK_EX | LOCK_NB, HELD_EXCLUSIVE), -EAGAIN);
	ck_assert_int_eq(held_with(fd), HELD_SHARED);
	ck_assert_int_eq(locks_on("a").shared, 0);
	ck_assert(held_close(fd));
	ck_assert_int_eq(try(&bytes, other, LOCK_EX), 0);
}
END_TEST

/* A server's mandatory lock: who shares a file may not write it. */
START_TEST(where_who_shares_may_not_write_an_exclusive_lock_stays)
{
	int fd = hold(&cifs, HELD_EXCLUSIVE);

	ck_assert_int_eq(held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED), 0);
	ck_assert_int_eq(held_with(fd), HELD_EXCLUSIVE);
	locks_are("a", 0, 1);
}
END_TEST

START_TEST(what_is_not_locked_there_can_be_shared)
{
	int fd = hold(&cifs, HELD_UNLOCKED);

	ck_assert_int_eq(held_relock(fd, LOCK_SH | LOCK_NB, HELD_SHARED), 0);
	ck_assert_int_eq(held_with(fd), HELD_SHARED);
	locks_are("a", 1, 0);
}
END_TEST

START_TEST(there_only_the_close_ends_it)
{
	int fd = hold(&cifs, HELD_EXCLUSIVE);

	held_close(fd);
	locks_are("a", 0, 1);
	close(fd);
	locks_are("a", 0, 0);
}
END_TEST

/* --- those who inherit it --------------------------------------------------------------------- */

/* A child that uses FD when it is told to, and ends with what came of that. */
static pid_t heir(int fd, int *go)
{
	enum heirs_verdict why = HEIRS_USE;
	int ends[2], other;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid) {
		close(ends[0]);
		*go = ends[1];
		return pid;
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 0)
		_exit(99);
	if (inherited_use(fd, &why))
		_exit(why);
	/* It has the lock by itself. */
	other = open("a", O_RDWR | O_CLOEXEC);
	if (try(entry_of(fd)->fs, other, LOCK_SH) != -EAGAIN)
		_exit(98);
	_exit(100 + forgotten);
}

static int end_of(pid_t pid, int go)
{
	int status;

	close(go);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What its host has in its cache is forgotten then, for others may have written. */
START_TEST(what_nobody_has_touched_is_taken_again)
{
	const struct filesystem *fs = _i ? &here : &bytes;
	int fd = hold(fs, HELD_EXCLUSIVE), go, other;
	pid_t child = heir(fd, &go);

	ck_assert(held_close(fd));
	close(fd);
	other = open_file();
	ck_assert_int_eq(try(fs, other, LOCK_EX), 0);
	close(other);
	ck_assert_int_eq(end_of(child, go), fs == &here ? 100 : 101);
}
END_TEST

START_TEST(what_somebody_has_or_has_changed_is_not)
{
	int fd = hold(&bytes, HELD_EXCLUSIVE), go, other;
	pid_t child = heir(fd, &go);

	ck_assert(held_close(fd));
	other = open_file();
	ck_assert_int_eq(try(&bytes, other, LOCK_SH), 0);
	if (_i) {
		ck_assert_int_eq((int)write(other, "x", 1), 1);
		close(other);
	}
	ck_assert_int_eq(end_of(child, go), _i ? HEIRS_CHANGED : HEIRS_HELD);
	/* Nor does it keep it. */
	close(other);
	ck_assert_int_eq(try(&bytes, open_file(), LOCK_EX), 0);
}
END_TEST

/* By a clock of its own: two ticks of the slowest are waited for. */
START_TEST(a_stamp_of_another_hosts_takes_its_time)
{
	int fd = hold(&bytes, HELD_EXCLUSIVE), go;
	pid_t child = heir(fd, &go);
	double began = seconds_now();

	ck_assert(held_close(fd));
	ck_assert(seconds_now() - began >= 0.02);
	close(fd);
	ck_assert_int_eq(end_of(child, go), 101);
}
END_TEST

int main(void)
{
	TCase *tests = group("held_elsewhere");

	tcase_add_test(tests, a_lock_on_bytes_is_changed_and_let_go);
	tcase_add_test(tests, where_who_shares_may_not_write_an_exclusive_lock_stays);
	tcase_add_test(tests, what_is_not_locked_there_can_be_shared);
	tcase_add_test(tests, there_only_the_close_ends_it);
	tcase_add_loop_test(tests, what_nobody_has_touched_is_taken_again, 0, 2);
	tcase_add_loop_test(tests, what_somebody_has_or_has_changed_is_not, 0, 2);
	tcase_add_test(tests, a_stamp_of_another_hosts_takes_its_time);
	return group_run();
}
