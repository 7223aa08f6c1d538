/* SPDX-License-Identifier: BSD-3-Clause */
/* What an HDF5 file says of itself at its start: whether a writer has marked it as open. */
#ifndef SUPERBLOCK_H
#define SUPERBLOCK_H

#include <stdbool.h>

struct superblock {
	int version;
	bool open_for_write; /* the mark of a writer; HDF5 from 1.10 on sets and heeds it in files
				of version 3 (libver='latest') */
	bool swmr;	     /* of one that lets readers in */
};

/* Reads the superblock of the file behind FD, which must be open for reading, with pread() alone:
 * no lock is taken or asked for.  Returns 0, -EINVAL if it is not an HDF5 file, or another negative
 * errno. */
int superblock_read(int fd, struct superblock *superblock);

#endif
