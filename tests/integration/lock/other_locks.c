/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks on the data file that are not HDF5's, nor this library's: fcntl() locks, which exclude
 * nobody here, and flock() by the program itself or by who started it. */
#include "counter.h"
#include "programs.h"
#include "text.h"
#include "waiting.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fcntl() locks ------------------------------------------------------------------------ */

static const char *const kinds[] = { "posix", "ofd" };
static const char *const types[] = { "rd", "wr" };
static const char *const modes[] = { "r", "rw" };

static int opens_raw(struct actor *actor)
{
	return atoi(actor_ok(actor, "raw-update data.h5"));
}

/* By another process, or by the one that opens the file. */
START_TEST(an_fcntl_lock_is_nobody_who_waits)
{
	const char *kind = kinds[_i & 1], *type = types[_i >> 1 & 1];
	struct actor *other, *opener;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	opener = actor_new();
	other = _i & 4 ? opener : actor_new();
	for (int i = 0; i < 2; i++) {
		int fd = opens_raw(other);

		actor_ok(other, "raw-lockf %d %s %s", fd, kind, type);
		actor_ok(opener, "open a data.h5 %s", modes[i]);
		actor_ok(opener, "close a");
		actor_ok(other, "raw-close %d", fd);
	}
}
END_TEST

/* Nor does anybody wait for it, as long as it may last. */
START_TEST(an_fcntl_lock_keeps_nobody_waiting)
{
	struct actor *other, *holder, *waiters[3];

	holder = holder_of_data();
	other = actor_new();
	actor_ok(other, "raw-lockf %d %s %s", opens_raw(other), kinds[_i & 1], types[_i >> 1]);
	for (int i = 0; i < 3; i++) {
		waiters[i] = undisturbed_actor();
		waits_for_data(waiters[i], modes[i % 2], i + 1);
	}
	actor_ok(holder, "close a");
	get_it_one_by_one(waiters, 3);
}
END_TEST

/* It comes while somebody stands at the turnstile. */
START_TEST(who_waits_stops_no_fcntl_lock)
{
	struct actor *holder, *waiter, *next;

	holder = holder_of_data();
	waiter = undisturbed_actor();
	next = undisturbed_actor();
	waits_for_data(waiter, "rw", 1);
	if (_i) {
		actor_tell(next, "open n data.h5 rw");
		locks_waiting("data.h5", 2);
	}
	/* Both would wait for ever. */
	actor_ok(holder, "raw-lockf %d posix wr wait", opens_raw(holder));
	actor_ok(holder, "close a");
	if (_i) {
		struct actor *first = actor_answer_within(waiter, 0.01) ? waiter : NULL;

		while (!first)
			first = actor_answer_within(waiter, 0.01) ? waiter
				: actor_answer_within(next, 0.01) ? next
								  : NULL;
		actor_kill(first, SIGKILL);
		actor_end(first);
		actor_answer_ok(first == waiter ? next : waiter);
	} else {
		actor_answer_ok(waiter);
	}
}
END_TEST

/* --- flock() by the program itself -------------------------------------------------------- */

static int flocks(struct actor *actor, const char *what)
{
	int fd = atoi(actor_ok(actor, "raw-open data.h5"));

	actor_ok(actor, "raw-flock %d %s", fd, what);
	return fd;
}

/* Whatever the program does with its own descriptor meanwhile. */
START_TEST(its_own_lock_is_the_file_s_lock_while_it_is_open)
{
	static const char *const then[] = { "raw-flock %d un", "raw-flock %d sh", "raw-close %d",
					    "raw-locks %d" };
	struct actor *actor = impatient_actor(), *other = impatient_actor();
	char command[64];
	int fd;

	h5_file("data.h5", 1);
	fd = flocks(actor, "ex");
	actor_ok(actor, "open a data.h5 rw");
	snprintf(command, sizeof(command), then[_i], fd);
	actor_ok(actor, "%s", command);
	gave_up(actor_ask(other, "open o data.h5 r"), "data.h5");
	actor_ok(actor, "write a data %d 2", NUMBERS);
	gave_up(actor_ask(other, "open o data.h5 r"), "data.h5");
	actor_ok(actor, "close a");
	if (_i == 3)
		gave_up(actor_ask(other, "open o data.h5 r"), "data.h5");
	else
		actor_ok(other, "open o data.h5 r");
	if (_i == 0 || _i == 2)
		locks_are("data.h5", 1, 0);
	/* Its lock is its own again. */
	if (_i == 3) {
		actor_ok(actor, "raw-flock %d un", fd);
		actor_ok(other, "open o data.h5 r");
	}
	actor_ok(other, "check o data %d 2", NUMBERS);
}
END_TEST

