/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting in line, by the kernel's queue or by asking, on this host's file systems and on others'.
 */
#include "one_line.h"

#include "lock/untaken.h"

#include <signal.h>

/* --- how a wait ends -------------------------------------------------------------------------- */

START_TEST(a_wait_ends_with_the_lock)
{
	const struct way *way = &ways[_i];
	struct waiter w = waiter_of(way);
	int held = holder(way), other = open_file();

	begins(&w);
	places_become(other, 1);
	ck_assert(!w.over);
	close(held);
	ck_assert_int_eq(end_of(&w), 0);
	ck_assert_int_eq(try(way, other, false), -EAGAIN);
	ck_assert_int_eq(places(other), 0);
	ck_assert_int_eq(kernel_lock(way->fs, w.fd, LOCK_UN), 0);
	ck_assert_int_eq(try(way, other, true), 0);
}
END_TEST

START_TEST(a_reader_s_wait_ends_with_a_shared_lock)
{
	const struct way *way = &ways[_i];
	struct waiter w = waiter_of(way);
	int held = holder(way), other = open_file();

	w.fd = open("a", O_RDONLY | O_CLOEXEC);
	w.exclusive = false;
	begins(&w);
	places_become(other, 1);
	close(held);
	ck_assert_int_eq(end_of(&w), 0);
	ck_assert_int_eq(try(way, other, true), -EAGAIN);
	ck_assert_int_eq(try(way, other, false), 0);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
	const struct way *way = &ways[_i];
	struct waiter w = waiter_of(way);
	double start = seconds_now();
	int other = open_file();

	holder(way);
	w.deadline = monotonic_ns() + 300 * MS;
	begins(&w);
	ck_assert_int_eq(end_of(&w), -EAGAIN);
	ck_assert(seconds_now() - start >= 0.3);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

static void nothing(int sig)
{
	(void)sig;
}

START_TEST(a_signal_ends_a_wait)
{
	const struct way *way = &ways[_i];
	struct waiter first = waiter_of(way), second = waiter_of(way);
	int other = open_file();

	holder(way);
	signal(SIGTERM, nothing);
	begins(&first);
	places_become(other, 1);
	begins(&second);
	places_become(other, 3);
	ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
	ck_assert_int_eq(end_of(&first), -EINTR);
	ck_assert_int_eq(end_of(&second), -EINTR);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

/* Who stands behind moves up, and nobody leaves a place behind. */
START_TEST(three_stand_one_behind_the_other)
{
	const struct way *way = &ways[_i];
	struct waiter w[3] = { waiter_of(way), waiter_of(way), waiter_of(way) };
	int other = open_file();

	holder(way);
	for (int i = 0; i < 3; i++) {
		begins(&w[i]);
		places_become(other, (2 << i) - 1);
	}
	ends(&w[0], 201);
	places_become(other, 3);
	ends(&w[2], 202);
	places_become(other, 1);
	ends(&w[1], 203);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

static _Atomic int served;
static int order[3];

static void note_order(struct waiter *w)
{
	order[served++] = w->number;
	kernel_lock(w->way->fs, w->fd, LOCK_UN);
}

START_TEST(who_came_first_is_served_first)
{
	const struct way *way = &ways[_i];
	struct waiter w[3] = { waiter_of(way), waiter_of(way), waiter_of(way) };
	int other = open_file(), held = holder(way);

	for (int i = 0; i < 3; i++) {
		w[i].number = i;
		w[i].got = note_order;
		begins(&w[i]);
		places_become(other, (2 << i) - 1);
	}
	close(held);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(end_of(&w[i]), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(order[i], i);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

START_TEST(readers_stand_together)
{
	const struct way *way = &ways[_i];
	struct waiter w[2] = { waiter_of(way), waiter_of(way) };
	int other = open_file(), held = holder(way);

	for (int i = 0; i < 2; i++) {
		w[i].exclusive = false;
		begins(&w[i]);
		while (!w[i].interruptions && way->wait == line_poll)
			usleep(1000);
		places_become(other, 1);
	}
	usleep(100000);
	ck_assert_int_eq(places(other), 1);
	close(held);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(end_of(&w[i]), 0);
	ck_assert_int_eq(try(way, other, false), 0);
}
END_TEST

START_TEST(who_waits_outside_stands_nowhere)
{
	const struct way *way = &ways[_i];
	struct waiter w = waiter_of(way);
	int other = open_file(), held = holder(way);

	stand_at(other, PLACE_TURNSTILE);
	w.outside = true;
	begins(&w);
	usleep(200000);
	ck_assert_int_eq(places(held), 1);
	close(held);
	ck_assert_int_eq(end_of(&w), 0);
}
END_TEST

/* --- those who stand in the way --------------------------------------------------------------- */

/* Who stands before it is stopped, at whatever place. */
START_TEST(what_nobody_takes_is_had)
{
	const struct way *way = &ways[_i % WAYS];
	struct waiter w = waiter_of(way);
	int stopped = open_file(), other = open_file(), in_line = _i / WAYS;
	double start = seconds_now();

	w.exclusive = !in_line;
	for (int place = PLACE_TURNSTILE; place <= in_line; place++)
		stand_at(stopped, place);
	begins(&w);
	ck_assert_int_eq(end_of(&w), 0);
	/* Who runs has time enough to take it. */
	ck_assert(seconds_now() - start > (way->fs->traits & FS_REMOTE ? 0.3 : 0.01));
	ck_assert_int_eq(try(way, other, true), -EAGAIN);
	ck_assert_int_eq(try(way, other, false), w.exclusive ? -EAGAIN : 0);
	ck_assert_int_eq(places(other), (2 << in_line) - 1);
}
END_TEST

/* What is held is waited for all the same. */
START_TEST(what_is_held_behind_a_stopped_one_is_not)
{
	const struct way *way = &ways[_i];
	struct waiter w = waiter_of(way);
	int stopped = open_file();

	holder(way);
	stand_at(stopped, PLACE_TURNSTILE);
	w.deadline = monotonic_ns() + 2 * S;
	begins(&w);
	ck_assert_int_eq(end_of(&w), -EAGAIN);
}
END_TEST

START_TEST(untaken_is_what_stays_free)
{
	int fd = open_file(), other = open_file(), reader = open_file();
	double start = seconds_now();

	ck_assert_int_eq(untaken_take(&nfs, fd, _i), 0);
	ck_assert(seconds_now() - start > 0.3);
	ck_assert_int_eq(try(&ways[0], other, true), -EAGAIN);
	ck_assert_int_eq(kernel_lock(&nfs, fd, LOCK_UN), 0);
	/* Behind readers waits a writer. */
	ck_assert_int_eq(try(&ways[0], reader, false), 0);
	ck_assert_int_eq(untaken_take(&nfs, fd, _i), -EAGAIN);
	ck_assert_int_eq(untaken_take(&here, fd, _i), 0);
}
END_TEST

static void lock_everything(int fd, int command, int type)
{
	struct flock64 whole = { .l_type = (short)type, .l_whence = SEEK_SET };

	ck_assert_int_eq(fcntl(fd, command, &whole), 0);
}

/* As another program's, or a flock() of another host's. */
START_TEST(before_a_lock_on_everything_there_is_no_line)
{
	static const int commands[] = { F_SETLK64, F_OFD_SETLK }, types[] = { F_WRLCK, F_RDLCK };
	const struct way *way = &ways[_i % REMOTE_WAYS];
	struct waiter w = waiter_of(way), late = waiter_of(way);
	int foreign = open_file(), other = open_file();

	lock_everything(foreign, commands[_i / 2 % 2], types[_i / 4]);
	late.deadline = monotonic_ns() + 200 * MS;
	begins(&w);
	begins(&late);
	ck_assert_int_eq(end_of(&late), -EAGAIN);
	usleep(100000);
	ck_assert(!w.over);
	close(foreign);
	ck_assert_int_eq(end_of(&w), 0);
	ck_assert_int_eq(try(way, other, false), -EAGAIN);
	ck_assert_int_eq(places(other), 0);
}
END_TEST

/* Where somebody stood when the wait began there is another program's lock by now. */
START_TEST(a_place_may_become_one_that_nobody_can_have)
{
	const struct way *way = &ways[_i];
	struct flock64 around = {
		.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = (1LL << 62) - 10, .l_len = 20
	};
	struct waiter w = waiter_of(way);
	int reader = open_file(), foreign = open_file(), other = open_file(), held = holder(way);

	ck_assert_int_eq(turnstile_try(way->fs, reader, PLACE_TURNSTILE, false), 0);
	ck_assert_int_eq(fcntl(foreign, F_OFD_SETLK, &around), 0);
	begins(&w);
	places_become(other, 3);
	turnstile_leave(reader, PLACE_TURNSTILE);
	/* Nobody stands at the second any more. */
	places_become(other, 1);
	ck_assert(!w.over);
	close(held);
	ck_assert_int_eq(end_of(&w), 0);
	ck_assert_int_eq(try(way, other, false), -EAGAIN);
}
END_TEST

int main(void)
{
	TCase *tests = group("line");

	tcase_add_loop_test(tests, a_wait_ends_with_the_lock, 0, WAYS);
	tcase_add_loop_test(tests, a_reader_s_wait_ends_with_a_shared_lock, 0, WAYS);
	tcase_add_loop_test(tests, a_wait_ends_at_its_deadline, 0, WAYS);
	tcase_add_loop_test(tests, a_signal_ends_a_wait, 0, WAYS);
	tcase_add_loop_test(tests, three_stand_one_behind_the_other, 0, WAYS);
	tcase_add_loop_test(tests, who_came_first_is_served_first, 0, REMOTE_WAYS);
	tcase_add_loop_test(tests, readers_stand_together, 0, REMOTE_WAYS);
	tcase_add_loop_test(tests, who_waits_outside_stands_nowhere, 0, WAYS);
	tcase_add_loop_test(tests, what_nobody_takes_is_had, 0, 3 * WAYS);
	tcase_add_loop_test(tests, what_is_held_behind_a_stopped_one_is_not, 0, WAYS);
	tcase_add_loop_test(tests, untaken_is_what_stays_free, 0, 2);
	tcase_add_loop_test(tests, before_a_lock_on_everything_there_is_no_line, 0, 8);
	tcase_add_loop_test(tests, a_place_may_become_one_that_nobody_can_have, 0, WAYS);
	return group_run();
}
