/* SPDX-License-Identifier: BSD-3-Clause */
/* A forked child that goes on with a file that its parent has opened: the lock is with those who
 * use the file, and whoever can't have it is told. */
#include "others.h"
#include "programs.h"
#include "status_table.h"
#include "support.h"
#include "text.h"
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static struct actor *opener(const char *mode)
{
	struct actor *a;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_LOG", "messages");
	a = actor_new();
	setting("LOCKEDH5_LOG", NULL);
	actor_ok(a, "open a data.h5 %s", mode);
	return a;
}

/* --- a child that uses it ------------------------------------------------------------------- */

START_TEST(a_child_that_writes_keeps_the_lock_when_its_parent_closes)
{
	struct actor *a = opener("rw");

	if (_i)
		actor_ok(a, "fork live"); /* one more, which does nothing */
	actor_ok(a, "fork live");
	actor_ok(a, "child write a data %d 5", NUMBERS);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 1);
	others_are_kept_out("rw");
	actor_ok(a, "child write a data %d 6", NUMBERS);
	actor_ok(a, "child close a");
	others_find(6);
	actor_ok(a, "child-end");
}
END_TEST

START_TEST(a_child_that_reads_keeps_the_lock_when_its_parent_closes)
{
	struct actor *a = opener("r");

	actor_ok(a, "fork live");
	actor_ok(a, "child check a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	locks_are("data.h5", 1, 0);
	others_are_kept_out("rw");
	actor_ok(a, "child close a");
	others_find(1);
	actor_ok(a, "child-end");
}
END_TEST

/* Whoever uses it last lets it go, while others that never did live on. */
START_TEST(the_last_child_that_uses_it_lets_go)
{
	struct actor *a = opener("rw");

	actor_ok(a, "fork live");
	actor_ok(a, "fork live");
	actor_ok(a, "child write a data %d 5", NUMBERS);
	actor_ok(a, "child fork live");
	actor_ok(a, "child child write a data %d 6", NUMBERS);
	actor_ok(a, "close a");
	actor_ok(a, "child close a");
	others_are_kept_out("rw");
	actor_ok(a, "child child close a");
	others_find(6);
}
END_TEST

START_TEST(a_child_that_was_killed_uses_nothing)
{
	struct actor *a = opener("rw");
	char dead[128];
	pid_t child;

	actor_ok(a, "fork live");
	child = (pid_t)atoi(actor_ok(a, "fork live"));
	actor_ok(a, "child write a data %d 5", NUMBERS);
	if (_i) { /* nobody waits for it */
		snprintf(dead, sizeof(dead),
			 "kill -9 %d; until grep -q ') Z' /proc/%d/stat; do sleep 0.01; done",
			 (int)child, (int)child);
		ck_assert_int_eq(RUN("sh", "-c", dead).status, 0);
	} else {
		actor_ok(a, "child-end");
	}
	actor_ok(a, "close a");
	locks_become("data.h5", 0, 0);
	others_find(5);
}
END_TEST

/* In another process ID namespace, whose numbers say nothing here. */
START_TEST(a_child_in_a_namespace_of_its_own_keeps_the_lock)
{
	struct actor *a;

	NEEDS("unshare -p true", "not allowed to make a process ID namespace");
	a = opener("rw");
	actor_ok(a, "new-pids");
	actor_ok(a, "fork live");
	actor_ok(a, "child write a data %d 5", NUMBERS);
	actor_ok(a, "close a");
	others_are_kept_out("rw");
	actor_ok(a, "child close a");
	others_find(5);
}
END_TEST

/* --- a child that only has it --------------------------------------------------------------- */

START_TEST(a_child_that_comes_late_takes_what_nobody_has_touched)
{
	struct actor *a = opener("rw");

	actor_ok(a, "fork live");
	actor_ok(a, "write a data %d 4", NUMBERS);
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
	/* The number is another file's in the parent. */
	h5_file("other.h5", 1);
	actor_ok(a, "open a other.h5 rw");
	actor_ok(a, "child write a data %d 5", NUMBERS);
	locks_are("data.h5", 0, 1);
	others_are_kept_out("rw");
	actor_ok(a, "child close a");
	others_find(5);
	locks_are("other.h5", 0, 1);
}
END_TEST

/* Neither may it write what it took for the file, nor is that ever tried again. */
START_TEST(a_child_that_comes_too_late_is_told)
{
	struct actor *a = opener("rw"), *b = NULL;

	actor_ok(a, "fork live");
	actor_ok(a, "close a");
	if (_i) {
		b = impatient_actor();
		actor_ok(b, "open b data.h5 r");
	} else {
		others_write(9);
	}
	has(actor_error(a, "child write a data %d 5", NUMBERS), "errno = 116");
	ck_assert_int_eq(times_in_file("messages", "can't go on with"), 1);
	ck_assert_int_eq(
		times_in_file("messages", _i ? "in use elsewhere" : "has been changed since"), 1);
	ck_assert_int_eq(times_in_file("messages", "data.h5"), 1);
	if (_i) {
		actor_ok(b, "close b");
		actor_end(b);
	}
	actor_error(a, "child write a data %d 5", NUMBERS);
	actor_ask(a, "child close a");
	actor_ok(a, "child-end");
	ck_assert_int_eq(times_in_file("messages", "can't go on with"), 1);
	others_find(_i ? 1 : 9);
}
END_TEST

START_TEST(a_child_that_reads_too_late_is_told)
{
	struct actor *a = opener("r");

	actor_ok(a, "fork live");
	actor_ok(a, "close a");
	others_write(9);
	actor_error(a, "child check a data %d 1", NUMBERS);
	ck_assert_int_eq(times_in_file("messages", "can't go on with"), 1);
	others_find(9);
}
END_TEST

/* --- the parent ends ------------------------------------------------------------------------ */

static const struct {
	const char *command;
	int sig;
} ends[] = {
	{ "quit", 0 }, { "_exit", 0 }, { NULL, SIGTERM }, { NULL, SIGABRT }, { NULL, SIGKILL },
};
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

/* Ends the parent, which stays a zombie until the test's end: its child's answers come by it. */
static void end_parent(struct actor *a, int how)
{
	siginfo_t info;

	if (ends[how].command)
		actor_tell(a, "%s", ends[how].command);
	else
		actor_kill(a, ends[how].sig);
	ck_assert_int_eq(waitid(P_PID, (id_t)actor_pid(a), &info, WEXITED | WNOWAIT), 0);
}

static void daemon_ok(struct actor *a, const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "%s\n", command);
	file_write("commands", line);
	actor_answer_ok(a);
}

