/* SPDX-License-Identifier: BSD-3-Clause */
/* A file system that can't lock: strace makes flock() fail in unmodified programs, as it does on
 * NFS without a lock manager (37), Lustre without -o flock (38), Cray DVS (524). */
#include "counter.h"
#include "programs.h"
#include "support.h"
#include "waiting.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char can_inject[] = "strace -o /dev/null -e trace=flock -e inject=flock:error=37 true";
#define NEEDS_INJECTION() NEEDS(can_inject, "no strace, or it may not trace")

static const int errnos[] = { 38, 95, 524, 37 };
enum { ERRNOS = sizeof(errnos) / sizeof(errnos[0]) };

/* Runs a program (up to a NULL) in which every flock() fails with ERROR. */
static struct outcome run_unable(int error, const char *const program[])
{
	const char *argv[24] = { "strace", "-f", "-o", "strace.out", "-e", "trace=flock", "-e" };
	char inject[64];
	int n = 7;

	snprintf(inject, sizeof(inject), "inject=flock:error=%d", error);
	argv[n++] = inject;
	while (*program)
		argv[n++] = *program++;
	argv[n] = NULL;
	return run(argv);
}
#define UNABLE(error, ...) run_unable(error, (const char *const[]){ __VA_ARGS__, NULL })

/* How many lines of it are the library's. */
static int messages(const char *text)
{
	int n = 0;

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		n += !strncmp(p, "lockedh5: ", 10);
	}
	return n;
}

static void assert_refused(struct outcome o, int error)
{
	char number[32];

	snprintf(number, sizeof(number), "errno = %d", error);
	ck_assert_int_eq(o.status, 1);
	ck_assert_msg(strstr(o.err, number), "\"%s\" is not in: %s", number, o.err);
	ck_assert_msg(strstr(o.err, "LOCKEDH5_NOLOCKS"), "no help in: %s", o.err);
}

/* HDF5 shrugs off ENOSYS, and with FALSE everything. */
static const char *const hdf5_locking[] = { NULL, "FALSE", "TRUE", "BEST_EFFORT" };
enum { LOCKING = sizeof(hdf5_locking) / sizeof(hdf5_locking[0]) };

START_TEST(refused_unless_told_otherwise)
{
	int error = errnos[_i % ERRNOS];

	NEEDS_INJECTION();
	counter_data_and_copy();
	setting("HDF5_USE_FILE_LOCKING", hdf5_locking[_i / ERRNOS]);
	setting("LOCKEDH5_NOLOCKS", _i % 2 ? "refuse" : NULL);
	assert_refused(UNABLE(error, CLIENT("counter"), "data.h5", "show"), error);
	assert_refused(UNABLE(error, CLIENT("counter"), "data.h5", "1"), error);
	/* Neither emptied, nor left behind. */
	assert_refused(UNABLE(error, CLIENT("counter"), "data.h5", "create"), error);
	assert_refused(UNABLE(error, CLIENT("counter"), "new.h5", "create"), error);
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);
	ck_assert(!file_exists("new.h5"));
}
END_TEST

/* Where nothing can be put on HDF5's error stack, a message says it, once. */
START_TEST(hdf5_inside_is_refused_with_a_message)
{
	int error = errnos[_i];

	NEEDS_INJECTION();
	NEEDS_STATIC();
	counter_data_and_copy();
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	assert_refused(UNABLE(error, CLIENT("counter_static"), "data.h5", "show"), error);
	assert_refused(UNABLE(error, CLIENT("counter_static"), "data.h5", "1"), error);
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);
	ck_assert_int_eq(messages(UNABLE(error, CLIENT("counter_static"), "data.h5", "3").err), 1);
}
END_TEST

/* Between its creation and the lock that fails, somebody may have filled or replaced it. */
START_TEST(who_gives_up_removes_only_the_empty_file_that_it_created)
{
	bool replaced = _i;
	struct actor *a;

	NEEDS_INJECTION();
	NEEDS_STRACE();
	setenv("LOCKEDH5_TEST_UNDER",
	       "strace -D -f -o trace -e trace=flock -e inject=flock:error=38:signal=STOP:when=1",
	       1);
	a = actor_new();
	unsetenv("LOCKEDH5_TEST_UNDER");
	actor_tell(a, "create a new.h5 trunc");
	actor_has_stopped("trace");
	ck_assert_int_eq((int)file_size("new.h5"), 0);
	file_write(replaced ? "other" : "new.h5", replaced ? "" : "text");
	if (replaced)
		ck_assert_int_eq(rename("other", "new.h5"), 0);
	actor_kill(a, SIGCONT);
	ck_assert_ptr_nonnull(strstr(actor_answer_error(a), "LOCKEDH5_NOLOCKS"));
	ck_assert_int_eq((int)file_size("new.h5"), replaced ? 0 : 4);
}
END_TEST

START_TEST(tools_refuse_and_harm_nothing)
{
	struct outcome o;

	NEEDS_INJECTION();
	counter_data_and_copy();
	o = UNABLE(errnos[_i], "h5dump", "data.h5");
	ck_assert_int_ne(o.status, 0);
	o = UNABLE(errnos[_i], "h5copy", "-i", "copy.h5", "-o", "data.h5", "-s", "/counter", "-d",
		   "/again");
	ck_assert_int_ne(o.status, 0);
	o = UNABLE(errnos[_i], "h5copy", "-i", "copy.h5", "-o", "new.h5", "-s", "/counter", "-d",
		   "/again");
	ck_assert_int_ne(o.status, 0);
	o = UNABLE(errnos[_i], "h5repack", "data.h5", "new.h5");
	ck_assert_int_ne(o.status, 0);
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);
	ck_assert(!file_exists("new.h5"));
}
END_TEST

