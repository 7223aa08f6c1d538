/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's lock on a descriptor, in the ways that file systems want.  All on a local file: what
 * kind of file system it is on is the caller's to say. */
#include "lock/kernel_lock.h"

#include "other_kernel.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct filesystem bytes = { .name = "nfs", .traits = FS_REMOTE | FS_LINE | FS_BYTES };
static const struct filesystem plain = { .name = "ocfs2", .traits = FS_REMOTE };
static const struct filesystem cifs = { .name = "cifs",
					.traits = FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS };
static const struct filesystem flushes = { .name = "fuse", .traits = FS_REMOTE | FS_FLUSHES };

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

/* A lock on some bytes, as programs take it that know nothing of us. */
static int lock_bytes(int fd, int command, int type, long long start, long long length)
{
	struct flock64 lock = {
		.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
	};

	return fcntl(fd, command, &lock) ? -errno : 0;
}

/* --- a lock on bytes -------------------------------------------------------------------------- */

START_TEST(readers_share_the_bytes_and_writers_do_not)
{
	int a = open_file(), b = open_file();

	ck_assert_int_eq(try(&bytes, a, LOCK_SH), 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_EX), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&bytes, a, LOCK_UN), 0);
	/* In one step, there and back. */
	ck_assert_int_eq(try(&bytes, b, LOCK_EX), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_SH), -EAGAIN);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), -EAGAIN);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_SH), 0);
	/* None of them is a flock(). */
	ck_assert_int_eq(locks_on("a").shared + locks_on("a").exclusive, 0);
	ck_assert_int_gt(locks_on("a").others, 0);
}
END_TEST

/* A lock that is not had in one step is still the old one. */
START_TEST(a_reader_that_may_not_write_still_reads)
{
	int a = open_file(), b = open_file(), c = open_file();

	ck_assert_int_eq(try(&bytes, a, LOCK_SH), 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_EX), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&bytes, a, LOCK_UN), 0);
	ck_assert_int_eq(try(&bytes, c, LOCK_EX), -EAGAIN);
}
END_TEST

START_TEST(the_bytes_keep_out_what_others_lock)
{
	static const int commands[] = { F_SETLK64, F_OFD_SETLK };
	int a = open_file(), other = open_file();

	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
	ck_assert_int_eq(lock_bytes(other, commands[_i], F_RDLCK, 0, 0), -EAGAIN);
	ck_assert_int_eq(lock_bytes(other, commands[_i], F_RDLCK, 1000, 1), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&bytes, a, LOCK_UN), 0);
	ck_assert_int_eq(lock_bytes(other, commands[_i], F_RDLCK, 1000, 1), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), -EAGAIN);
	ck_assert_int_eq(try(&bytes, a, LOCK_SH), 0);
}
END_TEST

START_TEST(the_line_is_beside_the_bytes)
{
	int a = open_file(), b = open_file();

	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
	ck_assert_int_eq(lock_bytes(b, F_OFD_SETLK, F_WRLCK, 1LL << 62, 1), 0);
	ck_assert_int_eq(lock_bytes(b, F_OFD_SETLK, F_WRLCK, KERNEL_LOCK_END, 1), 0);
	ck_assert_int_eq(lock_bytes(b, F_OFD_SETLK, F_WRLCK, KERNEL_LOCK_END - 1, 1), -EAGAIN);
	/* Some bytes are between them: side by side, a server would make one lock of two. */
	ck_assert(KERNEL_LOCK_END < (1LL << 62) - 1);
	/* Nor is a place in line lost with the lock. */
	ck_assert_int_eq(try(&bytes, a, LOCK_UN), 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_EX), 0);
	ck_assert_int_eq(kernel_lock(&bytes, b, LOCK_UN), 0);
	ck_assert_int_eq(lock_bytes(a, F_OFD_SETLK, F_WRLCK, 1LL << 62, 1), -EAGAIN);
}
END_TEST

