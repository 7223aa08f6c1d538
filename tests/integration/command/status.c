/* SPDX-License-Identifier: BSD-3-Clause */
/* lockedh5 status: who holds a file, and who waits for it, whether or not they have the library. */
#include "programs.h"
#include "status_table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- who ---------------------------------------------------------------------------------- */

START_TEST(a_free_file)
{
	struct outcome outcome = status("data.h5");

	NEEDS_THE_HOST();
	ck_assert_int_eq(outcome.status, 0);
	has(outcome.out, "data.h5  free");
	ck_assert_int_eq(rows(outcome.out), 1);
	ck_assert_str_eq(outcome.err, "");
}
END_TEST

START_TEST(holders_with_and_without_the_library)
{
	NEEDS_THE_HOST();
	NEEDS_HDF5_WITH("marks");
	for (int with = 0; with < 2; with++) {
		struct actor *first, *second;
		struct outcome outcome;

		preload(with);
		first = actor_new();
		second = actor_new();
		actor_ok(first, "open a data.h5 rw");
		outcome = status("data.h5");
		ck_assert_int_eq(outcome.status, 1);
		ck_assert_int_eq(rows(outcome.out), 1 + 1); /* and a sentence on the mark */
		has_row(outcome.out, "holds", "exclusive", actor_pid(first), "actor");
		actor_ok(first, "close a");
		actor_ok(first, "open a data.h5 r");
		actor_ok(second, "open a data.h5 r");
		outcome = status("data.h5");
		ck_assert_int_eq(outcome.status, 1);
		ck_assert_int_eq(rows(outcome.out), 2);
		has_row(outcome.out, "holds", "shared", actor_pid(first), "actor");
		has_row(outcome.out, "holds", "shared", actor_pid(second), "actor");
		actor_end(first);
		actor_end(second);
	}
	ck_assert_int_eq(status("data.h5").status, 0);
}
END_TEST

/* Only the first is in the lock's own queue, where the kernel names it. */
START_TEST(waiters_at_the_turnstile)
{
	struct actor *holder = actor_new(), *waiters[3], *reader = actor_new();
	struct outcome outcome;

	NEEDS_THE_HOST();
	NEEDS_HDF5_WITH("marks");
	actor_ok(holder, "open a data.h5 rw");
	for (int i = 0; i < 3; i++) {
		waiters[i] = actor_new();
		actor_tell(waiters[i], "open a data.h5 rw");
		locks_waiting("data.h5", i + 1);
	}
	actor_tell(reader, "open a data.h5 r");
	locks_waiting("data.h5", 4);
	outcome = status("data.h5");
	ck_assert_int_eq(outcome.status, 1);
	has_row(outcome.out, "holds", "exclusive", actor_pid(holder), "actor");
	for (int i = 0; i < 3; i++)
		has_row(outcome.out, "waits", "exclusive", actor_pid(waiters[i]), "actor");
	has_row(outcome.out, "waits", "shared", actor_pid(reader), "actor");
	ck_assert_int_eq(rows(outcome.out), 5 + 1);
	for (int i = 0; i < 3; i++) {
		actor_kill(waiters[i], SIGKILL);
		actor_end(waiters[i]);
	}
	actor_kill(reader, SIGKILL);
	actor_end(reader);
	actor_end(holder);
}
END_TEST

START_TEST(a_waiter_that_is_no_hdf5_program)
{
	struct actor *holder = actor_new();
	struct process *waiter;

	actor_ok(holder, "open a data.h5 r");
	preload(false);
	waiter = START("flock", "-x", "data.h5", "true");
	locks_waiting("data.h5", 1);
	has_row(status("data.h5").out, "waits", "exclusive", process_pid(waiter), "flock -x");
	stop(waiter);
	actor_end(holder);
}
END_TEST

