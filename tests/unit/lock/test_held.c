/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of held descriptors: it is believed only after a look. */
#include "lock/held.h"
#include "lock/inherited.h"
#include "system/libc.h"
#include "system/proc.h"
#include "system/process.h"

#include "instead_of_fstat.h"
#include "support.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

static struct stat st;

static int look_fails; /* with this errno, or 0 */
static bool coarse;    /* the file system counts in seconds */

INSTEAD_OF_FSTAT(fd, status)
{
	int rc = real_fstat(fd, status);

	if (rc == 0 && coarse)
		status->st_ctim.tv_nsec = status->st_mtim.tv_nsec = 0;
	if (!look_fails)
		return rc;
	errno = look_fails;
	return -1;
}

/* A locked descriptor of a new file, entered as STATE. */
static int hold(const char *name, enum held_state state)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, state, HELD_EXCLUSIVE, "library"), 0);
	return fd;
}

START_TEST(an_entry_is_found_by_descriptor_and_by_file)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	ck_assert(held_any());
	ck_assert(held_get(fd, &h));
	ck_assert_int_eq(h.state, HELD_OPEN);
	ck_assert_int_eq(h.lock, HELD_EXCLUSIVE);
	ck_assert(!h.inherited);
	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.fd, fd);
	ck_assert(!held_get(fd + 1, &h));
	ck_assert(!held_get(-1, &h));
	ck_assert(!held_get(1 << 30, &h));
}
END_TEST

START_TEST(release_unlocks_and_forgets_and_keeps_errno)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	locks_become("a", 0, 1);
	errno = 77;
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(errno, 77);
	locks_become("a", 0, 0);
	ck_assert(!held_release(fd, &h));
	ck_assert(!held_find(&st, -1, &h));
	ck_assert(!held_any());
}
END_TEST

enum { CHANGES = 30000 };

/* As an opening does it, in this order, and as close() does. */
static void *holds_and_lets_go(void *data)
{
	_Atomic int *running = data;
	int fd = *running;

	for (int i = 0; i < CHANGES; i++) {
		held_add(fd, &st, &here, HELD_WAITING, HELD_UNLOCKED, "library");
		flock(fd, LOCK_EX);
		held_change(fd, HELD_OPEN, HELD_EXCLUSIVE);
		held_close(fd);
	}
	*running = -1;
	return NULL;
}

/* As own_lock.c looks for a lock of the program's. */
START_TEST(what_another_thread_locks_and_lets_go_is_never_foreign)
{
	int fd = hold("a", HELD_OPEN);
	_Atomic int running = fd;
	uint32_t before, after;
	pthread_t thread;

	ck_assert(!held_is_foreign(fd, &before));
	ck_assert(held_close(fd));
	ck_assert(held_is_foreign(fd, &after));
	ck_assert_uint_ne(before, after);
	ck_assert_int_eq(pthread_create(&thread, NULL, holds_and_lets_go, &running), 0);
	while (running >= 0)
		if (held_is_foreign(fd, &before) && proc_shows_lock(fd))
			ck_assert(!held_is_foreign(fd, &after) || before != after);
	pthread_join(thread, NULL);
	ck_assert(held_is_foreign(fd, &before));
	close(fd);
}
END_TEST

/* A network file system may fail at any time, which says nothing about the descriptor. */
START_TEST(who_can_not_look_does_not_forget)
{
	static const int errors[] = { EIO, ESTALE, ENOMEM, EINTR };
	struct held h;

	for (int i = 0; i < 4; i++) {
		int fd = hold("a", HELD_OPEN);

		look_fails = errors[i];
		ck_assert(held_get(fd, &h));
		ck_assert(held_release(fd, &h));
		look_fails = 0;
		locks_are("a", 0, 0);
		close(fd);
	}
}
END_TEST

START_TEST(a_number_that_now_is_another_file_is_not_believed)
{
	struct held h;
	int fd = hold("a", HELD_OPEN), other = open("b", O_RDWR | O_CREAT, 0666);
	struct stat a = st;

	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(dup2(other, fd), fd);
	ck_assert(!held_get(fd, &h));
	ck_assert(!held_find(&a, -1, &h));
	/* Nor is the lock that somebody else has there let go. */
	ck_assert(!held_release(fd, &h));
	locks_become("b", 0, 1);
}
END_TEST

