/* SPDX-License-Identifier: BSD-3-Clause */
/* A relative name is the file that it was when the call began, whatever becomes of the folder while
 * the call waits. */
#include "support.h"

#include <stdio.h>
#include <sys/stat.h>

/* "one" and "two" have a data.h5 each, with other numbers in it; "empty" has none. */
static void make_folders(void)
{
	ck_assert_int_eq(mkdir("one", 0777), 0);
	ck_assert_int_eq(mkdir("two", 0777), 0);
	ck_assert_int_eq(mkdir("empty", 0777), 0);
	h5_file("one/data.h5", 1);
	h5_file("two/data.h5", 2);
}

static struct actor *holder, *waiter;

/* A thread of the waiter's, in "one", waits for data.h5. */
static void somebody_waits(const char *mode)
{
	make_folders();
	holder = actor_new();
	actor_ok(holder, "open a one/data.h5 rw");
	waiter = actor_new();
	actor_ok(waiter, "folder one");
	actor_ok(waiter, "background-open w data.h5 %s", mode);
	locks_waiting("one/data.h5", 1);
}

static void it_gets_the_file_of(const char *folder, bool writes)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/data.h5", folder);
	actor_ok(holder, "close a");
	actor_ok(waiter, "background-join");
	locks_are(name, !writes, writes);
	locks_are("two/data.h5", 0, 0);
	actor_ok(waiter, "check w data %d 1", NUMBERS);
	actor_ok(waiter, "close w");
	locks_are(name, 0, 0);
	ck_assert(!file_exists("empty/data.h5"));
	h5_file_is("two/data.h5", 2);
}

static const char *const modes[] = { "r", "rw" };
static const char *const others[] = { "../two", "../empty", "/" };

START_TEST(another_thread_changes_the_folder_meanwhile)
{
	NEEDS_HDF5_WITH("threads");
	somebody_waits(modes[_i % 2]);
	actor_ok(waiter, "folder %s", others[_i / 2]);
	it_gets_the_file_of("one", _i % 2);
}
END_TEST

START_TEST(the_folder_is_renamed_meanwhile)
{
	NEEDS_HDF5_WITH("threads");
	somebody_waits(modes[_i]);
	ck_assert_int_eq(rename("one", "other"), 0);
	it_gets_the_file_of("other", _i);
}
END_TEST

START_TEST(both_at_once)
{
	NEEDS_HDF5_WITH("threads");
	somebody_waits(modes[_i]);
	actor_ok(waiter, "folder ../two");
	ck_assert_int_eq(rename("one", "other"), 0);
	it_gets_the_file_of("other", _i);
}
END_TEST

/* Neither an open descriptor of the folder nor one of the file. */
START_TEST(nothing_is_left_open)
{
	struct outcome o;
	char command[128];

	NEEDS_HDF5_WITH("threads");
	somebody_waits("r");
	snprintf(command, sizeof(command), "ls -l /proc/%s/fd | grep -e /one",
		 actor_ok(waiter, "fork live"));
	actor_ok(waiter, "child state"); /* it is through fork() */
	o = RUN("sh", "-c", command);
	ck_assert_str_eq(o.out, "");
	it_gets_the_file_of("one", false);
	snprintf(command, sizeof(command), "ls -l /proc/%d/fd | grep -e /one",
		 (int)actor_pid(waiter));
	o = RUN("sh", "-c", command);
	ck_assert_str_eq(o.out, "");
}
END_TEST

int main(void)
{
	TCase *tests = group("folders");

	tcase_add_loop_test(tests, another_thread_changes_the_folder_meanwhile, 0, 6);
	tcase_add_loop_test(tests, the_folder_is_renamed_meanwhile, 0, 2);
	tcase_add_loop_test(tests, both_at_once, 0, 2);
	tcase_add_test(tests, nothing_is_left_open);
	return group_run();
}
