/* SPDX-License-Identifier: BSD-3-Clause */
/* The same file twice in one process: HDF5's business, and never a wait for oneself. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = { "data.h5", "./data.h5", "symlink.h5", "hardlink.h5" };
static const char *const seconds[] = { "open b %s r", "open b %s rw", "create b %s trunc",
				       "create b %s excl" };
static const char *const firsts[] = { "open a data.h5 r", "open a data.h5 rw",
				      "create a data.h5 trunc" };
enum { NAMES = 4, SECONDS = 4, FIRSTS = 3 };

static void make_files(void)
{
	h5_file("data.h5", 1);
	ck_assert_int_eq(symlink("data.h5", "symlink.h5"), 0);
	ck_assert_int_eq(link("data.h5", "hardlink.h5"), 0);
}

/* Opens it twice; gives both answers, and what is in the file then. */
static char *open_twice(int test, bool preloaded)
{
	const char *first = firsts[test / NAMES / SECONDS];
	const char *name = names[test % NAMES];
	struct actor *a;
	char command[64], *answers, *before;
	bool both;

	preload(preloaded);
	a = actor_new();
	before = strdup(actor_ok(a, "%s", first));
	if (!strncmp(first, "create", 6))
		actor_ok(a, "write a data 3 1");
	snprintf(command, sizeof(command), seconds[test / NAMES % SECONDS], name);
	ck_assert(asprintf(&answers, "%s, %s", before, actor_ask(a, "%s", command)) > 0);
	both = strstr(answers, ", ok");
	if (preloaded)
		locks_are("data.h5", !strcmp(first, firsts[0]), !!strcmp(first, firsts[0]));
	actor_ok(a, "close a");
	if (preloaded && both)
		locks_are("data.h5", !strcmp(first, firsts[0]), !!strcmp(first, firsts[0]));
	if (both)
		actor_ok(a, "close b");
	if (preloaded)
		locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
	free(before);
	return answers;
}

START_TEST(the_second_open_is_as_without_the_library)
{
	double start;
	char *without, *with;

	make_files();
	without = open_twice(_i, false);
	start = seconds_now();
	with = open_twice(_i, true);
	ck_assert_msg(!strcmp(with, without), "%s with %s in use: %s, but with the library: %s",
		      seconds[_i / NAMES % SECONDS], firsts[_i / NAMES / SECONDS], without, with);
	/* It didn't wait for itself: that ends after 90 seconds. */
	ck_assert(seconds_now() - start < 60);
}
END_TEST

START_TEST(the_lock_lasts_until_the_last_of_three_is_closed)
{
	struct actor *a;

	make_files();
	a = actor_new();
	actor_ok(a, "open a data.h5 rw");
	actor_ok(a, "open b symlink.h5 r");
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "open c hardlink.h5 rw");
	actor_ok(a, "close b");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "check c data %d 1", NUMBERS);
	actor_ok(a, "close c");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* --- threads --------------------------------------------------------------- */

static const char *const modes[] = { "r r", "rw rw", "r rw", "rw r" };

static void both_got_it(const char *answer, int test)
{
	if (test < 2)
		ck_assert_str_eq(answer, "ok 1: ok 2: ok");
	/* HDF5 refuses "rw" if it has it open as "r". */
	ck_assert_msg(strstr(answer, "1: ok") || strstr(answer, "2: ok"), "%s", answer);
	ck_assert_msg(!strstr(answer, "errno=11"), "one waited for the other: %s", answer);
}

/* Many times, as the first thing that a program does: the threads meet at another place each time.
 * A thread that waits for the other one does so until its patience ends. */
START_TEST(two_threads_that_wait_both_get_it)
{
	struct actor *holder, *waiter;

	NEEDS_HDF5_WITH("threads");
	make_files();
	setting("LOCKEDH5_WAIT", "2");
	holder = actor_new();
	for (int i = 0; i < 15; i++) {
		waiter = actor_new();
		actor_ok(holder, "open a data.h5 rw");
		actor_tell(waiter, "threads data.h5 %s", modes[_i]);
		locks_waiting("data.h5", 1);
		actor_ok(holder, "close a");
		both_got_it(actor_answer(waiter), _i);
		actor_ask(waiter, "close 1");
		actor_ask(waiter, "close 2");
		locks_are("data.h5", 0, 0);
		ck_assert_int_eq(actor_end(waiter), 0);
	}
}
END_TEST

