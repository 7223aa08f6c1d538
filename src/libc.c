#include "libc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
	int (*open)(const char *, int, ...);
	int (*open64)(const char *, int, ...);
	int (*flock)(int, int);
	int (*close)(int);
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