START_TEST(the_same_number_on_another_file_system_is_another_file)
{
	struct held h;
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_eq(fstat(fd, &st), 0);
	st.st_dev++;
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_OPEN, HELD_EXCLUSIVE, "library"), 0);
	ck_assert(!held_get(fd, &h));
	ck_assert(!held_find(&st, -1, &h));
}
END_TEST

START_TEST(what_is_open_is_preferred_to_what_is_being_opened)
{
	struct held h;
	int opening = hold("a", HELD_OPENING), other = dup(opening);

	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.state, HELD_OPENING);
	ck_assert_int_eq(held_add(other, &st, &here, HELD_OPEN, HELD_EXCLUSIVE, NULL), 0);
	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.fd, other);
	held_change(opening, HELD_OPEN, HELD_SHARED);
	ck_assert(held_get(opening, &h));
	ck_assert_int_eq(h.state, HELD_OPEN);
	ck_assert_int_eq(h.lock, HELD_SHARED);
}
END_TEST

START_TEST(of_two_that_wait_the_second_defers_to_the_first)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert(!held_find(&st, first, &h));
	ck_assert_int_eq(held_add(second, &st, &here, HELD_WAITING, HELD_UNLOCKED, NULL), 0);
	ck_assert(!held_find(&st, first, &h));
	ck_assert(held_find(&st, second, &h));
	ck_assert_int_eq(h.fd, first);
	/* Whoever has the lock comes first in any case. */
	held_change(second, HELD_OPENING, HELD_EXCLUSIVE);
	ck_assert(held_find(&st, first, &h));
	ck_assert_int_eq(h.fd, second);
}
END_TEST

START_TEST(a_lock_is_revoked_only_before_hdf5_has_the_descriptor)
{
	struct held h;
	int fd = hold("a", HELD_OPENING);
	struct stat other = st;

	other.st_ino++;
	ck_assert(!held_revoke(fd, &other));
	locks_are("a", 0, 1);
	ck_assert(held_revoke(fd, &st));
	locks_are("a", 0, 0);
	ck_assert(!held_revoke(fd, &st));
	ck_assert(!held_commit(fd));
	ck_assert(!held_find(&st, -1, &h));
	held_drop(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert(!held_any());
	fd = hold("b", HELD_OPENING);
	ck_assert(held_commit(fd));
	ck_assert(held_commit(fd));
	ck_assert(!held_revoke(fd, &st));
	locks_are("b", 0, 1);
}
END_TEST

/* Who waits within HDF5 has its mutex, and nobody gets past that. */
START_TEST(of_two_that_wait_the_one_within_hdf5_goes_first)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert(!held_any_inside());
	ck_assert_int_eq(held_add(second, &st, &here, HELD_INSIDE, HELD_UNLOCKED, "library"), 0);
	ck_assert(held_any_inside());
	ck_assert(!held_find(&st, second, &h));
	ck_assert(held_find(&st, first, &h));
	ck_assert_int_eq(h.fd, second);
	held_change(second, HELD_OPEN, HELD_EXCLUSIVE);
	ck_assert(!held_any_inside());
}
END_TEST

/* Each copy of HDF5 has a mutex of its own. */
START_TEST(who_waits_within_another_copy_of_hdf5_goes_by_the_order)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert_int_eq(
		held_add(second, &st, &here, HELD_INSIDE, HELD_UNLOCKED, "another library"), 0);
	ck_assert(!held_find(&st, first, &h));
	ck_assert(held_find(&st, second, &h));
	ck_assert_int_eq(h.fd, first);
}
END_TEST

