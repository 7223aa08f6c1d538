/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/superblock.h"

#include "system/libc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* From "HDF5 File Format Specification", II.A: at byte 0, or behind a user block of 512, 1024,
 * 2048… bytes. */
static const unsigned char signature[] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };

enum { VERSION = 8, FLAGS = 11, BYTES = 12 };
enum { WRITE_ACCESS = 1, SWMR_WRITE_ACCESS = 4 };

int superblock_read(int fd, struct superblock *superblock)
{
	unsigned char bytes[BYTES];
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	for (off_t at = 0; at + BYTES <= st.st_size; at = at ? 2 * at : 512) {
		ssize_t n = libc_pread(fd, bytes, sizeof(bytes), at);

		if (n < 0)
			return -errno;
		if (n < BYTES || memcmp(bytes, signature, sizeof(signature)) != 0)
			continue;
		*superblock = (struct superblock){ .version = bytes[VERSION] };
		if (superblock->version == 3) {
			superblock->open_for_write = bytes[FLAGS] & WRITE_ACCESS;
			superblock->swmr = bytes[FLAGS] & SWMR_WRITE_ACCESS;
		}
		return 0;
	}
	return -EINVAL;
}