/* The same without anybody else: threads must not take each other for strangers. */
START_TEST(two_threads_that_open_at_once_both_get_it)
{
	struct actor *a;

	NEEDS_HDF5_WITH("threads");
	make_files();
	setting("LOCKEDH5_WAIT", "2");
	a = actor_new();
	for (int i = 0; i < 200; i++) {
		both_got_it(actor_ask(a, "threads data.h5 %s", modes[_i]), _i);
		actor_ask(a, "close 1");
		actor_ask(a, "close 2");
		locks_are("data.h5", 0, 0);
	}
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(two_threads_that_give_up_leave_nothing_behind)
{
	struct actor *holder, *waiter;
	const char *answer, *second;

	NEEDS_HDF5_WITH("threads");
	make_files();
	holder = actor_new();
	actor_ok(holder, "open a data.h5 rw");
	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "0.2");
	waiter = actor_new();
	answer = actor_ask(waiter, "threads data.h5 %s", modes[_i]);
	second = strstr(answer, "2: ");
	ck_assert(second);
	gave_up(second, "data.h5");
	gave_up(answer, "data.h5");
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
	actor_ok(holder, "close a");
	actor_ok(waiter, "open a data.h5 rw");
	locks_are("data.h5", 0, 1);
}
END_TEST

/* The waiting thread must not stop others from using HDF5. */
START_TEST(a_thread_that_waits_leaves_the_others_alone)
{
	struct actor *holder, *waiter;

	NEEDS_HDF5_WITH("threads");
	make_files();
	h5_file("other.h5", 5);
	holder = actor_new();
	waiter = actor_new();
	actor_ok(holder, "open a data.h5 rw");
	actor_ok(waiter, "background-open a data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(waiter, "open b other.h5 r");
	actor_ok(waiter, "check b data %d 5", NUMBERS);
	actor_ok(waiter, "close b");
	actor_ok(holder, "close a");
	actor_ok(waiter, "background-join");
	actor_ok(waiter, "check a data %d 1", NUMBERS);
}
END_TEST

/* --- descriptors that change behind everybody's back ---------------------------- */

/* What HDF5 closes is then another file, whose lock is nobody else's business. */
START_TEST(a_descriptor_that_became_another_file_keeps_its_lock)
{
	struct actor *a;

	make_files();
	file_write("other.txt", "some text");
	a = actor_new();
	actor_ok(a, "open a data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "dup2 a other.txt");
	locks_are("data.h5", 0, 0);
	locks_are("other.txt", 0, 1);
	actor_ok(a, "close a");
	locks_are("other.txt", 0, 1);
	actor_ok(a, "open a data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
	locks_are("other.txt", 0, 1);
}
END_TEST

START_TEST(a_number_that_is_used_again_is_not_taken_for_the_old_file)
{
	struct actor *a, *b;
	int fd;

	make_files();
	h5_file("other.h5", 5);
	a = actor_new();
	actor_ok(a, "open a data.h5 r");
	fd = atoi(actor_ok(a, "close-range a"));
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(atoi(actor_ok(a, "raw-open other.h5")), fd);
	actor_ok(a, "close a");
	/* Nobody has it open any more: other programs may wait for it, and this one, too. */
	b = actor_new();
	actor_ok(b, "open b data.h5 rw");
	actor_tell(a, "open a data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(b, "close b");
	actor_answer_ok(a);
	locks_are("data.h5", 0, 1);
	actor_ok(a, "check a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
}
END_TEST

/* HDF5 believes that it has the file open, but the lock is gone: not unlocked, whatever else. */
START_TEST(a_lost_descriptor_is_not_taken_for_a_lock)
{
	struct actor *a;
	const char *answer;

	make_files();
	file_write("other.txt", "some text");
	a = actor_new();
	actor_ok(a, "open a data.h5 r");
	actor_ok(a, "%s", _i ? "dup2 a other.txt" : "close-range a");
	locks_are("data.h5", 0, 0);
	answer = actor_ask(a, "open b data.h5 r");
	if (!strncmp(answer, "ok", 2))
		locks_are("data.h5", 1, 0);
	/* The program goes on and can leave. */
	actor_ok(a, "system true");
	actor_kill(a, 9);
	actor_end(a);
	locks_are("data.h5", 0, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("same file");

	tcase_add_loop_test(tests, the_second_open_is_as_without_the_library, 0,
			    NAMES * SECONDS * FIRSTS);
	tcase_add_test(tests, the_lock_lasts_until_the_last_of_three_is_closed);
	tcase_add_loop_test(tests, two_threads_that_wait_both_get_it, 0, 4);
	tcase_add_loop_test(tests, two_threads_that_open_at_once_both_get_it, 0, 4);
	tcase_add_loop_test(tests, two_threads_that_give_up_leave_nothing_behind, 0, 4);
	tcase_add_test(tests, a_thread_that_waits_leaves_the_others_alone);
	tcase_add_test(tests, a_descriptor_that_became_another_file_keeps_its_lock);
	tcase_add_test(tests, a_number_that_is_used_again_is_not_taken_for_the_old_file);
	tcase_add_loop_test(tests, a_lost_descriptor_is_not_taken_for_a_lock, 0, 2);
	return group_run();
}
