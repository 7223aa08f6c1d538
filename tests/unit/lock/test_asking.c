/* SPDX-License-Identifier: BSD-3-Clause */
/* What who waits or comes asks for, and how often. */
#include "one_line.h"

#include "lock/lock.h"
#include "opening/wait.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* --- instead of the C library's fcntl() ------------------------------------------------------- */

static _Atomic int requests; /* for locks, by the whole process */
static _Atomic int waits;    /* of these, those that wait */
static _Atomic bool deaf;    /* the kernel does not hear that the bytes are free (NFS 4.0) */

static int fcntl_itself(int fd, int command, void *argument)
{
#ifdef SYS_fcntl64
	return (int)syscall(SYS_fcntl64, fd, command, argument);
#else
	return (int)syscall(SYS_fcntl, fd, command, argument);
#endif
}

int fcntl(int fd, int command, ...)
{
	struct flock64 *lock;
	va_list args;
	int rc;

	va_start(args, command);
	lock = va_arg(args, struct flock64 *);
	va_end(args);
	if (command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK ||
	    command == F_GETLK64)
		requests++;
	waits += command == F_OFD_SETLKW;
	if (!deaf || command != F_OFD_SETLKW || lock->l_start)
		return fcntl_itself(fd, command, lock);
	rc = fcntl_itself(fd, F_OFD_SETLK, lock);
	return rc && errno == EAGAIN ? pause() : rc;
}

/* --- those who come --------------------------------------------------------------------------- */

/* Where one asks now and then, the turnstile may be free and the next one not have seen it. */
START_TEST(who_comes_does_not_overtake)
{
	int stands = open_file(), fd = open_file();

	stand_at(stands, _i);
	ck_assert_int_eq(lock_try(&asked, fd, true, true), -EAGAIN);
	ck_assert_int_eq(lock_try(&nfs, fd, true, true), _i == PLACE_TURNSTILE ? -EAGAIN : 0);
	ck_assert_int_eq(lock_try(&asked, fd, true, false), 0);
}
END_TEST

