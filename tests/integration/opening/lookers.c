/* SPDX-License-Identifier: BSD-3-Clause */
/* Several that look for the same missing file with H5Fopen: the first one is to make it, and the
 * others wait a moment for that, but for nothing else. */
#include "programs.h"
#include "scenario.h"
#include "waiting.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOGETHER = 8, ROUNDS = 3, TRIES = 10 };

/* --- all at once ------------------------------------------------------------------ */

/* Each of them has added a dataset of its own. */
static void all_are_in(int numbers)
{
	struct actor *reader = actor_without_library();

	actor_ok(reader, "open r new.h5 r");
	for (int i = 0; i < TOGETHER; i++)
		actor_ok(reader, "check r j%d %d 1", i, numbers);
	ck_assert_int_eq(actor_end(reader), 0);
	ck_assert_int_eq(unlink("new.h5"), 0);
}

/* They add to the file as COMMAND, which ends with its number and TAIL, says. */
static void all_add(struct actor *(*begin)(void), const char *command, const char *tail)
{
	struct actor *jobs[TOGETHER];

	for (int i = 0; i < TOGETHER; i++)
		jobs[i] = begin();
	for (int i = 0; i < TOGETHER; i++)
		actor_ok(jobs[i], begin == python_actor ? "pass" : "printing off");
	for (int i = 0; i < TOGETHER; i++)
		actor_tell(jobs[i], "%s%d%s", command, i, tail);
	for (int i = 0; i < TOGETHER; i++)
		actor_answer_ok(jobs[i]);
	for (int i = 0; i < TOGETHER; i++)
		ck_assert_int_eq(actor_end(jobs[i]), 0);
	all_are_in(10);
}

START_TEST(all_that_open_or_truncate_get_in)
{
	all_add(actor_new, "add new.h5 j", " trunc");
}
END_TEST

START_TEST(all_that_open_or_create_get_in)
{
	all_add(actor_new, "add new.h5 j", " excl");
}
END_TEST

START_TEST(all_that_have_hdf5_inside_get_in)
{
	NEEDS_STATIC();
	setenv("LOCKEDH5_TEST_ACTOR", CLIENT("actor_static"), 1);
	all_add(actor_new, "add new.h5 j", " trunc");
}
END_TEST

START_TEST(all_h5py_get_in)
{
	NEEDS_H5PY();
	all_add(python_actor, "with h5py.File('new.h5', 'a') as f: f['j",
		"'] = numpy.arange(1, 11, dtype='i4')");
}
END_TEST

START_TEST(all_h5copy_get_in)
{
	struct process *jobs[TOGETHER];
	char name[8];

	h5_file("source.h5", 1);
	for (int i = 0; i < TOGETHER; i++) {
		snprintf(name, sizeof(name), "j%d", i);
		jobs[i] = START("h5copy", "-i", "source.h5", "-o", "new.h5", "-s", "data", "-d",
				name);
	}
	for (int i = 0; i < TOGETHER; i++)
		succeeds(finish(jobs[i]));
	all_are_in(NUMBERS);
}
END_TEST

/* --- one after the other ------------------------------------------------------------ */

static struct actor *looker(void)
{
	struct actor *actor = actor_new();

	actor_ok(actor, "misses H5Fopen-rw new.h5");
	return actor;
}

static struct actor *begun(void)
{
	struct actor *actor = actor_new();

	actor_ok(actor, "printing off");
	return actor;
}

/* How long it takes to be told that the file is not there. */
static double told_after(struct actor *actor, const char *name)
{
	double start = seconds_now();
	const char *answer = actor_error(actor, "open b %s rw", name);

	start = seconds_now() - start;
	ck_assert_msg(!strncmp(answer, "errno=2 ", 8), "%s", answer);
	return start;
}

/* The same for new.h5, the shortest of some tries: on a busy machine only that shows that none
 * waited for a looker. */
static double shortest(struct actor *(*begin)(void))
{
	double least = PATIENCE;

	for (int i = 0; i < TRIES; i++) {
		struct actor *actor = begin();
		double time = told_after(actor, "new.h5");

		least = time < least ? time : least;
		/* It has become a looker itself. */
		ck_assert_int_eq(actor_end(actor), 0);
	}
	return least;
}

static void nobody_waits(double time)
{
	ck_assert_msg(time < 0.05, "%g s", time);
}

