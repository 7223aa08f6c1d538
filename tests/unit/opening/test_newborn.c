/* SPDX-License-Identifier: BSD-3-Clause */
/* Which empty files are young enough to be just being created, whatever the clock says. */
#include "opening/attempt.h"

#include "support.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t ahead; /* seconds that this program's clock is ahead of the kernel's */

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_REALTIME)
		now->tv_sec += ahead;
	return rc;
}

static enum { AS_IT_IS, EARLIER, UNKNOWN, UNSUPPORTED } birth;

static int statx_with_birth(int fd, const char *path, int flags, unsigned int mask,
			    struct statx *st)
{
	int rc = (int)syscall(SYS_statx, fd, path, flags, mask, st);

	if (birth == UNSUPPORTED) {
		errno = ENOSYS;
		return -1;
	}
	if (birth == UNKNOWN)
		st->stx_mask &= ~STATX_BTIME;
	if (birth == UNKNOWN || birth == EARLIER)
		memset(&st->stx_btime, 0, sizeof(st->stx_btime));
	if (birth == EARLIER) {
		st->stx_mask |= STATX_BTIME;
		st->stx_btime.tv_sec = st->stx_ctime.tv_sec - 10;
	}
	return rc;
}

static const struct filesystem here = { .name = "here", .traits = FS_LINE };
static const struct filesystem elsewhere = { .name = "elsewhere", .traits = FS_REMOTE };

static bool is_newborn(int fd, const struct filesystem *fs)
{
	struct opening o = { .file = { .fd = fd, .fs = fs } };

	ck_assert_int_eq(fstat(fd, &o.file.st), 0);
	return attempt_newborn(&o);
}

static const struct {
	time_t ahead;
	bool newborn;
} clocks[] = {
	{ 0, true },  { 1, true },    { 10, false },	{ 3600, false },
	{ -1, true }, { -10, false }, { -3600, false }, /* set back since the file was made, or
							   behind the file server's */
};

START_TEST(a_file_is_newborn_for_two_seconds)
{
	int fd = open("empty", O_RDWR | O_CREAT, 0666);

	ahead = clocks[_i].ahead;
	ck_assert_int_eq(is_newborn(fd, &here), clocks[_i].newborn);
}
END_TEST

/* Whose clock is another's says nothing of a file's age. */
START_TEST(an_empty_file_on_another_host_may_be_newborn)
{
	int fd = open("empty", O_RDWR | O_CREAT, 0666);

	ahead = clocks[_i].ahead;
	ck_assert(is_newborn(fd, &elsewhere));
}
END_TEST

/* What is empty, and was touched a moment ago (chmod, link, rename), was born long before; where
 * that is not known, its last change has to do. */
START_TEST(a_change_is_no_birth)
{
	int fd = open("empty", O_RDWR | O_CREAT, 0666);

	birth = (int)_i;
	names_statx = statx_with_birth;
	ck_assert_int_eq(is_newborn(fd, &here), birth != EARLIER);
}
END_TEST

START_TEST(a_file_with_something_in_it_is_not)
{
	int fd = open("full", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq((int)write(fd, "x", 1), 1);
	ck_assert(!is_newborn(fd, &here));
	ck_assert(!is_newborn(fd, &elsewhere));
}
END_TEST

int main(void)
{
	TCase *tests = group("newborn");

	tcase_add_loop_test(tests, a_file_is_newborn_for_two_seconds, 0,
			    sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_loop_test(tests, an_empty_file_on_another_host_may_be_newborn, 0,
			    sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_loop_test(tests, a_change_is_no_birth, AS_IT_IS, UNSUPPORTED + 1);
	tcase_add_test(tests, a_file_with_something_in_it_is_not);
	return group_run();
}
