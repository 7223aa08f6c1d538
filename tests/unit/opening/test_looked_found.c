/* SPDX-License-Identifier: BSD-3-Clause */
/* An opening that meets a file that is just being made, or was missing when this process looked. */
#include "missing_file.h"

#include "hdf5/copies.h"
#include "lock/held.h"
#include "looks/looks.h"
#include "opening/attempt.h"
#include "opening/wait.h"
#include "support.h"
#include "system/libc.h"

#include <stdlib.h>

/* --- a file, just made ------------------------------------------------------------ */

static struct opening newborn(void)
{
	struct opening o = creation_of("a");

	o.create = o.replaces = false;
	o.looks = true;
	return o;
}

static int next_descriptor(void)
{
	int fd = fcntl(0, F_DUPFD, 3);

	close(fd);
	return fd;
}

START_TEST(its_maker_goes_first)
{
	struct opening o = newborn();
	pid_t pid = other(others_ticket);
	int fd = next_descriptor();

	ck_assert_int_eq(looked_at_newborn(&o), AFRESH);
	ck_assert_int_eq(o.file.fd, -1);
	/* Its folder is open instead, and nothing else. */
	ck_assert_int_ge(o.folder, 0);
	ck_assert_int_eq(next_descriptor(), fd);
	/* It has had its time. */
	o.file.fd = open("a", O_RDWR | O_CLOEXEC);
	fd = next_descriptor();
	ck_assert_int_eq(looked_at_newborn(&o), 0);
	ck_assert_int_ge(o.file.fd, 0);
	ck_assert_int_eq(next_descriptor(), fd);
	close(o.file.fd);
	close(o.folder);
	end(pid);
}
END_TEST

/* Also if its lock is still to be had. */
START_TEST(an_attempt_lets_its_maker_go_first)
{
	static const struct hdf5 h5 = { .base = "library" };
	struct opening o = newborn();
	pid_t pid = other(others_ticket);

	close(o.file.fd);
	o.file.fd = -1;
	o.h5 = &h5;
	ck_assert_int_eq(attempt(&o), 0);
	ck_assert_int_eq(o.file.target, TARGET_LOCKED);
	ck_assert_int_ge(monotonic_ns() - o.began, LOOKER_NS);
	ck_assert(o.began);
	held_drop(&o.file.fd);
	close(o.folder);
	end(pid);
}
END_TEST

START_TEST(nobodys_or_ones_own_is_not_waited_for)
{
	struct opening o = newborn(), missing = opening_of("a");

	ck_assert_int_eq(looked_at_newborn(&o), 0);
	ck_assert_int_eq(asks_until_told(&missing), 1);
	ck_assert(have_ticket("a"));
	ck_assert_int_eq(looked_at_newborn(&o), 0);
	ck_assert_int_ge(o.file.fd, 0);
	close(o.file.fd);
}
END_TEST

START_TEST(who_ignores_looks_locks_it)
{
	struct opening o = newborn();
	pid_t pid = other(others_ticket);

	setenv("LOCKEDH5_LOOKED", "ignore", 1);
	ck_assert_int_eq(looked_at_newborn(&o), 0);
	ck_assert_int_ge(o.file.fd, 0);
	close(o.file.fd);
	end(pid);
}
END_TEST

/* --- a file that was missing ------------------------------------------------------------ */

START_TEST(who_is_refused_means_it_the_next_time)
{
	struct opening o, again;

	looks_missed(AT_FDCWD, "a");
	o = creation_of("a");
	again = o;
	again.file.looked_at = 0;
	ck_assert_int_eq(looked_and_found(&o), -EEXIST);
	has(o.failure.sentence, "was not there when this program looked");
	ck_assert_int_eq(looked_and_found(&again), 0);
	free(o.failure.sentence);
	close(o.file.fd);
}
END_TEST

START_TEST(who_ignores_looks_replaces_it)
{
	struct opening o;

	setenv("LOCKEDH5_LOOKED", "ignore", 1);
	looks_missed(AT_FDCWD, "a");
	o = creation_of("a");
	ck_assert_int_eq(looked_and_found(&o), 0);
	close(o.file.fd);
}
END_TEST

START_TEST(who_opens_it_has_found_it)
{
	struct opening o, found;

	looks_missed(AT_FDCWD, "a");
	o = creation_of("a");
	found = newborn();
	ck_assert_int_eq(looked_and_found(&found), 0);
	ck_assert_int_eq(looked_and_found(&o), 0);
	close(o.file.fd);
	close(found.file.fd);
}
END_TEST

/* But not HDF5, which opens another file's target. */
START_TEST(what_hdf5_finds_by_itself_the_program_has_not)
{
	struct opening o, found;

	looks_missed(AT_FDCWD, "a");
	o = creation_of("a");
	found = newborn();
	found.inner = true;
	ck_assert_int_eq(looked_and_found(&found), 0);
	ck_assert_int_eq(looked_and_found(&o), -EEXIST);
	free(o.failure.sentence);
	close(o.file.fd);
	close(found.file.fd);
}
END_TEST

/* However long it waits for its lock then. */
START_TEST(the_look_is_as_old_as_it_was_when_the_file_was_met)
{
	struct opening o;

	looks_missed(AT_FDCWD, "a");
	o = creation_of("a");
	o.file.looked_at = looks_now() - 10000;
	ck_assert_int_eq(looked_and_found(&o), 0);
	o.file.looked_at = 0;
	ck_assert_int_eq(looked_and_found(&o), -EEXIST);
	ck_assert_int_ge(looks_now(), o.file.looked_at);
	ck_assert(o.file.looked_at);
	free(o.failure.sentence);
	close(o.file.fd);
}
END_TEST

START_TEST(what_it_makes_gives_the_ticket_back)
{
	struct opening missing = opening_of("a"), o;

	ck_assert_int_eq(asks_until_told(&missing), 1);
	o = creation_of("a");
	ck_assert(looked_before(&o));
	looked_and_made(&o);
	ck_assert(!ticket_any());
	ck_assert(!looked_before(&o));
	ck_assert_int_eq(looked_and_found(&o), 0);
	close(o.file.fd);
}
END_TEST

int main(void)
{
	TCase *tests = group("looked_found");

	tcase_add_test(tests, its_maker_goes_first);
	tcase_add_test(tests, an_attempt_lets_its_maker_go_first);
	tcase_add_test(tests, nobodys_or_ones_own_is_not_waited_for);
	tcase_add_test(tests, who_ignores_looks_locks_it);
	tcase_add_test(tests, who_is_refused_means_it_the_next_time);
	tcase_add_test(tests, who_ignores_looks_replaces_it);
	tcase_add_test(tests, who_opens_it_has_found_it);
	tcase_add_test(tests, what_hdf5_finds_by_itself_the_program_has_not);
	tcase_add_test(tests, the_look_is_as_old_as_it_was_when_the_file_was_met);
	tcase_add_test(tests, what_it_makes_gives_the_ticket_back);
	return group_run();
}