START_TEST(a_daemon_has_the_lock_of_its_parent)
{
	struct actor *a = opener("rw");
	struct outcome outcome;
	pid_t daemon;
	char write[64];

	/* It lives longer than all others, and never uses the file. */
	actor_ok(a, "fork live");
	daemon = (pid_t)atoi(actor_ok(a, "fork daemon"));
	end_parent(a, _i);
	others_are_kept_out("rw");
	outcome = RUN(LAUNCHER, "status", "data.h5");
	ck_assert_int_eq(outcome.status, 1);
	has_row(outcome.out, "holds", "exclusive", daemon, "actor");
	ck_assert_ptr_null(strstr(outcome.out, "unlocked"));
	snprintf(write, sizeof(write), "write a data %d 5", NUMBERS);
	daemon_ok(a, write);
	/* It may even open it once more: the handle that it shares is its own now. */
	daemon_ok(a, "open b data.h5 rw");
	daemon_ok(a, "close b");
	others_are_kept_out("rw");
	outcome = RUN(LAUNCHER, "status", "data.h5");
	ck_assert_ptr_null(strstr(outcome.out, "unlocked"));
	daemon_ok(a, "close a");
	others_find(5);
	kill(daemon, SIGKILL);
}
END_TEST

/* As daemon() does it twice: the process between has ended, too.  The last time nobody is left who
 * is the opener's own child. */
START_TEST(a_daemons_parent_may_be_its_grandparent)
{
	struct actor *a = opener("rw");
	pid_t between, daemon;
	char write[64];

	between = (pid_t)atoi(actor_ok(a, "fork live"));
	daemon = (pid_t)atoi(actor_ok(a, "child fork daemon"));
	if (_i == ENDS)
		actor_ok(a, "child-end"); /* which waits for it */
	else
		ck_assert_int_eq(kill(between, SIGKILL), 0);
	end_parent(a, _i % ENDS);
	others_are_kept_out("rw");
	snprintf(write, sizeof(write), "write a data %d 5", NUMBERS);
	daemon_ok(a, write);
	others_are_kept_out("rw");
	daemon_ok(a, "close a");
	others_find(5);
	kill(daemon, SIGKILL);
}
END_TEST