/* Runs BODY in a forked child; its failed assertions become its exit status. */
static void in_forked_child(int (*body)(int fd), int fd)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body(fd));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static int inherits(int fd)
{
	struct held h;

	if (!held_get(fd, &h) || !h.inherited || !proc_shows_lock(fd))
		return 1;
	/* Closing it must not unlock the parent's file. */
	if (held_release(fd, &h) || held_any())
		return 2;
	return close(fd) ? 3 : 0;
}

START_TEST(a_forked_child_knows_but_never_unlocks)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	in_forked_child(inherits, fd);
	locks_become("a", 0, 1);
	ck_assert(held_get(fd, &h) && !h.inherited);
}
END_TEST

START_TEST(what_is_dropped_is_closed)
{
	int fd = hold("a", HELD_WAITING), was = fd;

	held_drop(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(fcntl(was, F_GETFD), -1);
	ck_assert(!held_any());
	locks_are("a", 0, 0);
	held_drop(&fd);
}
END_TEST

static void *sleeps(void *version)
{
	return (void *)(intptr_t)held_sleep(*(uint32_t *)version);
}

START_TEST(who_sleeps_is_woken)
{
	uint32_t version = held_version();
	struct timespec patience;
	pthread_t thread;
	void *rc;

	ck_assert_int_eq(pthread_create(&thread, NULL, sleeps, &version), 0);
	usleep(50000); /* by now it most probably sleeps */
	held_wake();
	clock_gettime(CLOCK_REALTIME, &patience);
	patience.tv_sec += 20;
	ck_assert_int_eq(pthread_timedjoin_np(thread, &rc, &patience), 0);
	ck_assert_int_eq((intptr_t)rc, 0);
	ck_assert(held_version() != version);
}
END_TEST

static int prefers_its_own(int fd)
{
	int own = open("a", O_RDONLY | O_CLOEXEC);
	struct held h;

	(void)fd;
	if (held_add(own, &st, &here, HELD_OPEN, HELD_SHARED, "library"))
		return 1;
	return !held_find(&st, -1, &h) || h.fd != own || h.inherited;
}

START_TEST(a_childs_own_file_says_more_than_its_parents)
{
	in_forked_child(prefers_its_own, hold("a", HELD_OPEN));
}
END_TEST

/* --- a child that goes on ------------------------------------------------------------------- */

static enum heirs_verdict use(int fd)
{
	enum heirs_verdict why;

	if (!process_is_heir())
		return HEIRS_USE;
	return inherited_use(fd, &why) ? why : HEIRS_USE;
}

static int uses(int fd)
{
	struct held h;

	if (use(fd) != HEIRS_USE || use(fd) != HEIRS_USE)
		return 1;
	/* The parent has it, too. */
	if (held_release(fd, &h) || !proc_shows_lock(fd))
		return 2;
	return process_is_heir() ? 3 : 0;
}

START_TEST(a_child_that_uses_it_does_not_unlock_what_its_parent_has)
{
	int fd = hold("a", HELD_OPEN);

	ck_assert(!process_is_heir());
	in_forked_child(uses, fd);
	locks_are("a", 0, 1);
}
END_TEST

/* Forks a child that does this as soon as GO is written to, and ends with what it gives. */
static pid_t fork_waiting(int (*body)(int fd), int fd, int *go)
{
	int ends[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		_exit(read(ends[0], &byte, 1) == 1 ? body(fd) : 99);
	close(ends[0]);
	*go = ends[1];
	return child;
}

static int exit_of(pid_t child, int go)
{
	int status;

	ck_assert_int_eq(write(go, "", 1), 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	close(go);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int verdict(int fd)
{
	return (int)use(fd);
}

static int verdict_twice(int fd)
{
	enum heirs_verdict first = use(fd), why;

	/* It stays refused, and why is told once. */
	return inherited_use(fd, &why) == -ESTALE && why == HEIRS_USE ? (int)first : 98;
}

/* The kernel's clock ticks every few milliseconds: who writes as much right after the lock was let
 * go would leave the same times. */
START_TEST(a_change_in_the_same_tick_is_seen)
{
	int fd = hold("a", HELD_OPEN), other = open("a", O_RDWR | O_CLOEXEC), go;
	struct held h;
	pid_t child = fork_waiting(verdict_twice, fd, &go);

	ck_assert_int_eq(write(fd, "1", 1), 1);
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(write(other, "2", 1), 1);
	ck_assert_int_eq(flock(other, LOCK_UN), 0);
	ck_assert_int_eq(exit_of(child, go), HEIRS_CHANGED);
	locks_become("a", 0, 0);
}
END_TEST

/* Times in seconds tell nothing of what happens within one. */
START_TEST(where_times_are_coarse_nothing_is_certain)
{
	int fd = hold("a", HELD_OPEN), go;
	struct held h;
	pid_t child = fork_waiting(verdict_twice, fd, &go);

	coarse = true;
	ck_assert_int_eq(write(fd, "1", 1), 1);
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(exit_of(child, go), HEIRS_UNCERTAIN);
	locks_are("a", 0, 0);
}
END_TEST

/* Nor do the times tell it that the program has put back (cp -p, rsync -t): only the kernel's does.
 */
START_TEST(a_change_whose_time_was_put_back_is_seen)
{
	int fd = hold("a", HELD_OPEN), go;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	pid_t child = fork_waiting(verdict, fd, &go);
	struct stat before;
	struct held h;

	ck_assert_int_eq(write(fd, "1", 1), 1);
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(fstat(fd, &before), 0);
	ck_assert_int_eq(pwrite(fd, "2", 1, 0), 1);
	times[1] = before.st_mtim;
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(exit_of(child, go), HEIRS_CHANGED);
}
END_TEST

START_TEST(what_nobody_has_touched_is_taken_again)
{
	int fd = hold("a", HELD_OPEN), go;
	struct held h;
	pid_t child = fork_waiting(uses, fd, &go);

	ck_assert_int_eq(write(fd, "1", 1), 1);
	ck_assert(held_release(fd, &h));
	locks_are("a", 0, 0);
	/* It is the last one that uses it, and so unlocks it. */
	ck_assert_int_eq(exit_of(child, go), 2);
	locks_are("a", 0, 0);
}
END_TEST

START_TEST(what_somebody_else_holds_is_refused)
{
	int fd = hold("a", HELD_OPEN), other = open("a", O_RDWR | O_CLOEXEC), go;
	struct held h;
	pid_t child = fork_waiting(verdict_twice, fd, &go);

	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(flock(other, LOCK_SH | LOCK_NB), 0);
	ck_assert_int_eq(exit_of(child, go), HEIRS_HELD);
	locks_are("a", 1, 0);
}
END_TEST

static int uses_and_closes(int fd)
{
	struct held h;

	return use(fd) != HEIRS_USE || !held_release(fd, &h);
}

/* Who was refused does not use it, and keeps it from nobody who comes later. */
START_TEST(who_was_refused_is_no_user)
{
	int fd = hold("a", HELD_OPEN), other, go, said[2], heard[2];
	enum heirs_verdict why;
	pid_t refused, later;
	struct held h;
	char byte = 0;

	ck_assert_int_eq(pipe(said) | pipe(heard), 0);
	later = fork_waiting(uses_and_closes, fd, &go);
	refused = fork();
	if (refused == 0) {
		if (read(heard[0], &byte, 1) == 1) {
			byte = (char)use(fd);
			if (write(said[1], &byte, 1) != 1 || read(heard[0], &byte, 1) != 1)
				_exit(1);
			/* Nor is it served later: it may have kept half of what was there. */
			byte = inherited_use(fd, &why) == -ESTALE;
			if (write(said[1], &byte, 1) == 1)
				pause();
		}
		_exit(0);
	}
	ck_assert(held_release(fd, &h));
	other = open("a", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(other, LOCK_EX), 0);
	ck_assert_int_eq(write(heard[1], &byte, 1), 1);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	ck_assert_int_eq(byte, HEIRS_HELD);
	ck_assert_int_eq(flock(other, LOCK_UN), 0);
	ck_assert_int_eq(write(heard[1], &byte, 1), 1);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 1);
	ck_assert_int_eq(exit_of(later, go), 0);
	locks_are("a", 0, 0);
	kill(refused, SIGKILL);
	waitpid(refused, NULL, 0);
}
END_TEST

/* A child that comes so late that its place is another file's by now. */
START_TEST(a_place_that_is_another_files_says_nothing)
{
	enum { PLACES = 256 };
	int fd = hold("a", HELD_OPEN), go;
	pid_t late = fork_waiting(verdict, fd, &go);
	struct held h;
	char name[16];

	ck_assert(held_release(fd, &h));
	for (int i = 0; i < PLACES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		hold(name, HELD_OPEN);
	}
	in_forked_child(verdict, fd + 1);
	ck_assert_int_eq(exit_of(late, go), HEIRS_UNCERTAIN);
}
END_TEST

/* Whether it is alone with the file. */
static int is_alone(int fd)
{
	return use(fd) != HEIRS_USE ? 2 : inherited_alone(fd);
}

static int user_said, user_ends;

static int uses_and_stays(int fd)
{
	char byte = (char)use(fd);

	return write(user_said, &byte, 1) != 1 || read(user_ends, &byte, 1) != 1;
}

/* What is closed past us (dup2(), close_range()) is used no more as soon as the number is another
 * file's. */
static int uses_and_loses(int fd)
{
	char byte = (char)use(fd);
	int other = open("b", O_RDWR | O_CREAT, 0666);

	if (dup2(other, fd) != fd || fstat(fd, &st) ||
	    held_add(fd, &st, &here, HELD_OPEN, HELD_EXCLUSIVE, "library"))
		return 1;
	return write(user_said, &byte, 1) != 1 || read(user_ends, &byte, 1) != 1;
}

static int closes_and_stays(int fd)
{
	struct held h;
	char byte = held_release(fd, &h);

	return write(user_said, &byte, 1) != 1 || read(user_ends, &byte, 1) != 1;
}

/* A child that has done WHAT with FD, said the BYTE, and ends when *END is written to. */
static pid_t fork_that_says(int (*what)(int fd), int fd, char byte, int *end)
{
	int go, said[2], ends[2];
	char answer;
	pid_t child;

	ck_assert_int_eq(pipe(said) | pipe(ends), 0);
	user_said = said[1];
	user_ends = ends[0];
	child = fork_waiting(what, fd, &go);
	ck_assert_int_eq(write(go, "", 1), 1);
	ck_assert_int_eq(read(said[0], &answer, 1), 1);
	ck_assert_int_eq(answer, byte);
	*end = ends[1];
	return child;
}

START_TEST(who_only_closes_it_has_never_used_it)
{
	int fd = hold("a", HELD_OPEN), end;
	struct held h;
	pid_t child = fork_that_says(closes_and_stays, fd, false, &end);

	locks_are("a", 0, 1);
	ck_assert(held_release(fd, &h));
	locks_are("a", 0, 0);
	ck_assert_int_eq(exit_of(child, end), 0);
}
END_TEST

START_TEST(who_has_lost_it_uses_it_no_more)
{
	int fd = hold("a", HELD_OPEN), end;
	struct held h;
	pid_t child = fork_that_says(uses_and_loses, fd, HEIRS_USE, &end);

	ck_assert(held_release(fd, &h));
	locks_are("a", 0, 0);
	ck_assert_int_eq(exit_of(child, end), 0);
}
END_TEST

START_TEST(of_two_children_none_is_alone)
{
	int fd = hold("a", HELD_OPEN), go[3], said[2], ends[2];
	struct held h;
	pid_t first, second, third;
	char byte;

	ck_assert_int_eq(pipe(said) | pipe(ends), 0);
	user_said = said[1];
	user_ends = ends[0];
	first = fork_waiting(uses_and_stays, fd, &go[0]);
	second = fork_waiting(is_alone, fd, &go[1]);
	third = fork_waiting(is_alone, fd, &go[2]);
	ck_assert_int_eq(write(go[0], "", 1), 1);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	ck_assert(!held_release(fd, &h));
	ck_assert_int_eq(exit_of(second, go[1]), 0);
	ck_assert_int_eq(exit_of(first, ends[1]), 0);
	ck_assert_int_eq(exit_of(third, go[2]), 1);
}
END_TEST

static int verdict_of_grandchild(int fd)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit((int)use(fd));
	return waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : 99;
}

/* A child in a process ID namespace of its own, where it has a number that nobody has here. */
static bool next_is_elsewhere, elsewhere;

static void go_elsewhere(void)
{
	elsewhere = next_is_elsewhere;
}

/* In the place of the C library's. */
pid_t getpid(void)
{
	return elsewhere ? 0x3fffff : (pid_t)syscall(SYS_getpid);
}

static int stat_elsewhere(const char *path, struct stat *status)
{
	int rc = (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);

	status->st_ino += elsewhere;
	return rc;
}

START_TEST(a_child_in_another_namespace_is_not_taken_for_ended)
{
	int fd, to_parent[2], to_child[2];
	struct held h;
	char byte;
	pid_t child;

	names_stat = stat_elsewhere;
	pthread_atfork(NULL, NULL, go_elsewhere);
	fd = hold("a", HELD_OPEN);
	next_is_elsewhere = true;
	ck_assert_int_eq(pipe(to_parent) | pipe(to_child), 0);
	child = fork();
	if (child == 0) {
		byte = (char)(use(fd) | use(fd));
		_exit(write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1 ||
		      !held_release(fd, &h));
	}
	ck_assert_int_eq(read(to_parent[0], &byte, 1), 1);
	ck_assert_int_eq(byte, HEIRS_USE);
	ck_assert(!held_release(fd, &h));
	locks_are("a", 0, 1);
	ck_assert_int_eq(exit_of(child, to_child[1]), 0);
	locks_are("a", 0, 0);
}
END_TEST

/* More than fit into one block, and as many again: places are used again. */
START_TEST(many_files_are_shared)
{
	enum { FILES = 600 };
	struct rlimit most = { 1 << 12, 1 << 12 };
	int fd[FILES];
	char name[16];
	struct held h;

	if (setrlimit(RLIMIT_NOFILE, &most))
		return;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < FILES; i++) {
			snprintf(name, sizeof(name), "%d", i);
			fd[i] = hold(name, HELD_OPEN);
		}
		for (int i = 0; i < FILES; i += 100)
			in_forked_child(verdict, fd[i]);
		in_forked_child(verdict_of_grandchild, fd[FILES - 1]);
		for (int i = 0; i < FILES; i++) {
			ck_assert(held_release(fd[i], &h));
			close(fd[i]);
		}
	}
}
END_TEST

