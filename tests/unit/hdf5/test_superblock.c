/* SPDX-License-Identifier: BSD-3-Clause */
/* What a file says of itself in its first bytes. */
#include "hdf5/superblock.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const unsigned char signature[] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };

enum { VERSION = 8, FLAGS = 11, BYTES = 12 };

/* A file with a superblock at byte AT, if that is not negative, and LENGTH bytes in all. */
static int file_with(long at, int version, int flags, long length)
{
	int fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0666);
	unsigned char bytes[BYTES] = { 0 };

	ck_assert_int_ge(fd, 0);
	memcpy(bytes, signature, sizeof(signature));
	bytes[VERSION] = (unsigned char)version;
	bytes[FLAGS] = (unsigned char)flags;
	if (at >= 0)
		ck_assert_int_eq((int)pwrite(fd, bytes, BYTES, at), BYTES);
	ck_assert_int_eq(ftruncate(fd, length), 0);
	return fd;
}

static const struct {
	long at;
	int version, flags;
	long length;
	int result;
	bool open_for_write, swmr;
} files[] = {
	{ 0, 0, 5, 100, 0, false, false }, /* the flags are something else there */
	{ 0, 2, 5, 100, 0, false, false },
	{ 0, 3, 0, 100, 0, false, false },
	{ 0, 3, 1, 100, 0, true, false },
	{ 0, 3, 4, 100, 0, false, true },
	{ 0, 3, 5, 12, 0, true, true },
	{ 512, 3, 5, 1000, 0, true, true },
	{ 1024, 3, 1, 2000, 0, true, false },
	{ 4096, 3, 4, 5000, 0, false, true },
	{ 513, 3, 5, 1000, -EINVAL, false, false }, /* no place for one */
	{ 1536, 3, 5, 3000, -EINVAL, false, false },
	{ 0, 3, 5, 11, -EINVAL, false, false }, /* cut off */
	{ 512, 3, 5, 523, -EINVAL, false, false },
	{ -1, 0, 0, 100000, -EINVAL, false, false },
	{ -1, 0, 0, 0, -EINVAL, false, false },
};

START_TEST(a_superblock_is_found_where_it_may_be)
{
	int fd = file_with(files[_i].at, files[_i].version, files[_i].flags, files[_i].length);
	struct superblock superblock = { 0 };

	ck_assert_int_eq(superblock_read(fd, &superblock), files[_i].result);
	if (files[_i].result)
		return;
	ck_assert_int_eq(superblock.version, files[_i].version);
	ck_assert_int_eq(superblock.open_for_write, files[_i].open_for_write);
	ck_assert_int_eq(superblock.swmr, files[_i].swmr);
}
END_TEST

START_TEST(what_can_not_be_read_is_told)
{
	struct superblock superblock;
	int fd = file_with(0, 3, 5, 100);

	close(fd);
	ck_assert_int_eq(superblock_read(fd, &superblock), -EBADF);
	fd = open("a", O_WRONLY);
	ck_assert_int_eq(superblock_read(fd, &superblock), -EBADF);
}
END_TEST

int main(void)
{
	TCase *tests = group("superblock");

	tcase_add_loop_test(tests, a_superblock_is_found_where_it_may_be, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tests, what_can_not_be_read_is_told);
	return group_run();
}
