/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/kernel_lock.h"

#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Some bytes are left between this lock and the line: an NFS server makes one lock of two that are
 * side by side (Linux 6.1), and tells of that one. */
static struct flock64 bytes(int type)
{
	return (struct flock64){
		.l_type = (short)type, .l_whence = SEEK_SET, .l_start = 0, .l_len = KERNEL_LOCK_END
	};
}

static int lock_bytes(int fd, int operation)
{
	int what = operation & ~LOCK_NB;
	struct flock64 lock = bytes(what == LOCK_EX   ? F_WRLCK
				    : what == LOCK_SH ? F_RDLCK
						      : F_UNLCK);
	bool waits = what != LOCK_UN && !(operation & LOCK_NB);

	return fcntl(fd, waits ? F_OFD_SETLKW : F_OFD_SETLK, &lock) ? -errno : 0;
}

/* fdatasync() would be a place where a thread can be cancelled. */
static void flush(int fd)
{
	syscall(SYS_fdatasync, fd);
}

int kernel_lock(const struct filesystem *fs, int fd, int operation)
{
	int rc = -EINVAL;

	if (fs->traits & FS_FLUSHES && operation & LOCK_UN)
		flush(fd);
	if (fs->traits & FS_CLOSES && operation & LOCK_UN)
		return 0;
	if (fs->traits & FS_BYTES)
		rc = lock_bytes(fd, operation);
	/* Linux before 3.15 and gVisor have no such locks; flock() keeps those of others out. */
	if (rc == -EINVAL)
		rc = libc_flock(fd, operation) ? -errno : 0;
	return rc == -EACCES && fs->traits & FS_EACCES ? -EAGAIN : rc;
}

int kernel_lock_again(const struct filesystem *fs, int fd, int operation)
{
	int rc;

	do
		rc = kernel_lock(fs, fd, operation);
	while (rc == -EINTR);
	return rc;
}

int kernel_lock_try(const struct filesystem *fs, int fd, bool exclusive)
{
	return kernel_lock_again(fs, fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
}

int kernel_lock_busy(const struct filesystem *fs, int fd, bool exclusive)
{
	struct flock64 ask = bytes(exclusive ? F_WRLCK : F_RDLCK);

	if (!(fs->traits & FS_BYTES) || fcntl(fd, F_OFD_GETLK, &ask))
		return -ENOTSUP;
	return ask.l_type != F_UNLCK;
}