START_TEST(h5py_holds_and_h5dump_waits)
{
	struct process *holder, *waiter;
	struct outcome outcome;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no h5py");
	NEEDS("command -v h5dump", "no h5dump");
	preload(false);
	holder = h5py_with("h5py.File('data.h5', 'r+')");
	preload(true);
	waiter = START("h5dump", "-H", "data.h5");
	locks_waiting("data.h5", 1);
	outcome = status("data.h5");
	has_row(outcome.out, "holds", "exclusive", process_pid(holder), "import h5py");
	has_row(outcome.out, "waits", "shared", process_pid(waiter), "h5dump -H data.h5");
	stop(waiter);
	stop(holder);
}
END_TEST

/* The kernel goes on naming the process that took the lock. */
START_TEST(a_child_that_keeps_its_killed_parents_lock)
{
	struct actor *parent = actor_new();
	struct outcome outcome;
	pid_t child;

	NEEDS_THE_HOST();
	NEEDS_HDF5_WITH("marks");
	preload(false);
	actor_ok(parent, "open a data.h5 rw");
	child = (pid_t)atoi(actor_ok(parent, "fork live"));
	ck_assert_int_gt(child, 0);
	outcome = status("data.h5");
	ck_assert_int_eq(rows(outcome.out), 1 + 1);
	has_row(outcome.out, "holds", "exclusive", actor_pid(parent), "actor");
	ck_assert_int_eq(kill(child, SIGSTOP), 0); /* it ends when its parent does */
	actor_kill(parent, SIGKILL);
	actor_end(parent);
	outcome = status("data.h5");
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_int_eq(rows(outcome.out), 1 + 1 + 1); /* and one on the child that is stopped */
	has_row(outcome.out, "holds", "exclusive", child, "actor");
	if (needs(__func__, AS_NOBODY(LAUNCHER " --version"), NO_NOBODY)) {
		outcome = RUN("sh", "-c", AS_NOBODY(LAUNCHER " status data.h5"));
		ck_assert_int_eq(outcome.status, 1);
		has_row(outcome.out, "holds", "exclusive", 0, "(not visible)");
	}
	kill(child, SIGKILL);
}
END_TEST

/* Only the descriptor that a child inherited shows the lock. */
START_TEST(who_has_the_file_open_is_no_heir_of_a_lock)
{
	struct actor *parent = actor_new();
	struct process *other;
	struct outcome outcome;
	pid_t child;

	NEEDS_THE_HOST();
	preload(false);
	actor_ok(parent, "open a data.h5 rw");
	child = (pid_t)atoi(actor_ok(parent, "fork live"));
	ck_assert_int_eq(kill(child, SIGSTOP), 0); /* it ends when its parent does */
	other = START_READY("sh", "-c", "exec <data.h5; : >ready; exec sleep 1000");
	actor_kill(parent, SIGKILL);
	actor_end(parent);
	outcome = status("data.h5");
	has_row(outcome.out, "holds", "exclusive", child, "actor");
	ck_assert_ptr_null(row(outcome.out, "holds", "exclusive", process_pid(other)));
	kill(child, SIGKILL);
	stop(other);
}
END_TEST

/* What one can't know is counted and said. */
START_TEST(others_processes_are_not_visible_to_nobody)
{
	struct actor *holder, *waiters[2];
	struct outcome outcome;

	NEEDS_HDF5_WITH("marks");
	NEEDS(AS_NOBODY(LAUNCHER " --version"), NO_NOBODY);
	holder = actor_new();
	actor_ok(holder, "open a data.h5 rw");
	for (int i = 0; i < 2; i++) {
		waiters[i] = actor_new();
		actor_tell(waiters[i], "open a data.h5 rw");
		locks_waiting("data.h5", i + 1);
	}
	preload(false);
	outcome = RUN("sh", "-c", AS_NOBODY(LAUNCHER " status data.h5"));
	has(outcome.out, ", and a writer has it open\n");
	ck_assert_int_eq(chmod("data.h5", 0600), 0);
	outcome = RUN("sh", "-c", AS_NOBODY(LAUNCHER " status data.h5"));
	ck_assert_int_eq(outcome.status, 1);
	has_row(outcome.out, "holds", "exclusive", actor_pid(holder), "actor");
	has_row(outcome.out, "waits", "exclusive", actor_pid(waiters[0]), "actor");
	has_row(outcome.out, "waits", "exclusive", 0, "(not visible)");
	has(outcome.out, "data.h5: what is in it can't be read (Permission denied)");
	for (int i = 0; i < 2; i++) {
		actor_kill(waiters[i], SIGKILL);
		actor_end(waiters[i]);
	}
	actor_end(holder);
}
END_TEST

