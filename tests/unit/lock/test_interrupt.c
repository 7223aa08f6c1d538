/* SPDX-License-Identifier: BSD-3-Clause */
/* More waits at once than the signal handlers can find. */
#include "lock/interrupt.h"

#include "support.h"

#include <errno.h>
#include <time.h>

enum { FOUND = 64, WAITS = FOUND + 2 };

/* Those that they don't find look by themselves now and then, whatever their deadline is. */
START_TEST(a_wait_that_nobody_finds_is_interrupted)
{
	static struct interrupt in[WAITS];
	struct timespec long_time = { .tv_sec = PATIENCE };

	for (int i = 0; i < WAITS; i++)
		ck_assert_int_eq(interrupt_begin(&in[i]), 0);
	interrupt_deadline(&in[WAITS - 1], DEADLINE_NEVER);
	ck_assert_int_eq(nanosleep(&long_time, NULL), -1);
	ck_assert_int_eq(errno, EINTR);
	for (int i = 0; i < WAITS; i++)
		interrupt_end(&in[i]);
}
END_TEST

int main(void)
{
	TCase *tests = group("interrupt");

	tcase_add_test(tests, a_wait_that_nobody_finds_is_interrupted);
	return group_run();
}
