/* SPDX-License-Identifier: BSD-3-Clause */
/* File systems: their names, whose locks are this host's alone, and what helps. */
#include "lock/filesystem.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(what_is_unknown_may_be_shared_with_others)
{
	int fd = open("/proc/self/status", O_RDONLY);
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_str_eq(filesystem_name(fd), "unknown");
	ck_assert(!filesystem_has_separate_locks(fd, st.st_dev));
	close(fd);
}
END_TEST

START_TEST(what_can_not_be_looked_at_is_unknown)
{
	ck_assert_str_eq(filesystem_name(-1), "unknown");
	ck_assert(!filesystem_has_separate_locks(-1, 77));
}
END_TEST

START_TEST(memory_is_this_hosts)
{
	struct stat st;
	int fd;

	NEEDS("test \"$(stat -f -c %T /dev/shm)\" = tmpfs", "no tmpfs at /dev/shm");
	fd = open("/dev/shm", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_str_eq(filesystem_name(fd), "tmpfs");
	ck_assert(filesystem_has_separate_locks(fd, st.st_dev));
	close(fd);
}
END_TEST

/* 524 is the kernel's own ENOTSUPP. */
START_TEST(advice_is_for_the_error)
{
	has(filesystem_advice(ENOLCK), "rpc.statd");
	has(filesystem_advice(ENOSYS), "-o flock");
	has(filesystem_advice(EOPNOTSUPP), "move the file");
	ck_assert_str_eq(filesystem_advice(524), filesystem_advice(EOPNOTSUPP));
	ck_assert_str_eq(filesystem_advice(EIO), "set LOCKEDH5_NOLOCKS=pass to go on unlocked");
}
END_TEST

int main(void)
{
	TCase *tests = group("filesystem");

	tcase_add_test(tests, what_is_unknown_may_be_shared_with_others);
	tcase_add_test(tests, what_can_not_be_looked_at_is_unknown);
	tcase_add_test(tests, memory_is_this_hosts);
	tcase_add_test(tests, advice_is_for_the_error);
	return group_run();
}
