/* SPDX-License-Identifier: BSD-3-Clause */
/* A file's first moments: created by one, seen by others before it is locked. */
#include "waiting.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { CREATORS = 16, CREATIONS = 1000 };

/* "ok absent=I whole=J broken=K ..." */
static void sees(const char *answer, long *absent, long *whole)
{
	long broken;

	ck_assert_int_eq(sscanf(answer, "absent=%ld whole=%ld broken=%ld", absent, whole, &broken),
			 3);
	ck_assert_msg(broken == 0, "%s", answer);
}

START_TEST(a_reader_sees_no_file_or_a_whole_file)
{
	struct actor *creator, *reader;
	long absent, whole;

	setting("HDF5_USE_FILE_LOCKING", _i ? "FALSE" : NULL);
	creator = actor_new();
	reader = actor_new();
	actor_tell(reader, "watch new.h5 1000 stop");
	actor_ok(creator, "create-many new.h5 1000 %d", CREATIONS);
	file_write("stop", "");
	sees(actor_answer_ok(reader), &absent, &whole);
	ck_assert_int_gt(whole, 0);
	locks_are("new.h5", 0, 0);
}
END_TEST

START_TEST(a_reader_never_sees_a_file_while_it_is_made_anew)
{
	struct actor *creator, *reader;
	long absent, whole;

	setting("HDF5_USE_FILE_LOCKING", _i ? "FALSE" : NULL);
	creator = actor_new();
	reader = actor_new();
	actor_ok(creator, "create-many new.h5 1000 1");
	actor_tell(reader, "watch new.h5 1000 stop");
	actor_ok(creator, "create-many new.h5 1000 %d keep", CREATIONS);
	file_write("stop", "");
	sees(actor_answer_ok(reader), &absent, &whole);
	ck_assert_int_eq(absent, 0);
	ck_assert_int_gt(whole, 0);
}
END_TEST

/* One of them has created the file; the others got an error with one of these numbers. */
static struct actor *the_winner(struct actor *creators[], const char *const errors[2])
{
	struct actor *winner = NULL;

	for (int i = 0; i < CREATORS; i++) {
		const char *answer = actor_answer(creators[i]);

		if (!strcmp(answer, "ok")) {
			ck_assert_msg(!winner, "two of them created the file");
			winner = creators[i];
		} else {
			ck_assert_msg(strstr(answer, errors[0]) || strstr(answer, errors[1]), "%s",
				      answer);
		}
	}
	ck_assert_msg(winner, "nobody created the file");
	return winner;
}

static void the_winners_data_stays(struct actor *winner)
{
	locks_are("new.h5", 0, 1);
	actor_ok(winner, "write a data %d 1", NUMBERS);
	actor_ok(winner, "close a");
	h5_file_is("new.h5", 1);
}

START_TEST(of_sixteen_that_may_not_wait_one_creates_the_file)
{
	static const char *const errors[] = { "errno=11 ", "errno=17 " };
	struct actor *creators[CREATORS];

	setting("LOCKEDH5_COUNT", "1");
	for (int i = 0; i < CREATORS; i++)
		creators[i] = actor_new();
	for (int i = 0; i < CREATORS; i++)
		actor_tell(creators[i], "create a new.h5 trunc");
	the_winners_data_stays(the_winner(creators, errors));
}
END_TEST

/* h5copy and its like test whether the result exists, then truncate: they would overwrite each
 * other until one is left. */
START_TEST(of_sixteen_that_find_no_file_one_creates_it)
{
	static const char *const errors[] = { "errno=17 ", "errno=17 " };
	struct actor *creators[CREATORS];
	char trace[CREATORS][16];

	NEEDS_STRACE();
	for (int i = 0; i < CREATORS; i++) {
		snprintf(trace[i], sizeof(trace[i]), "trace.%d", i);
		creators[i] = actor_that_stops("new.h5", "open,openat", 1, trace[i]);
		actor_tell(creators[i], "create a new.h5 trunc");
	}
	for (int i = 0; i < CREATORS; i++)
		actor_has_stopped(trace[i]);
	ck_assert(!file_exists("new.h5"));
	for (int i = 0; i < CREATORS; i++)
		actor_kill(creators[i], SIGCONT);
	the_winners_data_stays(the_winner(creators, errors));
}
END_TEST