/* It belongs to the open file, as a flock() does: to all copies of the descriptor. */
START_TEST(the_bytes_last_until_the_last_close)
{
	int a = open_file(), b = open_file(), copy, hold[2], status;
	pid_t child;

	ck_assert_int_eq(pipe2(hold, O_CLOEXEC), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
	/* Whoever opens and closes the file beside it ends nothing (as of a POSIX lock). */
	close(open_file());
	copy = dup(a);
	close(a);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), -EAGAIN);
	child = fork();
	if (child == 0) {
		char byte;

		close(hold[1]);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	close(copy);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), -EAGAIN);
	close(hold[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(try(&bytes, b, LOCK_EX), 0);
}
END_TEST

START_TEST(where_there_are_no_such_locks_it_is_a_flock)
{
	int a = open_file(), b = open_file();

	if (!kernel_without_ofd_locks())
		return;
	ck_assert_int_eq(lock_bytes(a, F_OFD_SETLK, F_WRLCK, 0, 1), -EINVAL);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
	ck_assert_int_eq(flock(b, LOCK_SH | LOCK_NB), -1);
	ck_assert_int_eq(try(&bytes, b, LOCK_SH), -EAGAIN);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, false), -ENOTSUP);
	ck_assert_int_eq(kernel_lock(&bytes, a, LOCK_UN), 0);
	ck_assert_int_eq(flock(b, LOCK_EX | LOCK_NB), 0);
}
END_TEST

START_TEST(elsewhere_it_is_a_flock)
{
	int a = open_file(), b = open_file();

	ck_assert_int_eq(try(&plain, a, LOCK_EX), 0);
	locks_are("a", 0, 1);
	ck_assert_int_eq(try(&plain, b, LOCK_SH), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&plain, a, LOCK_UN), 0);
	ck_assert_int_eq(try(&plain, b, LOCK_SH), 0);
	locks_are("a", 1, 0);
}
END_TEST

START_TEST(what_fails_says_why)
{
	int a = open_file(), reads = open("a", O_RDONLY | O_CLOEXEC);

	/* A writer's lock on bytes takes a descriptor that can write. */
	ck_assert_int_eq(try(&bytes, reads, LOCK_EX), -EBADF);
	ck_assert_int_eq(try(&bytes, reads, LOCK_SH), 0);
	close(a);
	ck_assert_int_eq(try(&bytes, a, LOCK_SH), -EBADF);
	ck_assert_int_eq(try(&plain, a, LOCK_SH), -EBADF);
}
END_TEST

/* --- waiting ---------------------------------------------------------------------------------- */

static const struct filesystem *const both[] = { &bytes, &plain };

static void nothing(int sig)
{
	(void)sig;
}

/* A child with a shared lock, which interrupts its parent as soon as that waits, and then lets
 * go. */
static pid_t holder_that_disturbs(const struct filesystem *fs, int times, int *go)
{
	struct sigaction action = { .sa_handler = nothing };
	pid_t parent = getpid(), child;
	int ends[2];
	char byte;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		if (try(fs, open_file(), LOCK_SH) || write(ends[1], "", 1) != 1)
			_exit(1);
		close(ends[1]);
		for (int i = 0; i < times; i++) {
			usleep(50000);
			while (waiters_on("a") < 1)
				usleep(5000);
			kill(parent, SIGALRM);
		}
		/* Until its parent says so. */
		_exit(times == 1 && read(ends[0], &byte, 1) < 0);
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	*go = ends[1];
	return child;
}

static void has_ended(pid_t child, int go)
{
	int status;

	close(go);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_signal_ends_a_wait)
{
	int go, fd = open_file();
	pid_t child = holder_that_disturbs(both[_i], 1, &go);

	ck_assert_int_eq(kernel_lock(both[_i], fd, LOCK_EX), -EINTR);
	has_ended(child, go);
}
END_TEST

START_TEST(a_signal_does_not_end_it_where_it_is_to_go_on)
{
	int go, fd = open_file();
	pid_t child = holder_that_disturbs(both[_i], 3, &go);

	ck_assert_int_eq(kernel_lock_again(both[_i], fd, LOCK_EX), 0);
	has_ended(child, go);
}
END_TEST

/* --- CIFS, and what is written late ----------------------------------------------------------- */

START_TEST(no_permission_is_somebody_elses_lock_there)
{
	int a = open_file();

	if (!kernel_answers(SYS_flock, SECCOMP_RET_ERRNO | EACCES))
		return;
	ck_assert_int_eq(try(&cifs, a, LOCK_EX), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&cifs, a, LOCK_SH), -EAGAIN);
	/* Elsewhere it is none. */
	ck_assert_int_eq(try(&plain, a, LOCK_EX), -EACCES);
	ck_assert_int_eq(try(&flushes, a, LOCK_EX), -EACCES);
}
END_TEST

