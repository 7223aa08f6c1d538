/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: hdf5/superblock.c system/libc.c */
/* The first bytes of a file. */
#include "hdf5/superblock.h"

#include "fuzz.h"

#include <errno.h>

/* Whether there is one where HDF5 would look, said in another way. */
static int is_hdf5(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at + 12 <= size; at = at ? 2 * at : 512)
		if (memcmp(data + at, "\x89HDF\r\n\x1a\n", 8) == 0)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	struct superblock s;
	int rc = superblock_read(fd, &s);

	MUST(rc == (is_hdf5(data, size) ? 0 : -EINVAL));
	if (rc == 0)
		MUST(s.version >= 0 && s.version <= 255 && (s.version == 3 || !s.open_for_write));
	close(fd);
	return 0;
}