/* --- errors and side effects ---------------------------------------------------------------- */

START_TEST(errors_say_what_is_wrong)
{
	static const char *const wrong[][2] = {
		{ "nothing.h5", "nothing.h5: No such file or directory\n" },
		{ "folder", "folder: it is a folder\n" },
		{ "fifo", "fifo: it is not a regular file\n" },
		{ "text", "text: it is not an HDF5 file\n" },
		{ "empty", "empty: it is not an HDF5 file\n" },
	};
	struct outcome outcome;

	preload(false);
	RUN("sh", "-c", "mkdir folder; mkfifo fifo; echo some text >text; : >empty");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		outcome = status(wrong[i][0]);
		ck_assert_int_eq(outcome.status, 2);
		ck_assert_msg(!strncmp(outcome.err, "lockedh5: ", 10) &&
				      !strcmp(outcome.err + 10, wrong[i][1]),
			      "%s", outcome.err);
		ck_assert_str_eq(outcome.out, "");
	}
	outcome = RUN(LAUNCHER, "status");
	ck_assert_int_eq(outcome.status, 2);
	has(outcome.err, "usage: lockedh5 status FILE...");
	outcome = RUN(LAUNCHER, "status", "--");
	ck_assert_int_eq(outcome.status, 2);
	has(outcome.err, "usage: lockedh5 status FILE...");
}
END_TEST

/* It is taken for an option, and told how to be none. */
START_TEST(a_name_that_begins_with_a_dash)
{
	static const char *const ways[][3] = { { "--", "-d.h5" },
					       { "./-d.h5" },
					       { "d.h5", "--", "-d.h5" } };
	struct outcome outcome;

	NEEDS_THE_HOST();
	h5_file("-d.h5", 1);
	h5_file("d.h5", 1);
	preload(false);
	for (int i = 0; i < 2; i++) {
		outcome = i ? RUN(LAUNCHER, "status", "d.h5", "-d.h5")
			    : RUN(LAUNCHER, "status", "-d.h5");
		ck_assert_int_eq(outcome.status, 2);
		ck_assert_str_eq(outcome.err,
				 "lockedh5: -d.h5: status has no such option; a file of that name "
				 "has to have ./ in front\n");
		ck_assert_str_eq(outcome.out, "");
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		outcome = RUN(LAUNCHER, "status", ways[i][0], ways[i][1], ways[i][2]);
		ck_assert_msg(outcome.status == 0, "%s", outcome.err);
		has(outcome.out, "-d.h5");
		has(outcome.out, "free");
	}
}
END_TEST

/* One bad name does not keep the others from being told; nor does a good one hide it. */
START_TEST(what_is_not_visible_from_here_is_said)
{
	struct outcome o;

	NEEDS("unshare -mpf --mount-proc true", "no right to make namespaces");
	h5_file("data.h5", 1);
	o = RUN("unshare", "-pf", "--mount-proc", LAUNCHER, "status", "data.h5");
	has(o.out, "\nThis is inside a container: ");
	has(o.out, "data.h5  unknown");
	ck_assert_int_eq(o.status, 2);
}
END_TEST

START_TEST(several_files)
{
	struct actor *holder = actor_new();
	struct outcome outcome;

	NEEDS_THE_HOST();
	h5_file("other.h5", 1);
	actor_ok(holder, "open a data.h5 r");
	preload(false);
	outcome = RUN(LAUNCHER, "status", "other.h5", "data.h5");
	ck_assert_int_eq(outcome.status, 1);
	has(outcome.out, "other.h5  free");
	has_row(outcome.out, "holds", "shared", actor_pid(holder), "actor");
	outcome = RUN(LAUNCHER, "status", "nothing.h5", "data.h5");
	ck_assert_int_eq(outcome.status, 2);
	has_row(outcome.out, "holds", "shared", actor_pid(holder), "actor");
	actor_end(holder);
}
END_TEST

