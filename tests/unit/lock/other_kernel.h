/* SPDX-License-Identifier: BSD-3-Clause */
/* A kernel that answers otherwise, from some moment of a test on.  False: it can't be had here. */
#ifndef OTHER_KERNEL_H
#define OTHER_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#ifdef SYS_fcntl64
enum { FCNTL = SYS_fcntl64 };
#else
enum { FCNTL = SYS_fcntl };
#endif

static inline bool is_filtered(struct sock_filter *filter, unsigned short length)
{
	struct sock_fprog program = { length, filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* From now on the system call CALL is answered with WHAT. */
static inline bool kernel_answers(unsigned int call, unsigned int what)
{
	struct sock_filter filter[] = { LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
					ANSWER(what), ANSWER(SECCOMP_RET_ALLOW) };

	return is_filtered(filter, sizeof(filter) / sizeof(filter[0]));
}

/* As Linux before 3.15 and gVisor. */
static inline bool kernel_without_ofd_locks(void)
{
	struct sock_filter filter[] = { LOAD(nr),
					BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FCNTL, 0, 4),
					LOAD(args[1]),
					BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, F_OFD_GETLK, 0, 2),
					BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, F_OFD_SETLKW, 1, 0),
					ANSWER(SECCOMP_RET_ERRNO | EINVAL),
					ANSWER(SECCOMP_RET_ALLOW) };

	return is_filtered(filter, sizeof(filter) / sizeof(filter[0]));
}

#endif