/* A process that ends lets its children have what it closes; one that it leaves behind goes on, and
 * does not. */
START_TEST(a_daemon_that_is_forked_at_the_end_does_not_end)
{
	struct actor *a = actor_new();
	pid_t daemon;

	h5_file("other.h5", 2);
	actor_ok(a, "at-exit daemon");
	h5_file("data.h5", 1);
	actor_ok(a, "open a data.h5 r");
	actor_ok(a, "fork _exit");
	actor_tell(a, "quit");
	daemon = (pid_t)atoi(actor_answer_ok(a));
	daemon_ok(a, "open b other.h5 rw");
	daemon_ok(a, "fork live");
	locks_are("other.h5", 0, 1);
	daemon_ok(a, "close b");
	locks_are("other.h5", 0, 0);
	daemon_ok(a, "child-end");
	kill(daemon, SIGKILL);
}
END_TEST

/* --- children that libc does not know of, and processes 1 ----------------------------------- */

START_TEST(a_child_past_libc_ends_nothing_and_is_told)
{
	struct actor *a = opener("rw");

	actor_ok(a, "fork raw");
	if (_i) {
		has(actor_error(a, "child write a data %d 5", NUMBERS), "errno = 116");
		ck_assert_int_eq(times_in_file("messages", "made without fork()"), 1);
	}
	actor_ask(a, "child close a");
	locks_are("data.h5", 0, 1);
	others_are_kept_out("rw");
	actor_ok(a, "write a data %d 4", NUMBERS);
	actor_ok(a, "close a");
	others_find(4);
}
END_TEST

/* Parent and child have the same process ID. */
START_TEST(process_1_of_a_nested_namespace_ends_nothing)
{
	struct actor *a;

	NEEDS("unshare -pf --mount-proc unshare -p true",
	      "not allowed to make a process ID namespace");
	setenv("LOCKEDH5_TEST_UNDER", "unshare -pf --kill-child --mount-proc", 1);
	a = opener("rw");
	actor_ok(a, "new-pids");
	if (_i) {
		actor_ok(a, "fork raw");
		actor_ok(a, "child raw-close 3");
		actor_ask(a, "child close a");
	} else {
		ck_assert_str_eq(actor_ok(a, "fork close-all"), "0");
	}
	others_are_kept_out("rw");
	actor_ok(a, "close a");
	unsetenv("LOCKEDH5_TEST_UNDER");
	others_find(1);
}
END_TEST

/* --- moments --------------------------------------------------------------------------------- */

/* A file that another thread opens while fork() is under way, and one that is opened again and
 * again beside children that are about to execute a program. */
START_TEST(what_is_opened_during_a_fork_is_not_kept)
{
	static const char *const moments[] = { "fork", "spawn" };
	struct outcome outcome;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	outcome = RUN(CLIENT("forker"), moments[_i], "data.h5");
	ck_assert_msg(outcome.status == 0, "%s%s", outcome.out, outcome.err);
	others_find(1);
}
END_TEST

int main(void)
{
	TCase *tests = group("heirs");

	tcase_add_loop_test(tests, a_child_that_writes_keeps_the_lock_when_its_parent_closes, 0, 2);
	tcase_add_test(tests, a_child_that_reads_keeps_the_lock_when_its_parent_closes);
	tcase_add_test(tests, the_last_child_that_uses_it_lets_go);
	tcase_add_loop_test(tests, a_child_that_was_killed_uses_nothing, 0, 2);
	tcase_add_test(tests, a_child_in_a_namespace_of_its_own_keeps_the_lock);
	tcase_add_test(tests, a_child_that_comes_late_takes_what_nobody_has_touched);
	tcase_add_loop_test(tests, a_child_that_comes_too_late_is_told, 0, 2);
	tcase_add_test(tests, a_child_that_reads_too_late_is_told);
	tcase_add_loop_test(tests, a_daemon_has_the_lock_of_its_parent, 0, ENDS);
	tcase_add_loop_test(tests, a_daemons_parent_may_be_its_grandparent, 0, ENDS + 1);
	tcase_add_test(tests, a_daemon_that_is_forked_at_the_end_does_not_end);
	tcase_add_loop_test(tests, a_child_past_libc_ends_nothing_and_is_told, 0, 2);
	tcase_add_loop_test(tests, process_1_of_a_nested_namespace_ends_nothing, 0, 2);
	tcase_add_loop_test(tests, what_is_opened_during_a_fork_is_not_kept, 0, 2);
	return group_run();
}