/* Also where it could write by itself. */
START_TEST(its_own_lock_may_be_on_a_descriptor_that_writes)
{
	struct actor *actor = impatient_actor(), *other = impatient_actor();
	int fd;

	h5_file("data.h5", 1);
	fd = opens_raw(actor);
	actor_ok(actor, "raw-flock %d ex", fd);
	actor_ok(actor, "open a data.h5 rw");
	actor_ok(actor, "write a data %d 2", NUMBERS);
	actor_ok(actor, "raw-flock %d un", fd);
	gave_up(actor_ask(other, "open o data.h5 r"), "data.h5");
	actor_ok(actor, "close a");
	actor_ok(other, "open o data.h5 r");
	actor_ok(other, "check o data %d 2", NUMBERS);
}
END_TEST

/* Locked once more before the file was closed: it stays so. */
START_TEST(what_it_locks_again_stays_locked)
{
	struct actor *actor = impatient_actor(), *other = impatient_actor();
	int fd;

	h5_file("data.h5", 1);
	fd = flocks(actor, "ex");
	actor_ok(actor, "open a data.h5 r");
	actor_ok(actor, "raw-flock %d un", fd);
	actor_ok(actor, "raw-flock %d ex", fd);
	actor_ok(actor, "close a");
	gave_up(actor_ask(other, "open o data.h5 r"), "data.h5");
	actor_ok(actor, "raw-flock %d un", fd);
	actor_ok(other, "open o data.h5 rw");
}
END_TEST

/* Nothing of it is left, however often. */
START_TEST(no_descriptor_is_left_of_it)
{
	struct actor *actor = impatient_actor();
	const char *before = NULL;

	h5_file("data.h5", 1);
	flocks(actor, "ex");
	for (int i = 0; i < 3; i++) {
		actor_ok(actor, "open a data.h5 rw");
		actor_ok(actor, "close a");
		if (i == 0)
			before = state_of(actor);
	}
	state_is(actor, before);
}
END_TEST

START_TEST(its_own_shared_lock_is_enough_to_read)
{
	struct actor *actor = patient_actor("inf", "1000000"), *writer = actor_new();

	h5_file("data.h5", 1);
	flocks(actor, "sh");
	/* Who waits for that lock must not be waited for. */
	waits_for_data(writer, "rw", 1);
	actor_ok(actor, "open a data.h5 r");
	actor_ok(actor, "check a data %d 1", NUMBERS);
	actor_ok(actor, "close a");
}
END_TEST

START_TEST(its_own_shared_lock_is_told_when_it_wants_to_write)
{
	struct actor *actor = patient_actor("inf", "1000000");
	char expected[64];
	const char *said;
	int fd;

	h5_file("data.h5", 1);
	fd = flocks(actor, "sh");
	snprintf(expected, sizeof(expected), "(flock() on descriptor %d, shared)", fd);
	said = actor_error(actor, "open a data.h5 rw");
	ck_assert_msg(strstr(said, "errno=35 ") && strstr(said, expected), "%s", said);
	ck_assert_msg(strstr(said, "would wait for itself"), "%s", said);
}
END_TEST

/* --- flock() by who started it -------------------------------------------------------------- */

/* flock(1) keeps its descriptor open in the program. */
START_TEST(under_flock_the_file_is_locked_already)
{
	static const char *const scripts[] = {
		"flock data.h5 \"$0\" data.h5 20",
		"exec 9<data.h5; flock 9; \"$0\" data.h5 20",
		"exec 9<>data.h5; flock 9; \"$0\" data.h5 20",
	};
	struct outcome o;

	NEEDS("flock --version", "no flock");
	counter_create("data.h5");
	setting("LOCKEDH5_COUNT", "1");
	o = RUN("sh", "-c", scripts[_i], CLIENT("counter"));
	ck_assert_msg(o.status == 0 && !*o.err, "status %d: %s", o.status, o.err);
	ck_assert_int_eq(counter_number("data.h5"), 20);
}
END_TEST

/* A process that lives, and could write through the descriptor that it has locked, may have the
 * file open with an HDF5 of its own. */