static void waits_a_moment(double time)
{
	ck_assert_msg(time >= 0.05 && time <= 5, "%g s", time);
}

START_TEST(one_waits_a_moment_behind_a_looker_that_does_nothing)
{
	struct actor *first = looker(), *second = begun();

	if (_i)
		stops(first);
	waits_a_moment(told_after(second, "new.h5"));
	actor_kill(first, SIGCONT);
	actor_ok(first, "create a new.h5 trunc");
	actor_ok(first, "close a");
	actor_ok(second, "open b new.h5 rw");
}
END_TEST

START_TEST(another_users_looker_costs_a_moment_at_most)
{
	struct actor *first = begun();
	double time;

	actor_ok(first, "become-nobody");
	actor_ok(first, "misses H5Fopen-rw new.h5");
	time = told_after(begun(), "new.h5");
	ck_assert_msg(time <= 5, "%g s", time);
}
END_TEST

START_TEST(nobody_waits_behind_a_looker_that_was_killed)
{
	struct actor *first = looker();

	actor_kill(first, SIGKILL);
	ck_assert_int_eq(actor_end(first), 128 + SIGKILL);
	nobody_waits(shortest(begun));
}
END_TEST

START_TEST(a_wait_ends_when_the_looker_is_killed)
{
	struct actor *first = looker(), *second = begun();
	const char *answer;

	actor_tell(second, "open b new.h5 rw");
	usleep(10000);
	actor_kill(first, SIGKILL);
	answer = actor_answer_error(second);
	ck_assert_msg(!strncmp(answer, "errno=2 ", 8), "%s", answer);
	actor_ok(second, "create b new.h5 trunc");
}
END_TEST

START_TEST(nobody_waits_for_other_names)
{
	struct actor *second;
	double least = PATIENCE, time;
	char name[16];

	looker();
	second = begun();
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "new.h%d", i + 6);
		time = told_after(second, name);
		least = time < least ? time : least;
	}
	nobody_waits(least);
}
END_TEST

/* Lookers may leave children behind, which know nothing of it. */
START_TEST(nobody_waits_for_a_lookers_child)
{
	static const char *const kinds[] = { "daemon", "sleep" };
	struct actor *first = looker();
	pid_t child = atoi(actor_ok(first, "fork %s", kinds[_i]));
	double time;

	actor_kill(first, SIGKILL);
	actor_end(first);
	time = shortest(begun);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	nobody_waits(time);
}
END_TEST

/* Both ignore looks, or only the first one. */
START_TEST(nobody_waits_where_looks_are_ignored)
{
	setting("LOCKEDH5_LOOKED", "ignore");
	looker();
	setting("LOCKEDH5_LOOKED", _i ? "ignore" : NULL);
	nobody_waits(shortest(begun));
}
END_TEST

/* The second's answer; NULL if it may have been told before the file was there. */
static const char *opens_while_it_is_made(struct actor *first, struct actor *second)
{
	double start = seconds_now();
	const char *answer;

	actor_tell(second, "open b new.h5 rw");
	usleep(10000);
	actor_ok(first, "create a new.h5 trunc");
	actor_ok(first, "write a data %d 1", NUMBERS);
	actor_ok(first, "close a");
	start = seconds_now() - start;
	answer = actor_answer(second);
	return start < 0.08 ? answer : NULL;
}

START_TEST(who_waits_opens_what_the_looker_makes)
{
	const char *answer = NULL;
	struct actor *second = NULL;

	for (int i = 0; i < 20 && !answer; i++) {
		unlink("new.h5");
		if (second)
			actor_end(second);
		second = begun();
		answer = opens_while_it_is_made(looker(), second);
	}
	ck_assert_msg(answer && !strcmp(answer, "ok"), "%s", answer ? answer : "never in time");
	actor_ok(second, "check b data %d 1", NUMBERS);
	actor_ok(second, "write b more 10 1");
	actor_ok(second, "close b");
	h5_file_is("new.h5", 1);
	actor_ok(second, "open b new.h5 r");
	actor_ok(second, "check b more 10 1");
}
END_TEST

/* --- what it leaves ------------------------------------------------------------------- */

