/* SPDX-License-Identifier: BSD-3-Clause */
/* Many names that were looked for in vain, of one file and of others, and many threads that look.
 */
#include "looks/looks.h"

#include "remembered.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* As looks.c has them. */
enum { WAYS = 4 };

enum { OTHERS = 1000 };
static int set_of[OTHERS];

static const char *other(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "/usr/lib/other-%d.py", i);
	return name;
}

/* Of such sets as have more than WAYS names among the others there are many. */
static int learn_set(int set)
{
	int same = 0;

	for (int i = 0; i < OTHERS; i++)
		same += set_of[i] == set;
	return same > WAYS ? set : -1;
}

/* In which set each of them is, and which is "ours", the name of which is written down. */
static int learn_sets(char ours[32])
{
	int set = -1;

	for (int i = 0; i < OTHERS; i++) {
		looks_missed(AT_FDCWD, other(i));
		set_of[i] = place(AT_FDCWD, other(i)) / WAYS;
	}
	for (int i = 0; set < 0; i++) {
		snprintf(ours, 32, "ours-%d", i);
		looks_missed(AT_FDCWD, ours);
		set = learn_set(place(AT_FDCWD, ours) / WAYS);
	}
	clock_ms += 10 * LOOKS_LAST_MS;
	return set;
}

/* Looks for the others, but for no more than MOST of the set OURS. */
static void look_for_others(int ours, int most)
{
	int same = 0;

	for (int i = 0; i < OTHERS; i++) {
		if (set_of[i] == ours && same++ >= most)
			continue;
		clock_ms += set_of[i] == ours;
		looks_missed(AT_FDCWD, other(i));
	}
}

/* At any time: also when the clock has just gone round. */
static const int64_t times[] = { SOME_TIME, 402LL << 32 };

START_TEST(it_outlasts_a_thousand_others)
{
	char name[32];
	int ours;

	clock_ms = times[_i] - 10 * LOOKS_LAST_MS - 2;
	ours = learn_sets(name);
	looks_missed(AT_FDCWD, name);
	look_for_others(ours, WAYS - 1);
	ck_assert(is_remembered(name));
}
END_TEST

START_TEST(the_oldest_of_a_set_gives_way)
{
	int ours, there = 0;
	char name[32];

	clock_ms = times[_i] - 10 * LOOKS_LAST_MS - 2;
	ours = learn_sets(name);
	looks_missed(AT_FDCWD, name);
	look_for_others(ours, WAYS);
	ck_assert(!is_remembered(name));
	for (int i = 0; i < OTHERS; i++)
		there += set_of[i] == ours && is_remembered(other(i));
	ck_assert_int_eq(there, WAYS);
}
END_TEST

START_TEST(whoever_looks_again_is_not_the_oldest)
{
	char name[32];
	int ours;

	clock_ms = times[_i] - 10 * LOOKS_LAST_MS - 2;
	ours = learn_sets(name);
	looks_missed(AT_FDCWD, name);
	look_for_others(ours, WAYS - 1);
	clock_ms++;
	looks_missed(AT_FDCWD, name);
	for (int i = OTHERS - 1; i >= 0; i--)
		if (set_of[i] == ours) {
			looks_missed(AT_FDCWD, other(i));
			break;
		}
	ck_assert(is_remembered(name));
}
END_TEST

START_TEST(whoever_looks_often_takes_one_place)
{
	char name[32];
	int ours, there = 0;

	clock_ms = times[_i] - 10 * LOOKS_LAST_MS - 2;
	ours = learn_sets(name);
	look_for_others(ours, WAYS - 1);
	for (int i = 0; i < 3 * WAYS; i++) {
		clock_ms++;
		looks_missed(AT_FDCWD, name);
	}
	for (int i = 0; i < OTHERS; i++)
		there += set_of[i] == ours && is_remembered(other(i));
	ck_assert_int_eq(there, WAYS - 1);
}
END_TEST

/* --- threads --------------------------------------------------------------------------------- */

enum { ROUNDS = 200000, NAMES = 40 };

/* The last part of all is the same, so that they share few places. */
static const char *hammered(char name[400], int i, int thread)
{
	int length = snprintf(name, 400, "name-%d-%d-", i, thread);
	int more = i * 7 % 250;

	memset(name + length, 'a' + i % 26, (size_t)more);
	strcpy(name + length + more, "/x");
	return name;
}

static _Atomic int hammering = 2;

static void *hammer(void *data)
{
	int thread = *(int *)data;
	char name[400];

	for (int round = 0; round < ROUNDS; round++) {
		looks_missed(AT_FDCWD, hammered(name, round % NAMES, thread));
		if (round % 3 == 0)
			looks_found(AT_FDCWD, hammered(name, round / 3 % NAMES, 0));
		if (round % 1000 == 0)
			looks_forget();
	}
	hammering--;
	return NULL;
}

static bool is_hammered(const char *read)
{
	char name[400];
	int i, thread;

	return sscanf(read, "name-%d-%d-", &i, &thread) == 2 &&
	       strcmp(read, hammered(name, i, thread)) == 0;
}

/* Whatever is read is a name that somebody has looked for. */
START_TEST(names_that_threads_write_at_once_are_whole)
{
	int numbers[2] = { 0, 1 };
	pthread_t threads[2];
	struct looks_entry entry;
	char name[400];
	int first;

	looks_missed(AT_FDCWD, hammered(name, 0, 0));
	first = place(AT_FDCWD, name) / WAYS * WAYS;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &numbers[i]), 0);
	while (hammering)
		for (int i = first; i < first + WAYS; i++)
			if (looks_read(i, (uint32_t)looks_now(), &entry))
				ck_assert_msg(is_hammered(entry.name), "%s", entry.name);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	looks_missed(AT_FDCWD, "after");
	ck_assert(is_remembered("after"));
}
END_TEST

/* --- other names --------------------------------------------------------------------------- */

START_TEST(what_is_found_by_another_name_is_found)
{
	char *here = realpath(".", NULL), *absolute_name;

	ck_assert_int_gt(asprintf(&absolute_name, "%s/a", here), 0);
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, absolute_name);
	looks_missed(AT_FDCWD, "folder/a");
	file_write("a", "");
	file_write("folder/a", "");
	errno = EXDEV;
	looks_found(AT_FDCWD, "folder/../a");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!is_remembered("a"));
	ck_assert(!is_remembered(absolute_name));
	/* Its last part is the same, and nothing else. */
	ck_assert(is_remembered("folder/a"));
	free(absolute_name);
	free(here);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	looks_missed(AT_FDCWD, "a");
	looks_missed(AT_FDCWD, "b");
	file_write("a", "");
	errno = EXDEV;
	looks_found(AT_FDCWD, "./b");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(is_remembered("a"));
	ck_assert(is_remembered("b"));
}
END_TEST

int main(void)
{
	TCase *tests = group("looks_many");

	tcase_add_loop_test(tests, it_outlasts_a_thousand_others, 0, 2);
	tcase_add_loop_test(tests, the_oldest_of_a_set_gives_way, 0, 2);
	tcase_add_loop_test(tests, whoever_looks_again_is_not_the_oldest, 0, 2);
	tcase_add_loop_test(tests, whoever_looks_often_takes_one_place, 0, 2);
	tcase_add_test(tests, names_that_threads_write_at_once_are_whole);
	tcase_add_test(tests, what_is_found_by_another_name_is_found);
	tcase_add_test(tests, what_is_not_there_is_not_found);
	return group_run();
}