/* It is just being created, or it is not HDF5's lock. */
START_TEST(a_held_file_that_is_not_hdf5)
{
	struct process *holder;
	struct outcome outcome;

	preload(false);
	file_write("empty", "");
	holder = START("flock", "-x", "empty", "sleep", "1000");
	locks_become("empty", 0, 1);
	outcome = status("empty");
	ck_assert_int_eq(outcome.status, 1);
	has(outcome.out, "empty  holds  exclusive");
	has(outcome.out, "empty: it is not an HDF5 file, or not yet\n");
	stop(holder);
}
END_TEST

START_TEST(names_do_not_reach_the_terminal)
{
	struct outcome outcome;

	NEEDS_THE_HOST();
	ck_assert_int_eq(rename("data.h5", "a\033[2J.h5"), 0);
	outcome = status("a\033[2J.h5");
	ck_assert_int_eq(outcome.status, 0);
	has(outcome.out, "a?[2J.h5  free");
	ck_assert_ptr_null(strchr(outcome.out, '\033'));
	outcome = status("b\033[2J.h5");
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_null(strchr(outcome.err, '\033'));
}
END_TEST

START_TEST(names_in_sentences_do_not_reach_the_terminal)
{
	struct process *holder;
	struct outcome outcome;

	file_write("a\033[2J", "");
	preload(false);
	holder = START("flock", "-x", "a\033[2J", "sleep", "1000");
	locks_become("a\033[2J", 0, 1);
	outcome = status("a\033[2J");
	has(outcome.out, "a?[2J: it is not an HDF5 file, or not yet\n");
	ck_assert_ptr_null(strchr(outcome.out, '\033'));
	stop(holder);
}
END_TEST

START_TEST(no_lock_is_taken_or_asked_for)
{
	struct outcome outcome;

	NEEDS_THE_HOST();
	NEEDS("command -v strace && strace true", "strace does not work here");
	preload(false);
	outcome = RUN("strace", "-f", "-o", "calls", "-e", "trace=flock,fcntl,pread64", LAUNCHER,
		      "status", "data.h5");
	ck_assert_int_eq(outcome.status, 0);
	/* It was looked at, and nothing was locked. */
	outcome = RUN("sh", "-c", "grep -c 'pread64.*HDF' calls && ! grep -e flock -e LK calls");
	ck_assert_msg(outcome.status == 0, "%s", outcome.out);
}
END_TEST

int main(void)
{
	TCase *tests = group("status");

	tcase_add_checked_fixture(tests, make_markable_data, NULL);
	tcase_add_test(tests, a_free_file);
	tcase_add_test(tests, holders_with_and_without_the_library);
	tcase_add_test(tests, waiters_at_the_turnstile);
	tcase_add_test(tests, a_waiter_that_is_no_hdf5_program);
	tcase_add_test(tests, h5py_holds_and_h5dump_waits);
	tcase_add_test(tests, a_child_that_keeps_its_killed_parents_lock);
	tcase_add_test(tests, who_has_the_file_open_is_no_heir_of_a_lock);
	tcase_add_test(tests, others_processes_are_not_visible_to_nobody);
	tcase_add_test(tests, errors_say_what_is_wrong);
	tcase_add_test(tests, a_name_that_begins_with_a_dash);
	tcase_add_test(tests, what_is_not_visible_from_here_is_said);
	tcase_add_test(tests, several_files);
	tcase_add_test(tests, a_held_file_that_is_not_hdf5);
	tcase_add_test(tests, names_do_not_reach_the_terminal);
	tcase_add_test(tests, names_in_sentences_do_not_reach_the_terminal);
	tcase_add_test(tests, no_lock_is_taken_or_asked_for);
	return group_run();
}
