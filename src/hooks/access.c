/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported read…, write… and ftruncate…: where a forked child uses what it has inherited.  They
 * are all that HDF5's sec2 driver calls (1.8: read, write; since 1.10 pread, pwrite; or their
 * namesakes for large files).  Every other process comes through here with two loads and a jump. */
#include "hooks/export.h"
#include "lock/inherited.h"
#include "opening/failure.h"
#include "system/libc.h"
#include "system/process.h"

#include <errno.h>

ssize_t access_read(int, void *, size_t) EXPORT_AS(read);
ssize_t access_pread(int, void *, size_t, __off_t) EXPORT_AS(pread);
ssize_t access_pread64(int, void *, size_t, __off64_t) EXPORT_AS(pread64);
ssize_t access_write(int, const void *, size_t) EXPORT_AS(write);
ssize_t access_pwrite(int, const void *, size_t, __off_t) EXPORT_AS(pwrite);
ssize_t access_pwrite64(int, const void *, size_t, __off64_t) EXPORT_AS(pwrite64);
int access_ftruncate(int, __off_t) EXPORT_AS(ftruncate);
int access_ftruncate64(int, __off64_t) EXPORT_AS(ftruncate64);
ssize_t access_read_chk(int, void *, size_t, size_t) EXPORT_AS(__read_chk);
ssize_t access_pread_chk(int, void *, size_t, __off_t, size_t) EXPORT_AS(__pread_chk);
ssize_t access_pread64_chk(int, void *, size_t, __off64_t, size_t) EXPORT_AS(__pread64_chk);

__attribute__((noinline, cold)) static bool is_refused(int fd)
{
	enum heirs_verdict why;
	int rc = inherited_use(fd, &why);

	if (why != HEIRS_USE)
		failure_heir(fd, why);
	if (rc)
		errno = -rc;
	return rc;
}

static bool refused(int fd)
{
	return __builtin_expect(process_is_heir(), 0) && is_refused(fd);
}

ssize_t access_read(int fd, void *buffer, size_t size)
{
	return refused(fd) ? -1 : libc_read(fd, buffer, size);
}

ssize_t access_pread(int fd, void *buffer, size_t size, __off_t offset)
{
	return refused(fd) ? -1 : libc_pread(fd, buffer, size, offset);
}

ssize_t access_pread64(int fd, void *buffer, size_t size, __off64_t offset)
{
	return refused(fd) ? -1 : libc_pread64(fd, buffer, size, offset);
}

ssize_t access_write(int fd, const void *buffer, size_t size)
{
	return refused(fd) ? -1 : libc_write(fd, buffer, size);
}

ssize_t access_pwrite(int fd, const void *buffer, size_t size, __off_t offset)
{
	return refused(fd) ? -1 : libc_pwrite(fd, buffer, size, offset);
}

ssize_t access_pwrite64(int fd, const void *buffer, size_t size, __off64_t offset)
{
	return refused(fd) ? -1 : libc_pwrite64(fd, buffer, size, offset);
}

int access_ftruncate(int fd, __off_t length)
{
	return refused(fd) ? -1 : libc_ftruncate(fd, length);
}

int access_ftruncate64(int fd, __off64_t length)
{
	return refused(fd) ? -1 : libc_ftruncate64(fd, length);
}

ssize_t access_read_chk(int fd, void *buffer, size_t size, size_t room)
{
	return refused(fd) ? -1 : libc_read_chk(fd, buffer, size, room);
}

ssize_t access_pread_chk(int fd, void *buffer, size_t size, __off_t offset, size_t room)
{
	return refused(fd) ? -1 : libc_pread_chk(fd, buffer, size, offset, room);
}

ssize_t access_pread64_chk(int fd, void *buffer, size_t size, __off64_t offset, size_t room)
{
	return refused(fd) ? -1 : libc_pread64_chk(fd, buffer, size, offset, room);
}