/* The same, one by one: the other one still has it, or has closed it already. */
START_TEST(what_was_created_meanwhile_is_left_alone)
{
	struct actor *late, *early;
	const char *answer;

	NEEDS_STRACE();
	late = actor_that_stops("new.h5", "open,openat", 1, "trace");
	actor_tell(late, "create a new.h5 trunc");
	actor_has_stopped("trace");
	ck_assert(!file_exists("new.h5"));
	early = actor_new();
	actor_ok(early, "create a new.h5 trunc");
	actor_ok(early, "write a data %d 1", NUMBERS);
	if (_i)
		actor_ok(early, "close a");
	actor_kill(late, SIGCONT);
	answer = actor_answer_error(late);
	ck_assert_msg(strstr(answer, "errno=17 ") && strstr(answer, "new.h5"), "%s", answer);
	if (!_i)
		actor_ok(early, "close a");
	h5_file_is("new.h5", 1);
	/* Now it begins with the file in place, and may have it. */
	actor_ok(late, "create a new.h5 trunc");
}
END_TEST

/* An empty file comes to be there between the look and the creation: that is not the library's. */
START_TEST(what_somebody_else_makes_empty_is_not_adopted)
{
	struct actor *late;

	NEEDS_STRACE();
	late = actor_that_stops("new.h5", "open,openat", 1, "trace");
	actor_tell(late, "create a new.h5 trunc");
	actor_has_stopped("trace");
	file_write("new.h5", "");
	actor_kill(late, SIGCONT);
	has(actor_answer_error(late), "errno=17 ");
	ck_assert_int_eq((int)file_size("new.h5"), 0);
	locks_are("new.h5", 0, 0);
}
END_TEST