/* Who opens and closes for long must not take the place of what a child may still ask for. */
START_TEST(a_late_child_finds_its_place_among_others)
{
	int fd = hold("a", HELD_OPEN), go;
	struct held h;
	pid_t child = fork_waiting(uses, fd, &go);

	ck_assert(held_release(fd, &h));
	for (int i = 0; i < 100; i++) {
		int other = hold("b", HELD_OPEN);

		in_forked_child(verdict, other);
		ck_assert(held_release(other, &h));
		close(other);
	}
	ck_assert_int_eq(exit_of(child, go), 2);
}
END_TEST

static int not_its_own(int fd)
{
	struct held h;

	/* Its parent closed the number, and it is another file's. */
	return use(fd) != HEIRS_USE || held_get(fd, &h) || process_is_heir();
}

START_TEST(a_number_that_is_another_file_in_the_child_is_not_refused)
{
	int fd = hold("a", HELD_OPEN), other = open("b", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq(dup2(other, fd), fd);
	in_forked_child(not_its_own, fd);
}
END_TEST

/* What another library's handler has put in the place of a descriptor that was being opened. */
static int replaced = -1, kept;

static void replace(void)
{
	if (replaced >= 0)
		kept = dup2(0, replaced);
}

static int has_it_open(int fd)
{
	return fcntl(fd, F_GETFD) == -1;
}

START_TEST(a_forked_child_leaves_a_number_that_is_another_file_alone)
{
	pthread_atfork(NULL, NULL, replace);
	replaced = hold("a", HELD_OPENING);
	in_forked_child(has_it_open, replaced);
}
END_TEST

static int sees_it_unlocked(int fd)
{
	return proc_shows_lock(fd);
}

START_TEST(a_lock_that_is_gone_shows_in_fdinfo)
{
	int fd = hold("a", HELD_OPEN);

	ck_assert(proc_shows_lock(fd));
	flock(fd, LOCK_UN);
	in_forked_child(sees_it_unlocked, fd);
}
END_TEST

static int has_none(int fd)
{
	struct held h;

	return held_get(fd, &h) || fcntl(fd, F_GETFD) != -1 || held_any();
}

START_TEST(a_forked_child_closes_what_is_being_waited_for_or_opened)
{
	in_forked_child(has_none, hold("a", HELD_WAITING));
	in_forked_child(has_none, hold("a2", HELD_OPENING));
}
END_TEST

START_TEST(a_vforked_child_changes_nothing)
{
	struct held h;
	int fd = hold("a", HELD_OPEN), status;
	pid_t child = vfork();

	if (child == 0)
		_exit(held_release(fd, &h));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	/* By its status: under ThreadSanitizer it is a forked child with a memory of its own. */
	ck_assert_int_eq(status, 0);
	ck_assert(held_get(fd, &h));
	locks_become("a", 0, 1);
}
END_TEST

START_TEST(descriptor_numbers_have_an_end)
{
	ck_assert_int_eq(fstat(0, &st), 0);
	ck_assert_int_eq(held_add(1 << 20, &st, &here, HELD_OPEN, HELD_SHARED, NULL), -EMFILE);
	ck_assert_int_eq(held_add((1 << 20) - 1, &st, &here, HELD_OPEN, HELD_SHARED, NULL), 0);
}
END_TEST

START_TEST(what_is_not_held_is_not_changed)
{
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	held_change(fd, HELD_OPEN, HELD_EXCLUSIVE);
	ck_assert_int_eq(held_relock(fd, LOCK_EX | LOCK_NB, HELD_EXCLUSIVE), 0);
	held_moved(fd);
	ck_assert(!held_any());
	locks_are("a", 0, 0);
}
END_TEST

START_TEST(a_lock_that_can_not_be_changed_is_told)
{
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666), other = open("a", O_RDONLY);
	struct held h;

	ck_assert_int_eq(flock(fd, LOCK_SH), 0);
	ck_assert_int_eq(flock(other, LOCK_SH), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, &here, HELD_OPEN, HELD_SHARED, "library"), 0);
	ck_assert_int_eq(held_relock(fd, LOCK_EX | LOCK_NB, HELD_EXCLUSIVE), -EWOULDBLOCK);
	ck_assert(held_get(fd, &h));
	ck_assert_int_eq(h.lock, HELD_SHARED);
}
END_TEST