/* A server tells who it is. */
START_TEST(on_another_host_a_place_has_a_process)
{
	struct flock64 place = { .l_type = F_WRLCK,
				 .l_whence = SEEK_SET,
				 .l_start = starts[PLACE_TURNSTILE],
				 .l_len = 1 };
	int fd = open_file(), status;
	pid_t child;

	ck_assert_int_eq(fcntl(fd, F_SETLK64, &place), 0);
	child = fork();
	if (child == 0)
		_exit(!turnstile_taken(&nfs, fd) || !turnstile_taken(&asked, fd) ||
		      turnstile_taken(&here, fd) ||
		      turnstile_try(&nfs, fd, PLACE_TURNSTILE, true) != -EAGAIN ||
		      turnstile_try(&here, fd, PLACE_TURNSTILE, true) != -ENOTSUP);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* --- how often it asks ------------------------------------------------------------------------ */

/* At most 8 times a second, and not all at once. */
START_TEST(many_who_wait_ask_rarely)
{
	enum { SECONDS = 3 };
	const struct way *way = &ways[_i];
	struct waiter w[3] = { waiter_of(way), waiter_of(way), waiter_of(way) };
	int other = open_file(), before;

	holder(way);
	for (int i = 0; i < 3; i++) {
		begins(&w[i]);
		places_become(other, (2 << i) - 1);
	}
	/* At first more often. */
	sleep(3);
	before = requests;
	sleep(SECONDS);
	ck_assert_int_le(requests - before, SECONDS * 11);
	ck_assert_int_gt(requests - before, 0);
	for (int i = 2; i >= 0; i--)
		ends(&w[i], 201);
}
END_TEST

START_TEST(nobody_spins_on_another_host)
{
	int fd = open_file(), before;

	holder(&ways[0]);
	before = requests;
	ck_assert_int_eq(lock_spin(&nfs, fd, true, false), -EAGAIN);
	ck_assert_int_eq(requests - before, 0);
}
END_TEST

START_TEST(who_is_next_asks_every_second)
{
	struct waiter w = waiter_of(&ways[0]);
	int held = holder(&ways[0]), other = open_file();

	deaf = true;
	w.deadline = monotonic_ns() + 20 * S;
	begins(&w);
	places_become(other, 1);
	usleep(50000);
	close(held);
	ck_assert_int_eq(end_of(&w), 0);
	ck_assert_int_gt(w.furthest, 0);
	ck_assert_int_le(w.furthest, S);
}
END_TEST

/* Where the kernel waits badly nobody waits in it. */
START_TEST(who_asks_does_not_wait)
{
	const struct way *way = &ways[_i];
	struct opening o = { .call.name = "a",
			     .exclusive = true,
			     .folder = -1,
			     .file = { .fd = open_file(), .fs = way->fs } };
	int held = holder(way);

	setenv("LOCKEDH5_COUNT", "2", 1);
	setenv("LOCKEDH5_WAIT", "0.3", 1);
	ck_assert_int_eq(fstat(o.file.fd, &o.file.st), 0);
	ck_assert_int_eq(wait_for_lock(&o, true), -EAGAIN);
	ck_assert_int_eq(waits > 0, way->wait == line_wait);
	ck_assert_int_eq(places(held), 0);
	free(o.failure.sentence);
}
END_TEST

/* Where there is no line, who asks rarely would never get it. */
START_TEST(without_a_line_all_ask_often)
{
	static const struct way without = { &cifs, line_poll };
	struct waiter w = waiter_of(&without);
	int held = holder(&without);

	w.outside = true;
	w.deadline = monotonic_ns() + 2 * S;
	begins(&w);
	ck_assert_int_eq(end_of(&w), -EAGAIN);
	ck_assert_int_gt(w.interruptions, 18);
	close(held);
	begins(&w);
	ck_assert_int_eq(end_of(&w), 0);
}
END_TEST

static long part_of_second(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_nsec;
}

static void await_part_of_second(long from, long to)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	while (part_of_second() < from || part_of_second() > to)
		nanosleep(&moment, NULL);
}

/* Not in the last 0.12 s of a second; else, and where there is a line, at any time. */
static const struct {
	int traits;
	long from, to; /* when it asks */
	bool waits;
} breaths[] = {
	{ FS_BREATHES, 890000000, 990000000, true },
	{ FS_BREATHES, 100000000, 400000000, false },
	{ FS_REMOTE | FS_LINE, 890000000, 900000000, false },
};

START_TEST(readers_let_a_moment_of_each_second_pass)
{
	const struct filesystem fs = { .name = "some", .traits = breaths[_i].traits };
	bool as_it_should = false;

	/* A busy machine may come back only in the next second, or later. */
	for (int i = 0; !as_it_should && i < 20; i++) {
		long before;

		await_part_of_second(breaths[_i].from, breaths[_i].to);
		before = part_of_second();
		lock_breathe(&fs);
		as_it_should = (part_of_second() < before) == breaths[_i].waits;
	}
	ck_assert(as_it_should);
}
END_TEST

int main(void)
{
	TCase *tests = group("asking");

	tcase_add_loop_test(tests, who_comes_does_not_overtake, PLACE_TURNSTILE, PLACE_THIRD + 1);
	tcase_add_test(tests, on_another_host_a_place_has_a_process);
	tcase_add_loop_test(tests, many_who_wait_ask_rarely, 0, REMOTE_WAYS);
	tcase_add_test(tests, nobody_spins_on_another_host);
	tcase_add_test(tests, who_is_next_asks_every_second);
	tcase_add_loop_test(tests, who_asks_does_not_wait, 0, REMOTE_WAYS);
	tcase_add_test(tests, without_a_line_all_ask_often);
	tcase_add_loop_test(tests, readers_let_a_moment_of_each_second_pass, 0, 3);
	return group_run();
}
