/* SPDX-License-Identifier: BSD-3-Clause */
/* kernel_without WHAT PROGRAM...: starts PROGRAM as on a kernel that gives less.
 *
 *   ofd    no OFD locks (Linux before 3.15, gVisor): EINVAL
 *   timer  no timers (ulimit -i 0, an emulator): EAGAIN */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAIL(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* The lower half of an argument, on machines that put it first. */
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))

static struct sock_filter without_ofd[] = {
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4),
	LOAD(args[1]),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, F_OFD_GETLK, 0, 2),
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, F_OFD_SETLKW, 1, 0),
	FAIL(EINVAL),
	ALLOW,
};

static struct sock_filter without_timer[] = {
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_timer_create, 0, 1),
	FAIL(EAGAIN),
	ALLOW,
};

static const struct sock_fprog ofd = { sizeof(without_ofd) / sizeof(without_ofd[0]), without_ofd };
static const struct sock_fprog timer = { sizeof(without_timer) / sizeof(without_timer[0]),
					 without_timer };

int main(int argc, char **argv)
{
	const struct sock_fprog *program;

	if (argc < 3)
		return 2;
	program = strcmp(argv[1], "ofd") ? &timer : &ofd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)) {
		perror("kernel_without");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