START_TEST(passes_with_one_warning)
{
	int error = errnos[_i % ERRNOS];
	struct outcome o;

	NEEDS_INJECTION();
	counter_data_and_copy();
	setting("HDF5_USE_FILE_LOCKING", hdf5_locking[_i / ERRNOS]);
	setting("LOCKEDH5_NOLOCKS", "pass");
	o = UNABLE(error, CLIENT("counter"), "data.h5", "5");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_msg(messages(o.err) == 1, "not one warning: %s", o.err);
	ck_assert_msg(strstr(o.err, "data.h5"), "which file? %s", o.err);
	o = UNABLE(error, CLIENT("counter"), "data.h5", "show");
	ck_assert_str_eq(o.out, "5\n");
	o = UNABLE(error, CLIENT("counter"), "new.h5", "create");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(messages(o.err), 1);
	o = UNABLE(error, CLIENT("counter"), "data.h5", "create");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(messages(o.err), 1);
	setting("LOCKEDH5_VERBOSE", "0");
	o = UNABLE(error, CLIENT("counter"), "data.h5", "show");
	ck_assert_str_eq(o.out, "0\n");
	ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(tools_pass)
{
	struct outcome o;

	NEEDS_INJECTION();
	counter_data_and_copy();
	setting("LOCKEDH5_NOLOCKS", "pass");
	o = UNABLE(errnos[_i], "h5dump", "data.h5");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(messages(o.err), 1);
	o = UNABLE(errnos[_i], "h5copy", "-i", "copy.h5", "-o", "data.h5", "-s", "/counter", "-d",
		   "/again");
	ck_assert_msg(o.status == 0, "%s", o.err);
	o = RUN("h5ls", "data.h5/again");
	ck_assert_msg(o.status == 0, "%s", o.err);
}
END_TEST

/* Until fcntl locks are there, nobody must believe that they are. */
START_TEST(posix_is_not_available_yet)
{
	struct outcome o;

	counter_data_and_copy();
	setting("LOCKEDH5_NOLOCKS", "posix");
	o = RUN(CLIENT("counter"), "data.h5", "1");
	ck_assert_int_eq(o.status, 1);
	ck_assert_ptr_nonnull(strstr(o.err, "not available"));
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);
}
END_TEST

/* An interrupted flock() is no reason to give up, nor to go on unlocked. */
START_TEST(interrupted_lock_is_tried_again)
{
	struct outcome o;

	NEEDS_INJECTION();
	counter_data_and_copy();
	o = RUN("strace", "-o", "strace.out", "-e", "trace=flock", "-e",
		"inject=flock:error=EINTR:when=1", CLIENT("counter"), "data.h5", "1");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(counter_number("data.h5"), 1);
}
END_TEST

/* Nor is an open that overlayfs interrupts when the process is stopped and goes on. */
START_TEST(interrupted_open_is_tried_again)
{
	struct outcome o;

	NEEDS_INJECTION();
	counter_data_and_copy();
	o = RUN("strace", "-o", "strace.out", "-P", "data.h5", "-e", "trace=openat", "-e",
		"inject=openat:error=EINTR:when=1..3", CLIENT("counter"), "data.h5", "1");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(counter_number("data.h5"), 1);
	/* A server that hangs can be given up. */
	o = RUN("strace", "-o", "strace.out", "-P", "data.h5", "-e", "trace=openat", "-e",
		"inject=openat:error=EINTR", CLIENT("counter"), "data.h5", "1");
	ck_assert_int_eq(o.status, 1);
	ck_assert_ptr_nonnull(strstr(o.err, "errno = 4"));
}
END_TEST

/* Nor is one that lets go a reason to leave the lock to children that have the file, too. */
START_TEST(interrupted_unlock_is_tried_again)
{
	struct actor *a;

	NEEDS_INJECTION();
	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setenv("LOCKEDH5_TEST_UNDER",
	       "strace -o strace.out -e trace=flock -e inject=flock:error=EINTR:when=2", 1);
	a = actor_new();
	actor_ok(a, "open a data.h5 rw");
	actor_ok(a, "fork live");
	actor_ok(a, "close a");
	locks_are("data.h5", 0, 0);
	has(RUN("cat", "strace.out").out, "EINTR");
}
END_TEST

int main(void)
{
	TCase *tests = group("nolocks");

	tcase_add_loop_test(tests, refused_unless_told_otherwise, 0, ERRNOS * LOCKING);
	tcase_add_loop_test(tests, hdf5_inside_is_refused_with_a_message, 0, ERRNOS);
	tcase_add_loop_test(tests, who_gives_up_removes_only_the_empty_file_that_it_created, 0, 2);
	tcase_add_loop_test(tests, tools_refuse_and_harm_nothing, 0, ERRNOS);
	tcase_add_loop_test(tests, passes_with_one_warning, 0, ERRNOS * LOCKING);
	tcase_add_loop_test(tests, tools_pass, 0, ERRNOS);
	tcase_add_test(tests, posix_is_not_available_yet);
	tcase_add_test(tests, interrupted_unlock_is_tried_again);
	tcase_add_test(tests, interrupted_lock_is_tried_again);
	tcase_add_test(tests, interrupted_open_is_tried_again);
	return group_run();
}
