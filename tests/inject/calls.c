/* SPDX-License-Identifier: BSD-3-Clause */
#include "calls.h"

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define CALL(name)                \
	{                         \
#name, SYS_##name \
	}

/* What a library like ours may call.  A call that is not here is an error of the driver's, so that
 * a new one is given its errnos (in faults.py) and its name here. */
static const struct {
	const char *name;
	int number;
} calls[] = {
	CALL(bind),
	CALL(brk),
	CALL(clock_gettime),
	CALL(clock_nanosleep),
	CALL(clone),
	CALL(close),
	CALL(connect),
	CALL(dup),
	CALL(dup3),
	CALL(execve),
	CALL(exit),
	CALL(exit_group),
	CALL(faccessat),
	CALL(fadvise64),
	CALL(fcntl),
	CALL(fdatasync),
	CALL(fgetxattr),
	CALL(flock),
	CALL(fstat),
	CALL(fstatfs),
	CALL(fsync),
	CALL(ftruncate),
	CALL(futex),
	CALL(getcwd),
	CALL(getdents64),
	CALL(getegid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getitimer),
	CALL(getpid),
	CALL(getppid),
	CALL(getrandom),
	CALL(getsockname),
	CALL(gettid),
	CALL(getuid),
	CALL(ioctl),
	CALL(kill),
	CALL(linkat),
	CALL(listen),
	CALL(lseek),
	CALL(madvise),
	CALL(mmap),
	CALL(mprotect),
	CALL(mremap),
	CALL(munmap),
	CALL(nanosleep),
	CALL(newfstatat),
	CALL(openat),
	CALL(pipe2),
	CALL(ppoll),
	CALL(prctl),
	CALL(pread64),
	CALL(prlimit64),
	CALL(pwrite64),
	CALL(read),
	CALL(readlinkat),
	CALL(readv),
	CALL(renameat),
	CALL(rt_sigaction),
	CALL(rt_sigpending),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigtimedwait),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL(set_robust_list),
	CALL(setitimer),
	CALL(socket),
	CALL(statx),
	CALL(tgkill),
	CALL(timer_create),
	CALL(timer_delete),
	CALL(timer_gettime),
	CALL(timer_settime),
	CALL(uname),
	CALL(unlinkat),
	CALL(wait4),
	CALL(waitid),
	CALL(write),
	CALL(writev),
#ifdef SYS_open /* newer architectures have only the calls with "at" */
	CALL(access),
	CALL(fork),
	CALL(getdents),
	CALL(link),
	CALL(lstat),
	CALL(mkdir),
	CALL(open),
	CALL(pipe),
	CALL(poll),
	CALL(readlink),
	CALL(rename),
	CALL(stat),
	CALL(time),
	CALL(unlink),
	CALL(vfork),
#endif
#ifdef SYS_clone3
	CALL(clone3),
#endif
#ifdef SYS_close_range
	CALL(close_range),
#endif
#ifdef SYS_openat2
	CALL(openat2),
#endif
#ifdef SYS_rseq
	CALL(rseq),
#endif
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

int call_number(const char *name)
{
	for (int i = 0; i < CALLS; i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	return -1;
}

const char *call_name(int number)
{
	for (int i = 0; i < CALLS; i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}
