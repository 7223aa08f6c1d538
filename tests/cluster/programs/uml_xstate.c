/* SPDX-License-Identifier: BSD-3-Clause */
/* Preloaded into linux.uml: lets User-Mode Linux 6.1 run on processors whose floating point state
 * is larger than the 2696 bytes that it has room for (with Intel's AMX: 11008).  There the kernel
 * refuses PTRACE_SETREGSET of a part, and the guest ends before its first program.  What the guest
 * has no room for, AMX, is given its initial state: no program there has it. */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* The components up to PKRU; which of them are there is said by bits at this place. */
#define KNOWN 0x3ffull
enum { BITS = 512, MOST = 1 << 16 };

typedef long ptrace_function(enum __ptrace_request request, ...);

static char whole[MOST] __attribute__((aligned(64)));

/* The size of all of it, and the rest that the guest does not know.  No look at errno here: the
 * guest's interrupts are signals, which may change it in between. */
static size_t learn(ptrace_function *libc_ptrace, int pid, void *address)
{
	struct iovec all = { whole, sizeof(whole) };

	if (libc_ptrace(PTRACE_GETREGSET, pid, address, &all))
		return 0;
	memset(whole, 0, sizeof(whole));
	return all.iov_len;
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_function *libc_ptrace;
	static size_t size;
	struct iovec *part, all = { whole, 0 };
	va_list list;
	int pid;
	void *address, *data;

	va_start(list, request);
	pid = va_arg(list, int);
	address = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	if (!libc_ptrace)
		libc_ptrace = (ptrace_function *)dlsym(RTLD_NEXT, "ptrace");
	if (request != PTRACE_SETREGSET || (uintptr_t)address != NT_X86_XSTATE)
		return libc_ptrace(request, pid, address, data);
	if (!size && !(size = learn(libc_ptrace, pid, address)))
		return -1;
	part = data;
	if (part->iov_len >= size)
		return libc_ptrace(request, pid, address, data);
	memcpy(whole, part->iov_base, part->iov_len);
	*(uint64_t *)(whole + BITS) &= KNOWN;
	all.iov_len = size;
	return libc_ptrace(request, pid, address, &all);
}
