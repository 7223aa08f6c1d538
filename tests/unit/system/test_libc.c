/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands before the C library's functions. */
#include "system/libc.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A program may well have closed its standard streams, and what gets their numbers would be written
 * to. */
START_TEST(a_descriptor_is_none_of_the_standard_streams)
{
	int fd;

	close(_i);
	fd = open("/dev/null", O_RDWR);
	ck_assert_int_eq(fd, _i);
	errno = EXDEV;
	fd = libc_above_streams(fd);
	ck_assert_int_gt(fd, STDERR_FILENO);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(fcntl(_i, F_GETFD), -1);
	ck_assert_int_eq(libc_above_streams(fd), fd);
	ck_assert_int_eq(libc_above_streams(-1), -1);
}
END_TEST

int main(void)
{
	TCase *tests = group("libc");

	tcase_add_loop_test(tests, a_descriptor_is_none_of_the_standard_streams, STDIN_FILENO,
			    STDERR_FILENO + 1);
	return group_run();
}