/* Somebody else locks the file that this one has just created: it is his by now. */
START_TEST(who_is_overtaken_removes_nothing)
{
	struct actor *late;
	int fd;

	NEEDS_STRACE();
	late = actor_that_stops("new.h5", "open,openat", 2, "trace");
	actor_tell(late, "create a new.h5 trunc");
	actor_has_stopped("trace");
	fd = open("new.h5", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	actor_kill(late, SIGCONT);
	has(actor_answer_error(late), "errno=17 ");
	ck_assert(file_exists("new.h5"));
	ck_assert_int_eq((int)file_size("new.h5"), 0);
	close(fd);
}
END_TEST

/* It is there and locked, but its creator has written nothing yet: who waited for the lock would
 * overwrite what comes.  A file is new for two seconds, which a busy machine may well take. */
START_TEST(what_is_just_being_created_is_left_alone)
{
	const char *said = "";
	struct actor *late;

	setting("LOCKEDH5_COUNT", "1");
	late = actor_new();
	for (int i = 0; i < 20 && !strstr(said, "was just creating it"); i++) {
		int fd = open("new.h5", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

		ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
		said = actor_error(late, "create a new.h5 trunc");
		ck_assert_int_eq(unlink("new.h5"), 0);
		close(fd);
	}
	ck_assert_msg(strstr(said, "was just creating it when the call began"), "%s", said);
}
END_TEST

START_TEST(exclusive_creation_never_waits)
{
	struct actor *a, *b;
	double start;
	const char *answer;

	h5_file("data.h5", 1);
	a = actor_new();
	actor_ok(a, "open a data.h5 rw");
	b = actor_new();
	start = seconds_now();
	answer = actor_error(b, "create b data.h5 excl");
	ck_assert_msg(strstr(answer, "errno=17 "), "%s", answer);
	ck_assert(seconds_now() - start < 20);
	actor_ok(a, "check a data %d 1", NUMBERS);
	actor_ok(b, "create b new.h5 excl");
	locks_are("new.h5", 0, 1);
	actor_ok(b, "close b");
	locks_are("new.h5", 0, 0);
}
END_TEST

/* A dangling symbolic link is no file yet: creating goes through it. */
START_TEST(dangling_links_work_as_without_the_library)
{
	struct actor *a;

	preload(_i % 2);
	ck_assert_int_eq(symlink("target.h5", "link.h5"), 0);
	a = actor_new();
	ck_assert(strstr(actor_error(a, "create a link.h5 excl"), "errno=17 "));
	ck_assert(strstr(actor_error(a, "open a link.h5 rw"), "errno=2 "));
	ck_assert(!file_exists("target.h5"));
	actor_ok(a, "create a link.h5 trunc");
	if (_i % 2)
		locks_are("target.h5", 0, 1);
	actor_ok(a, "write a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	locks_are("target.h5", 0, 0);
	h5_file_is("target.h5", 1);
	ck_assert_int_eq(RUN("test", "-L", "link.h5").status, 0);
	actor_ok(a, "create a link.h5 trunc");
	actor_ok(a, "write a data %d 3", NUMBERS);
	actor_ok(a, "close a");
	h5_file_is("target.h5", 3);
}
END_TEST

START_TEST(a_creator_that_fails_removes_nothing)
{
	struct actor *a;

	h5_file("data.h5", 1);
	file_write("text.h5", "no HDF5");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_error(a, "create a data.h5 excl");
	actor_error(a, "create a text.h5 excl");
	actor_error(a, "open a text.h5 rw");
	h5_file_is("data.h5", 1);
	ck_assert_int_eq(file_size("text.h5"), 7);
}
END_TEST

/* Its creator may be preempted for long before it has locked it; a busy machine takes its time,
 * too.
 */
START_TEST(a_reader_looks_for_two_seconds_at_what_is_being_born)
{
	struct actor *reader = actor_new();
	double began, late;

	actor_error(reader, "open a absent.h5 r"); /* HDF5 has begun */
	h5_file("whole.h5", 1);
	for (int i = 0; i < 20; i++) {
		file_write("new.h5", "");
		began = seconds_now();
		actor_tell(reader, "open a new.h5 r");
		usleep(500000);
		ck_assert_int_eq(link("whole.h5", "next.h5"), 0);
		ck_assert_int_eq(rename("next.h5", "new.h5"), 0);
		late = seconds_now() - began;
		if (late < 1.5)
			break;
		actor_answer(reader);
		unlink("new.h5");
	}
	actor_answer_ok(reader);
	actor_ok(reader, "check a data %d 1", NUMBERS);
}
END_TEST

/* Nobody else is creating it: HDF5 makes it one of its own, as without the library. */
START_TEST(a_program_may_write_into_its_own_empty_file)
{
	struct actor *a = actor_new();

	actor_ok(a, "printing off"); /* it runs */
	file_write("new.h5", "");
	actor_ok(a, "open a new.h5 rw");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "write a data %d 1", NUMBERS);
	actor_ok(a, "close a");
	h5_file_is("new.h5", 1);
}
END_TEST

/* How long an actor takes to open it, which it may do or not. */
static double time_to_open(struct actor *a, const char *mode)
{
	double began = seconds_now();

	actor_ask(a, "open a new.h5 %s", mode);
	return seconds_now() - began;
}

/* Whose clock is another one's, and whose locks take their time. */
START_TEST(an_old_empty_file_of_another_host_may_be_being_born)
{
	struct actor *there;

	setting("LOCKEDH5_COHERENCE", "remote");
	there = actor_new();
	file_write("new.h5", "");
	/* Old for whoever goes by this machine's clock. */
	sleep(3);
	actor_error(there, "open a absent.h5 r");
	ck_assert(time_to_open(there, "r") >= 2);
	ck_assert(time_to_open(there, "rw") >= 0.5);
	actor_ok(there, "close a");
}
END_TEST

int main(void)
{
	TCase *tests = group("birth");

	tcase_add_loop_test(tests, a_reader_sees_no_file_or_a_whole_file, 0, 2);
	tcase_add_loop_test(tests, a_reader_never_sees_a_file_while_it_is_made_anew, 0, 2);
	tcase_add_test(tests, of_sixteen_that_may_not_wait_one_creates_the_file);
	tcase_add_test(tests, of_sixteen_that_find_no_file_one_creates_it);
	tcase_add_loop_test(tests, what_was_created_meanwhile_is_left_alone, 0, 2);
	tcase_add_test(tests, what_somebody_else_makes_empty_is_not_adopted);
	tcase_add_test(tests, who_is_overtaken_removes_nothing);
	tcase_add_test(tests, what_is_just_being_created_is_left_alone);
	tcase_add_test(tests, exclusive_creation_never_waits);
	tcase_add_loop_test(tests, dangling_links_work_as_without_the_library, 0, 2);
	tcase_add_test(tests, a_creator_that_fails_removes_nothing);
	tcase_add_test(tests, a_reader_looks_for_two_seconds_at_what_is_being_born);
	tcase_add_test(tests, a_program_may_write_into_its_own_empty_file);
	tcase_add_test(tests, an_old_empty_file_of_another_host_may_be_being_born);
	return group_run();
}