static int sockets_of(pid_t pid)
{
	char name[300], target[64];
	struct dirent *entry;
	int n = 0;
	DIR *folder;

	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	folder = opendir(name);
	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) {
		ssize_t length;

		snprintf(name, sizeof(name), "/proc/%d/fd/%s", (int)pid, entry->d_name);
		length = readlink(name, target, sizeof(target));
		n += length > 7 && !strncmp(target, "socket:", 7);
	}
	closedir(folder);
	return n;
}

/* Who has made the file, or failed to, has what it had before. */
START_TEST(creation_leaves_no_descriptor)
{
	static const char *const ways[] = { "trunc", "excl" };
	struct actor *a = begun();
	char *before;

	actor_ok(a, "create a other.h5 trunc");
	actor_ok(a, "close a");
	before = state_of(a);
	actor_ok(a, "misses H5Fopen-rw new.h5");
	actor_ok(a, "create a new.h5 %s", ways[_i]);
	ck_assert_int_eq(sockets_of(actor_pid(a)), 0);
	actor_ok(a, "close a");
	state_is(a, before);

	actor_ok(a, "misses H5Fopen-rw next.h5");
	h5_file("next.h5", 1);
	actor_error(a, "create a next.h5 excl");
	state_is(a, before);
}
END_TEST

START_TEST(children_have_no_socket_of_a_lookers)
{
	struct actor *first = looker();
	pid_t child = atoi(actor_ok(first, "fork live"));

	actor_ok(first, "child printing off");
	ck_assert_int_eq(sockets_of(child), 0);
	actor_ok(first, "child-end");
}
END_TEST

/* --- where they can't know of each other --------------------------------------------------- */

#define ELSEWHERE	  "unshare -n"
#define NEEDS_ELSEWHERE() NEEDS(ELSEWHERE " true", "no network namespaces, or not allowed")

START_TEST(nobody_waits_in_another_network)
{
	double time;

	NEEDS_ELSEWHERE();
	looker();
	setenv("LOCKEDH5_TEST_UNDER", ELSEWHERE, 1);
	time = shortest(begun);
	unsetenv("LOCKEDH5_TEST_UNDER");
	nobody_waits(time);
}
END_TEST

START_TEST(nobody_is_erased_from_another_network)
{
	static const struct scenario elsewhere = { "elsewhere",
						   "x.h5",
						   { "misses H5Fopen-rw x.h5", "other makes x.h5",
						     "create a x.h5 trunc" } };
	struct actor *late;
	const char *answer;

	NEEDS_ELSEWHERE();
	setenv("LOCKEDH5_TEST_UNDER", ELSEWHERE, 1);
	answer = play_quickly(&elsewhere, &late);
	ck_assert_msg(!strncmp(answer, "error errno=17 ", 15), "%s", answer);
	is_the_others(&elsewhere);
}
END_TEST

int main(void)
{
	TCase *tests = group("lookers");

	tcase_add_loop_test(tests, all_that_open_or_truncate_get_in, 0, ROUNDS);
	tcase_add_loop_test(tests, all_that_open_or_create_get_in, 0, ROUNDS);
	tcase_add_loop_test(tests, all_that_have_hdf5_inside_get_in, 0, ROUNDS);
	tcase_add_loop_test(tests, all_h5py_get_in, 0, ROUNDS);
	tcase_add_loop_test(tests, all_h5copy_get_in, 0, ROUNDS);
	tcase_add_loop_test(tests, one_waits_a_moment_behind_a_looker_that_does_nothing, 0, 2);
	tcase_add_test(tests, another_users_looker_costs_a_moment_at_most);
	tcase_add_test(tests, nobody_waits_behind_a_looker_that_was_killed);
	tcase_add_test(tests, a_wait_ends_when_the_looker_is_killed);
	tcase_add_test(tests, nobody_waits_for_other_names);
	tcase_add_loop_test(tests, nobody_waits_for_a_lookers_child, 0, 2);
	tcase_add_loop_test(tests, nobody_waits_where_looks_are_ignored, 0, 2);
	tcase_add_test(tests, who_waits_opens_what_the_looker_makes);
	tcase_add_loop_test(tests, creation_leaves_no_descriptor, 0, 2);
	tcase_add_test(tests, children_have_no_socket_of_a_lookers);
	tcase_add_test(tests, nobody_waits_in_another_network);
	tcase_add_test(tests, nobody_is_erased_from_another_network);
	return group_run();
}
