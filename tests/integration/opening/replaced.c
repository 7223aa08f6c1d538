/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that somebody waits for is replaced or removed. */
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct actor *holder, *waiter;

/* Somebody waits, with this command, for data.h5 (numbers from 1); new.h5 (from 2) lies ready. */
static void somebody_waits(const char *command)
{
	h5_file("new.h5", 2);
	holder = holder_of_data();
	waiter = actor_new();
	actor_tell(waiter, "%s", command);
	locks_waiting("data.h5", 1);
}

START_TEST(the_waiter_gets_the_file_that_took_its_place)
{
	static const char *const modes[] = { "r", "rw" };
	char command[64];

	snprintf(command, sizeof(command), "open w data.h5 %s", modes[_i]);
	somebody_waits(command);
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	locks_are("data.h5", _i == 0, _i == 1);
	actor_ok(waiter, "check w data %d 2", NUMBERS);
	actor_ok(waiter, "close w");
	locks_are("data.h5", 0, 0);
}
END_TEST

START_TEST(the_waiter_waits_for_the_holder_of_the_new_file)
{
	struct actor *other;

	somebody_waits("create w data.h5 trunc");
	other = actor_new();
	actor_ok(other, "open b new.h5 r");
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_ok(holder, "close a");
	locks_waiting("data.h5", 1);
	actor_ok(other, "check b data %d 2", NUMBERS);
	keeps_waiting(waiter, 0);
	actor_ok(other, "close b");
	actor_answer_ok(waiter);
	locks_are("data.h5", 0, 1);
}
END_TEST

START_TEST(the_old_file_is_left_alone)
{
	somebody_waits("create w data.h5 trunc");
	ck_assert_int_eq(rename("data.h5", "old.h5"), 0);
	ck_assert_int_eq(rename("new.h5", "data.h5"), 0);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	actor_ok(waiter, "close w");
	h5_file_is("old.h5", 1);
}
END_TEST

START_TEST(a_removed_file_is_no_such_file)
{
	static const char *const modes[] = { "r", "rw" };
	char command[64];

	snprintf(command, sizeof(command), "open w data.h5 %s", modes[_i]);
	somebody_waits(command);
	ck_assert_int_eq(unlink("data.h5"), 0);
	actor_ok(holder, "close a");
	ck_assert_int_eq(strncmp(actor_answer_error(waiter), "errno=2 ", 8), 0);
	ck_assert(!file_exists("data.h5"));
}
END_TEST

START_TEST(a_removed_file_can_be_created)
{
	somebody_waits("create w data.h5 trunc");
	ck_assert_int_eq(unlink("data.h5"), 0);
	actor_ok(holder, "close a");
	actor_answer_ok(waiter);
	locks_are("data.h5", 0, 1);
	actor_ok(waiter, "write w data %d 3", NUMBERS);
	actor_ok(waiter, "close w");
	h5_file_is("data.h5", 3);
}
END_TEST

START_TEST(a_folder_in_its_place_is_a_folder)
{
	somebody_waits("open w data.h5 rw");
	ck_assert_int_eq(unlink("data.h5"), 0);
	ck_assert_int_eq(mkdir("data.h5", 0700), 0);
	actor_ok(holder, "close a");
	/* errno itself is that of HDF5's search for plugins, from 1.14 on. */
	ck_assert_ptr_nonnull(strstr(actor_answer_error(waiter), "errno = 21,"));
}
END_TEST

/* Whoever had the lock may be gone again when the file that was opened is locked.  The file is
 * looked at (fstat) before anybody asks who waits (fcntl). */
START_TEST(a_file_that_is_gone_before_it_is_locked_is_not_taken)
{
	static const char *const commands[] = { "open w data.h5 r", "open w data.h5 rw",
						"create w data.h5 trunc" };
	bool looked = _i / 6, replaced = _i / 3 % 2, creates = _i % 3 == 2;
	struct actor *late;

	NEEDS_STRACE();
	h5_file("data.h5", 1);
	h5_file("new.h5", 2);
	late = actor_that_stops("data.h5", looked ? "fcntl" : "open,openat", 1, "trace");
	actor_tell(late, "%s", commands[_i % 3]);
	actor_has_stopped("trace");
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(replaced ? rename("new.h5", "data.h5") : unlink("data.h5"), 0);
	actor_kill(late, SIGCONT);
	if (!replaced && !creates) {
		ck_assert_int_eq(strncmp(actor_answer_error(late), "errno=2 ", 8), 0);
		return;
	}
	actor_answer_ok(late);
	locks_are("data.h5", _i % 3 == 0, _i % 3 != 0);
	if (creates)
		actor_ok(late, "write w data %d 3", NUMBERS);
	actor_ok(late, "close w");
	h5_file_is("data.h5", creates ? 3 : 2);
}
END_TEST

int main(void)
{
	TCase *tests = group("replaced");

	tcase_add_loop_test(tests, the_waiter_gets_the_file_that_took_its_place, 0, 2);
	tcase_add_test(tests, the_waiter_waits_for_the_holder_of_the_new_file);
	tcase_add_test(tests, the_old_file_is_left_alone);
	tcase_add_loop_test(tests, a_removed_file_is_no_such_file, 0, 2);
	tcase_add_test(tests, a_removed_file_can_be_created);
	tcase_add_loop_test(tests, a_file_that_is_gone_before_it_is_locked_is_not_taken, 0, 12);
	tcase_add_test(tests, a_folder_in_its_place_is_a_folder);
	return group_run();
}