START_TEST(what_has_moved_is_forgotten_and_stays_locked)
{
	int fd = hold("a", HELD_OPEN);

	held_moved(fd);
	ck_assert(!held_any());
	locks_are("a", 0, 1);
}
END_TEST

static int begins_anew(int fd)
{
	(void)fd;
	if (held_any())
		return 1;
	fd = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st) ||
	    held_add(fd, &st, &here, HELD_OPEN, HELD_EXCLUSIVE, "library"))
		return 2;
	in_forked_child(inherits, fd);
	return proc_shows_lock(fd) ? 0 : 3;
}

/* What the parent once shared with others is none of the child's. */
START_TEST(a_child_that_inherits_nothing_begins_anew)
{
	int fd = hold("a", HELD_OPEN);

	in_forked_child(inherits, fd);
	ck_assert(held_close(fd));
	close(fd);
	in_forked_child(begins_anew, -1);
}
END_TEST

#ifndef __SANITIZE_THREAD__ /* which needs memory of its own for a fork() */
static struct rlimit memory;

static int is_refused_as_unknown(int fd)
{
	enum heirs_verdict why;

	setrlimit(RLIMIT_AS, &memory);
	if (inherited_use(fd, &why) != -ESTALE || why != HEIRS_UNKNOWN)
		return 1;
	/* It is said once. */
	return inherited_use(fd, &why) != -ESTALE || why != HEIRS_USE;
}