START_TEST(only_a_close_ends_the_lock_there)
{
	int a = open_file(), b = open_file();

	ck_assert_int_eq(try(&cifs, a, LOCK_EX), 0);
	ck_assert_int_eq(kernel_lock(&cifs, a, LOCK_UN), 0);
	locks_are("a", 0, 1);
	ck_assert_int_eq(kernel_lock_again(&cifs, a, LOCK_UN), 0);
	ck_assert_int_eq(try(&cifs, b, LOCK_SH), -EAGAIN);
	close(a);
	ck_assert_int_eq(try(&cifs, b, LOCK_SH), 0);
}
END_TEST

static volatile sig_atomic_t flushed;
static int beside = -1;

/* Instead of fdatasync(): counts those during which the file is locked. */
static void note_flush(int sig)
{
	(void)sig;
	if (flock(beside, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK)
		flushed++;
}

START_TEST(what_is_written_is_sent_before_the_unlock)
{
	struct sigaction action = { .sa_handler = note_flush };
	int a = open_file();

	beside = open_file();
	ck_assert_int_eq(sigaction(SIGSYS, &action, NULL), 0);
	if (!kernel_answers(SYS_fdatasync, SECCOMP_RET_TRAP))
		return;
	ck_assert_int_eq(try(&plain, a, LOCK_EX), 0);
	ck_assert_int_eq(kernel_lock(&plain, a, LOCK_UN), 0);
	ck_assert_int_eq(flushed, 0);
	ck_assert_int_eq(try(&flushes, a, LOCK_EX), 0);
	ck_assert_int_eq(flushed, 0);
	ck_assert_int_eq(kernel_lock(&flushes, a, LOCK_UN), 0);
	ck_assert_int_eq(flushed, 1);
	ck_assert_int_eq(flock(beside, LOCK_EX | LOCK_NB), 0);
}
END_TEST

/* --- to ask, and not to take ------------------------------------------------------------------ */

START_TEST(whether_a_lock_would_have_to_wait)
{
	int a = open_file(), b = open_file();

	ck_assert_int_eq(kernel_lock_busy(&bytes, b, true), 0);
	ck_assert_int_eq(lock_bytes(a, F_OFD_SETLK, F_WRLCK, 1LL << 62, 1), 0);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, true), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_SH), 0);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, true), 1);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, false), 0);
	/* What one has oneself is not in the way. */
	ck_assert_int_eq(kernel_lock_busy(&bytes, a, true), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, true), 1);
	ck_assert_int_eq(kernel_lock_busy(&bytes, b, false), 1);
	/* Nothing was taken. */
	ck_assert_int_eq(kernel_lock(&bytes, a, LOCK_UN), 0);
	ck_assert_int_eq(try(&bytes, a, LOCK_EX), 0);
}
END_TEST

START_TEST(whether_it_would_can_not_be_told_elsewhere)
{
	int a = open_file();

	ck_assert_int_eq(kernel_lock_busy(&plain, a, true), -ENOTSUP);
	ck_assert_int_eq(kernel_lock_busy(&cifs, a, true), -ENOTSUP);
	close(a);
	ck_assert_int_eq(kernel_lock_busy(&bytes, a, true), -ENOTSUP);
}
END_TEST

int main(void)
{
	TCase *tests = group("kernel_lock");

	tcase_add_test(tests, readers_share_the_bytes_and_writers_do_not);
	tcase_add_test(tests, a_reader_that_may_not_write_still_reads);
	tcase_add_loop_test(tests, the_bytes_keep_out_what_others_lock, 0, 2);
	tcase_add_test(tests, the_line_is_beside_the_bytes);
	tcase_add_test(tests, the_bytes_last_until_the_last_close);
	tcase_add_test(tests, where_there_are_no_such_locks_it_is_a_flock);
	tcase_add_test(tests, elsewhere_it_is_a_flock);
	tcase_add_test(tests, what_fails_says_why);
	tcase_add_loop_test(tests, a_signal_ends_a_wait, 0, 2);
	tcase_add_loop_test(tests, a_signal_does_not_end_it_where_it_is_to_go_on, 0, 2);
	tcase_add_test(tests, no_permission_is_somebody_elses_lock_there);
	tcase_add_test(tests, only_a_close_ends_the_lock_there);
	tcase_add_test(tests, what_is_written_is_sent_before_the_unlock);
	tcase_add_test(tests, whether_a_lock_would_have_to_wait);
	tcase_add_test(tests, whether_it_would_can_not_be_told_elsewhere);
	return group_run();
}
