/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/libc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct {
	int (*open)(const char *, int, ...);
	int (*open64)(const char *, int, ...);
	int (*flock)(int, int);
	int (*close)(int);
	FILE *(*fopen)(const char *, const char *);
	FILE *(*fopen64)(const char *, const char *);
	FILE *(*freopen)(const char *, const char *, FILE *);
	FILE *(*freopen64)(const char *, const char *, FILE *);
	int (*fclose)(FILE *);
	ssize_t (*read)(int, void *, size_t);
	ssize_t (*pread)(int, void *, size_t, __off_t);
	ssize_t (*pread64)(int, void *, size_t, __off64_t);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*pwrite)(int, const void *, size_t, __off_t);
	ssize_t (*pwrite64)(int, const void *, size_t, __off64_t);
	int (*ftruncate)(int, __off_t);
	int (*ftruncate64)(int, __off64_t);
	ssize_t (*read_chk)(int, void *, size_t, size_t);
	ssize_t (*pread_chk)(int, void *, size_t, __off_t, size_t);
	ssize_t (*pread64_chk)(int, void *, size_t, __off64_t, size_t);
} next;

/* Once and early, because dlsym() is not async-signal-safe and close() must be.  Calls from before
 * this (other libraries' constructors, an allocator that starts up under dlsym() itself) go to the
 * kernel directly: looking symbols up there can deadlock. */
__attribute__((constructor)) static void find_next(void)
{
	next.open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	next.open64 = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
	next.flock = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
	next.close = (int (*)(int))dlsym(RTLD_NEXT, "close");
	next.fopen = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
	next.fopen64 = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64");
	next.freopen = (FILE * (*)(const char *, const char *, FILE *)) dlsym(RTLD_NEXT, "freopen");
	next.freopen64 =
		(FILE * (*)(const char *, const char *, FILE *)) dlsym(RTLD_NEXT, "freopen64");
	next.fclose = (int (*)(FILE *))dlsym(RTLD_NEXT, "fclose");
	next.read = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	next.pread = (ssize_t(*)(int, void *, size_t, __off_t))dlsym(RTLD_NEXT, "pread");
	next.pread64 = (ssize_t(*)(int, void *, size_t, __off64_t))dlsym(RTLD_NEXT, "pread64");
	next.write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	next.pwrite = (ssize_t(*)(int, const void *, size_t, __off_t))dlsym(RTLD_NEXT, "pwrite");
	next.pwrite64 =
		(ssize_t(*)(int, const void *, size_t, __off64_t))dlsym(RTLD_NEXT, "pwrite64");
	next.ftruncate = (int (*)(int, __off_t))dlsym(RTLD_NEXT, "ftruncate");
	next.ftruncate64 = (int (*)(int, __off64_t))dlsym(RTLD_NEXT, "ftruncate64");
	next.read_chk = (ssize_t(*)(int, void *, size_t, size_t))dlsym(RTLD_NEXT, "__read_chk");
	next.pread_chk =
		(ssize_t(*)(int, void *, size_t, __off_t, size_t))dlsym(RTLD_NEXT, "__pread_chk");
	next.pread64_chk = (ssize_t(*)(int, void *, size_t, __off64_t, size_t))dlsym(
		RTLD_NEXT, "__pread64_chk");
}

int libc_open(const char *path, int flags, mode_t mode)
{
	if (next.open)
		return next.open(path, flags, mode);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int libc_open64(const char *path, int flags, mode_t mode)
{
	if (next.open64)
		return next.open64(path, flags, mode);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int libc_flock(int fd, int operation)
{
	if (next.flock)
		return next.flock(fd, operation);
	return (int)syscall(SYS_flock, fd, operation);
}

int libc_close(int fd)
{
	if (next.close)
		return next.close(fd);
	return (int)syscall(SYS_close, fd);
}

/* A stream needs an allocator that works, and so these can look for their functions whenever they
 * are called. */
FILE *libc_fopen(const char *path, const char *mode)
{
	if (!next.fopen)
		find_next();
	return next.fopen(path, mode);
}

FILE *libc_fopen64(const char *path, const char *mode)
{
	if (!next.fopen64)
		find_next();
	return next.fopen64(path, mode);
}

FILE *libc_freopen(const char *path, const char *mode, FILE *stream)
{
	if (!next.freopen)
		find_next();
	return next.freopen(path, mode, stream);
}

FILE *libc_freopen64(const char *path, const char *mode, FILE *stream)
{
	if (!next.freopen64)
		find_next();
	return next.freopen64(path, mode, stream);
}

int libc_fclose(FILE *stream)
{
	if (!next.fclose)
		find_next();
	return next.fclose(stream);
}

/* The functions for vectors are not hooked. */
ssize_t libc_read(int fd, void *buffer, size_t size)
{
	struct iovec all = { buffer, size };

	return next.read ? next.read(fd, buffer, size) : readv(fd, &all, 1);
}

ssize_t libc_pread(int fd, void *buffer, size_t size, __off_t offset)
{
	struct iovec all = { buffer, size };

	return next.pread ? next.pread(fd, buffer, size, offset) : preadv64(fd, &all, 1, offset);
}

ssize_t libc_pread64(int fd, void *buffer, size_t size, __off64_t offset)
{
	struct iovec all = { buffer, size };

	return next.pread64 ? next.pread64(fd, buffer, size, offset)
			    : preadv64(fd, &all, 1, offset);
}

ssize_t libc_write(int fd, const void *buffer, size_t size)
{
	struct iovec all = { (void *)buffer, size };

	return next.write ? next.write(fd, buffer, size) : writev(fd, &all, 1);
}

ssize_t libc_pwrite(int fd, const void *buffer, size_t size, __off_t offset)
{
	struct iovec all = { (void *)buffer, size };

	return next.pwrite ? next.pwrite(fd, buffer, size, offset) : pwritev64(fd, &all, 1, offset);
}

ssize_t libc_pwrite64(int fd, const void *buffer, size_t size, __off64_t offset)
{
	struct iovec all = { (void *)buffer, size };

	return next.pwrite64 ? next.pwrite64(fd, buffer, size, offset)
			     : pwritev64(fd, &all, 1, offset);
}

int libc_ftruncate(int fd, __off_t length)
{
	return next.ftruncate ? next.ftruncate(fd, length)
			      : (int)syscall(SYS_ftruncate, fd, length);
}

int libc_ftruncate64(int fd, __off64_t length)
{
	return next.ftruncate64 ? next.ftruncate64(fd, length)
				: (int)syscall(SYS_ftruncate, fd, length);
}

/* Without the check, where there is none (yet): as the program would have been without
 * _FORTIFY_SOURCE. */
ssize_t libc_read_chk(int fd, void *buffer, size_t size, size_t room)
{
	return next.read_chk ? next.read_chk(fd, buffer, size, room) : libc_read(fd, buffer, size);
}

ssize_t libc_pread_chk(int fd, void *buffer, size_t size, __off_t offset, size_t room)
{
	return next.pread_chk ? next.pread_chk(fd, buffer, size, offset, room)
			      : libc_pread(fd, buffer, size, offset);
}

ssize_t libc_pread64_chk(int fd, void *buffer, size_t size, __off64_t offset, size_t room)
{
	return next.pread64_chk ? next.pread64_chk(fd, buffer, size, offset, room)
				: libc_pread64(fd, buffer, size, offset);
}

int libc_above_streams(int fd)
{
	int higher, saved_errno;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	saved_errno = errno;
	libc_close(fd);
	errno = saved_errno;
	return higher;
}

int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