/* There was no memory in which its parent could have told it of the lock. */
START_TEST(a_child_that_was_told_nothing_is_refused)
{
	int fd = hold("a", HELD_OPEN);
	struct rlimit none;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &memory), 0);
	none = memory;
	none.rlim_cur = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
	in_forked_child(is_refused_as_unknown, fd);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &memory), 0);
	locks_are("a", 0, 1);
}
END_TEST
#endif

int main(void)
{
	TCase *tests = group("held");

	tcase_add_test(tests, an_entry_is_found_by_descriptor_and_by_file);
	tcase_add_test(tests, release_unlocks_and_forgets_and_keeps_errno);
	tcase_add_test(tests, what_another_thread_locks_and_lets_go_is_never_foreign);
	tcase_add_test(tests, who_can_not_look_does_not_forget);
	tcase_add_test(tests, a_number_that_now_is_another_file_is_not_believed);
	tcase_add_test(tests, the_same_number_on_another_file_system_is_another_file);
	tcase_add_test(tests, what_is_open_is_preferred_to_what_is_being_opened);
	tcase_add_test(tests, of_two_that_wait_the_second_defers_to_the_first);
	tcase_add_test(tests, a_lock_is_revoked_only_before_hdf5_has_the_descriptor);
	tcase_add_test(tests, of_two_that_wait_the_one_within_hdf5_goes_first);
	tcase_add_test(tests, who_waits_within_another_copy_of_hdf5_goes_by_the_order);
	tcase_add_test(tests, a_forked_child_knows_but_never_unlocks);
	tcase_add_test(tests, what_is_dropped_is_closed);
	tcase_add_test(tests, who_sleeps_is_woken);
	tcase_add_test(tests, a_childs_own_file_says_more_than_its_parents);
	tcase_add_test(tests, a_child_that_uses_it_does_not_unlock_what_its_parent_has);
	tcase_add_loop_test(tests, a_change_in_the_same_tick_is_seen, 0, 20);
	tcase_add_test(tests, where_times_are_coarse_nothing_is_certain);
	tcase_add_test(tests, a_change_whose_time_was_put_back_is_seen);
	tcase_add_test(tests, what_nobody_has_touched_is_taken_again);
	tcase_add_test(tests, what_somebody_else_holds_is_refused);
	tcase_add_test(tests, a_place_that_is_another_files_says_nothing);
	tcase_add_test(tests, who_only_closes_it_has_never_used_it);
	tcase_add_test(tests, who_has_lost_it_uses_it_no_more);
	tcase_add_test(tests, of_two_children_none_is_alone);
	tcase_add_test(tests, who_was_refused_is_no_user);
	tcase_add_test(tests, a_child_in_another_namespace_is_not_taken_for_ended);
	tcase_add_test(tests, many_files_are_shared);
	tcase_add_test(tests, a_late_child_finds_its_place_among_others);
	tcase_add_test(tests, a_number_that_is_another_file_in_the_child_is_not_refused);
	tcase_add_test(tests, a_forked_child_leaves_a_number_that_is_another_file_alone);
	tcase_add_test(tests, a_lock_that_is_gone_shows_in_fdinfo);
	tcase_add_test(tests, a_forked_child_closes_what_is_being_waited_for_or_opened);
	tcase_add_test(tests, a_vforked_child_changes_nothing);
	tcase_add_test(tests, descriptor_numbers_have_an_end);
	tcase_add_test(tests, what_is_not_held_is_not_changed);
	tcase_add_test(tests, a_lock_that_can_not_be_changed_is_told);
	tcase_add_test(tests, what_has_moved_is_forgotten_and_stays_locked);
	tcase_add_test(tests, a_child_that_inherits_nothing_begins_anew);
#ifndef __SANITIZE_THREAD__
	tcase_add_test(tests, a_child_that_was_told_nothing_is_refused);
#endif
	return group_run();
}
