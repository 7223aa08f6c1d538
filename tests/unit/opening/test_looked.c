/* SPDX-License-Identifier: BSD-3-Clause */
/* An opening that meets no file: who waits for whom, and for how long. */
#include "missing_file.h"

#include "looks/looks.h"
#include "opening/wait.h"
#include "support.h"
#include "system/libc.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

static int64_t step_ms, steps; /* how far each look at the clock puts it on */

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock != CLOCK_MONOTONIC || !step_ms)
		return rc;
	steps++;
	now->tv_sec = 1000 + steps * step_ms / 1000;
	now->tv_nsec = steps * step_ms % 1000 * 1000000;
	return rc;
}

static bool is_remembered(const char *name)
{
	uint32_t now = (uint32_t)looks_now();
	struct looks_entry entry;

	for (int i = 0; i < LOOKS_PLACES; i++)
		if (looks_read(i, now, &entry) && entry.folder == AT_FDCWD &&
		    !strcmp(entry.name, name))
			return true;
	return false;
}

/* As if it were stopped between its bind() and its listen(). */
static void others_half_ticket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), length;
	struct ticket_name name;

	if (ticket_name(AT_FDCWD, "a", &name))
		_exit(1);
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "lockedh5.%llx.%llx.%llx", (unsigned long long)name.dev,
			  (unsigned long long)name.ino, (unsigned long long)name.base);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) + (socklen_t)length))
		_exit(1);
}

START_TEST(the_first_one_is_told_at_once)
{
	struct opening o = opening_of("a");

	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(have_ticket("a"));
	ck_assert(is_remembered("a"));
	/* And again: it knows whose the ticket is. */
	ck_assert_int_eq(asks_until_told(&o), 1);
}
END_TEST

START_TEST(a_second_one_waits_for_a_moment)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	ck_assert_int_gt(asks_until_told(&o), 1);
	ck_assert_int_ge(monotonic_ns() - o.began, LOOKER_NS);
	ck_assert(!have_ticket("a"));
	ck_assert(is_remembered("a"));
	close(o.folder);
	end(pid);
}
END_TEST

START_TEST(it_goes_on_when_the_first_one_has_ended)
{
	struct opening o = opening_of("a");

	end(other(others_ticket));
	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(have_ticket("a"));
}
END_TEST

/* It could be anybody's next moment. */
START_TEST(who_can_not_be_asked_yet_is_asked_again)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_half_ticket);

	ck_assert_int_eq(looked_in_vain(&o), AFRESH);
	ck_assert_int_eq(looked_in_vain(&o), AFRESH);
	asks_until_told(&o);
	ck_assert_int_ge(monotonic_ns() - o.began, LOOKER_NS);
	end(pid);
}
END_TEST

START_TEST(readers_wait_for_nobody)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	o.exclusive = false;
	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(is_remembered("a"));
	end(pid);
	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(!have_ticket("a"));
}
END_TEST

START_TEST(what_hdf5_opens_by_itself_is_no_look_of_the_programs)
{
	struct opening o = opening_of("a");

	o.inner = true;
	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(!is_remembered("a"));
}
END_TEST

START_TEST(who_has_waited_long_enough_does_not_wait)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	o.impatient = true;
	ck_assert_int_eq(asks_until_told(&o), 1);
	end(pid);
}
END_TEST

START_TEST(who_has_no_patience_does_not_wait)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	setenv("LOCKEDH5_COUNT", "1", 1);
	ck_assert_int_eq(asks_until_told(&o), 1);
	end(pid);
}
END_TEST

START_TEST(who_has_less_patience_waits_less)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	setenv("LOCKEDH5_COUNT", "2", 1);
	setenv("LOCKEDH5_WAIT", "0.02", 1);
	/* By a clock of ours: 12, 24, 36 ms... */
	step_ms = 12;
	ck_assert_int_eq(looked_in_vain(&o), AFRESH);
	ck_assert_int_eq(asks_until_told(&o), 1);
	step_ms = 0; /* Check looks at the clock, too */
	close(o.folder);
	end(pid);
}
END_TEST

START_TEST(who_ignores_looks_waits_for_nobody)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	setenv("LOCKEDH5_LOOKED", "ignore", 1);
	ck_assert_int_eq(asks_until_told(&o), 1);
	end(pid);
	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(!have_ticket("a"));
}
END_TEST

/* The time is over when it is about to wait. */
START_TEST(who_is_late_is_not_refused)
{
	struct opening o = opening_of("a");
	pid_t pid = other(others_ticket);

	step_ms = 60;
	o.began = monotonic_ns();
	ck_assert_int_eq(looked_in_vain(&o), AFRESH);
	ck_assert_int_eq(o.failure.error, 0);
	ck_assert_int_eq(asks_until_told(&o), 1);
	step_ms = 0;
	end(pid);
}
END_TEST

START_TEST(a_name_in_no_folder_is_just_missing)
{
	struct opening o = opening_of("no/a");

	ck_assert_int_eq(asks_until_told(&o), 1);
	ck_assert(!ticket_any());
}
END_TEST

int main(void)
{
	TCase *tests = group("looked");

	tcase_add_test(tests, the_first_one_is_told_at_once);
	tcase_add_test(tests, a_second_one_waits_for_a_moment);
	tcase_add_test(tests, it_goes_on_when_the_first_one_has_ended);
	tcase_add_test(tests, who_can_not_be_asked_yet_is_asked_again);
	tcase_add_test(tests, readers_wait_for_nobody);
	tcase_add_test(tests, what_hdf5_opens_by_itself_is_no_look_of_the_programs);
	tcase_add_test(tests, who_has_waited_long_enough_does_not_wait);
	tcase_add_test(tests, who_has_no_patience_does_not_wait);
	tcase_add_test(tests, who_has_less_patience_waits_less);
	tcase_add_test(tests, who_ignores_looks_waits_for_nobody);
	tcase_add_test(tests, who_is_late_is_not_refused);
	tcase_add_test(tests, a_name_in_no_folder_is_just_missing);
	return group_run();
}