START_TEST(a_living_parents_lock_is_no_guard)
{
	static const char parent[] = "import fcntl, os, subprocess, sys\n"
				     "fd = os.open('data.h5', os.O_RDWR)\n"
				     "fcntl.flock(fd, fcntl.LOCK_EX)\n"
				     "sys.exit(subprocess.call(sys.argv[1:], pass_fds=[fd]))\n";
	struct outcome o;

	NEEDS("python3 -c ''", "no python3");
	ck_assert_int_eq(RUN(CLIENT("counter"), "data.h5", "create").status, 0);
	o = RUN("python3", "-c", parent, CLIENT("counter"), "data.h5", "1");
	ck_assert_int_eq(o.status, 1);
	has(o.err, "this process has inherited");
	ck_assert_int_eq(counter_number("data.h5"), 0);
}
END_TEST

/* But it locks nobody out who has it, too. */
START_TEST(of_several_under_one_flock_one_at_a_time_writes)
{
	struct outcome o;

	NEEDS("flock --version", "no flock");
	counter_create("data.h5");
	o = RUN("flock", "data.h5", "sh", "-c",
		"\"$0\" data.h5 200 & a=$!; \"$0\" data.h5 200 & b=$!; \"$0\" data.h5 200 && "
		"wait $a && wait $b",
		CLIENT("counter"));
	ck_assert_msg(o.status == 0, "status %d: %s", o.status, o.err);
	ck_assert_int_eq(counter_number("data.h5"), 600);
}
END_TEST

START_TEST(who_waits_under_the_same_flock_gives_up_and_is_told_so)
{
	static const char script[] =
		"mkfifo go; { echo 'open f data.h5 rw'; cat go; } | \"$0\" >first & "
		"until grep -q ok first; do sleep 0.1; done; "
		"echo 'open f data.h5 rw' | \"$0\" >second; : >go; wait";

	NEEDS("flock --version", "no flock");
	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "1");
	ck_assert_int_eq(RUN("flock", "data.h5", "sh", "-c", script, ACTOR).status, 0);
	has(file_text("second"), "goes on under the same flock()");
}
END_TEST

/* A notebook's "!h5ls data.h5". */
START_TEST(who_waits_for_its_own_ancestor_is_told_so)
{
	struct actor *actor;

	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "1");
	actor = holder_of_data();
	actor_ok(actor,
		 _i ? "system sh -c 'h5ls data.h5; true' 2>said" : "system h5ls data.h5 2>said");
	has(file_text("said"), "which started this process");
}
END_TEST

/* The kernel shows no request of a child that has closed it; and others are no ancestors. */
START_TEST(others_are_no_ancestors)
{
	struct actor *actor;
	struct outcome o;

	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "1");
	actor = holder_of_data();
	o = RUN("h5ls", "data.h5");
	ck_assert_msg(strstr(o.err, "has waited 1 s") && !strstr(o.err, "started this"), "%s",
		      o.err);
	actor_ok(actor, "close a");
}
END_TEST

int main(void)
{
	TCase *tests = group("other_locks");

	tcase_add_loop_test(tests, an_fcntl_lock_is_nobody_who_waits, 0, 8);
	tcase_add_loop_test(tests, an_fcntl_lock_keeps_nobody_waiting, 0, 4);
	tcase_add_loop_test(tests, who_waits_stops_no_fcntl_lock, 0, 2);
	tcase_add_loop_test(tests, its_own_lock_is_the_file_s_lock_while_it_is_open, 0, 4);
	tcase_add_test(tests, its_own_lock_may_be_on_a_descriptor_that_writes);
	tcase_add_test(tests, what_it_locks_again_stays_locked);
	tcase_add_test(tests, no_descriptor_is_left_of_it);
	tcase_add_test(tests, its_own_shared_lock_is_enough_to_read);
	tcase_add_test(tests, its_own_shared_lock_is_told_when_it_wants_to_write);
	tcase_add_loop_test(tests, under_flock_the_file_is_locked_already, 0, 3);
	tcase_add_test(tests, a_living_parents_lock_is_no_guard);
	tcase_add_test(tests, of_several_under_one_flock_one_at_a_time_writes);
	tcase_add_test(tests, who_waits_under_the_same_flock_gives_up_and_is_told_so);
	tcase_add_loop_test(tests, who_waits_for_its_own_ancestor_is_told_so, 0, 2);
	tcase_add_test(tests, others_are_no_ancestors);
	return group_run();
}
