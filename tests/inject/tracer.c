/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a program and fails one of its system calls, or writes down which of them are the library's.
 *
 *   tracer --record FILE PROGRAM [ARG...]
 *   tracer --fail ROLE:CALL:N:ERRNO[:on] FILE PROGRAM [ARG...]
 *
 * The program gets $PRELOAD as its LD_PRELOAD.  It is not stopped at its calls before its first
 * SIGTRAP, which it doesn't get.
 *
 * Only what happens between the program's two marks counts: close(-4242) begins, close(-4243) ends.
 * A process that is started in between counts, too: ROLE 0 is the program, 1 its first child or
 * thread...; a process that was there before is left alone.  N counts from 1 the calls of that name
 * in that process.  If that one is not the library's, nothing fails: how many there are before it
 * may be a matter of time.  With ":on" all later ones fail, too.
 *
 * --record writes "ROLE CALL N OURS CHAIN" for each call; OURS is 1 if the first function outside
 * of libc that leads to it is the library's, and CHAIN are the library's functions from there on.
 * --fail writes "failed" and the call's first argument when it has done so.
 *
 * The exit status is the program's, or 128 + signal; 77 if programs can't be traced here. */
#include "calls.h"
#include "frames.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BEGIN = -4242, END = -4243, MOST_CALLS = 600, MOST_TRACED = 64, CANNOT = 77 };

struct traced {
	pid_t pid;
	int role;
	bool fresh; /* its first stop is the kernel's */
	bool counting, inside;
	int error;   /* what the call that it is in gets */
	long wanted; /* the end of the heap that it does not get */
	int count[MOST_CALLS];
};

static struct traced traced[MOST_TRACED];
static int roles;
static FILE *notes;
static bool recording;
static enum __ptrace_request go_on = PTRACE_CONT; /* later PTRACE_SYSCALL */
static struct {
	int role, call, n, error;
	bool on, begun;
} fault;

static void die(const char *what)
{
	perror(what);
	exit(99);
}

/* --- registers --------------------------------------------------------------- */

#if defined(__x86_64__)
static int call_of(pid_t pid, long *first)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return -1;
	*first = (long)regs.rdi;
	return (int)regs.orig_rax;
}

static void skip_call(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)offsetof(struct user_regs_struct, orig_rax),
	       (void *)-1L);
}

static void set_result(pid_t pid, long result)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)offsetof(struct user_regs_struct, rax),
	       (void *)result);
}

static void set_first(pid_t pid, long first)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)offsetof(struct user_regs_struct, rdi), (void *)first);
}
#elif defined(__aarch64__)
#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif
#define NT_PRSTATUS 1
static int call_of(pid_t pid, long *first)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all))
		return -1;
	*first = (long)regs.regs[0];
	return (int)regs.regs[8];
}

static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec one = { &none, sizeof(none) };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &one);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all))
		return;
	regs.regs[0] = (unsigned long)result;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &all);
}

/* The same register: after the call there is the result. */
static void set_first(pid_t pid, long first)
{
	if (first == 0)
		set_result(pid, first);
}
#else
static int call_of(pid_t pid, long *first)
{
	(void)pid, (void)first;
	fprintf(stderr, "tracer: the registers of this kind of processor are not known here\n");
	exit(CANNOT);
}

static void skip_call(pid_t pid)
{
	(void)pid;
}

static void set_result(pid_t pid, long result)
{
	(void)pid, (void)result;
}

static void set_first(pid_t pid, long first)
{
	(void)pid, (void)first;
}
#endif

/* --- calls ---------------------------------------------------------------------- */

static void record(const struct traced *t, int call, long first)
{
	const char *name = call_name(call);
	char chain[1024];
	bool ours = frames_ours(t->pid, chain, sizeof(chain));

	if (name)
		fprintf(notes, "%d %s %d %d %ld %s\n", t->role, name, t->count[call], ours, first,
			chain);
	else
		fprintf(notes, "%d number-%d %d %d %ld %s\n", t->role, call, t->count[call], ours,
			first, chain);
}

static bool is_to_fail(const struct traced *t, int call)
{
	char chain[1024];

	if (t->role != fault.role || call != fault.call || t->count[call] < fault.n)
		return false;
	if (t->count[call] > fault.n)
		return fault.on && fault.begun;
	fault.begun = frames_ours(t->pid, chain, sizeof(chain));
	return fault.begun;
}

/* The kernel has closed the descriptor, whatever close() says.  All else that fails has not been
 * done.  A brk() that fails gives no errno but says where the heap ends, as one that only asks. */
static void fail_call(struct traced *t, int call, long first)
{
	if (call == SYS_brk) {
		t->wanted = first;
		set_first(t->pid, 0);
	} else {
		t->error = fault.error;
		if (call != SYS_close)
			skip_call(t->pid);
	}
	fprintf(notes, "failed %ld\n", first);
	fflush(notes);
}

static void enters(struct traced *t)
{
	long first = 0;
	int call = call_of(t->pid, &first);

	t->error = 0;
	if (call == SYS_close && ((int)first == BEGIN || (int)first == END)) {
		t->counting = (int)first == BEGIN;
		return;
	}
	if (!t->counting || call < 0 || call >= MOST_CALLS)
		return;
	t->count[call]++;
	if (recording)
		record(t, call, first);
	else if (is_to_fail(t, call))
		fail_call(t, call, first);
}

static void leaves(struct traced *t)
{
	if (t->error)
		set_result(t->pid, -t->error);
	/* The C library compares it with what it has got. */
	if (t->wanted)
		set_first(t->pid, t->wanted);
	t->error = 0;
	t->wanted = 0;
}

/* --- processes ------------------------------------------------------------------- */

static struct traced *find(pid_t pid)
{
	for (int i = 0; i < MOST_TRACED; i++)
		if (traced[i].pid == pid)
			return &traced[i];
	return NULL;
}

static struct traced *add(pid_t pid)
{
	struct traced *t = find(0);

	if (!t) {
		fprintf(stderr, "tracer: too many processes\n");
		exit(99);
	}
	*t = (struct traced){ .pid = pid, .fresh = true };
	return t;
}

/* The child may have stopped before its parent says that there is one. */
static void is_born(const struct traced *parent)
{
	unsigned long pid = 0;
	struct traced *t;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid);
	t = find((pid_t)pid);
	if (!t)
		t = add((pid_t)pid);
	t->counting = parent->counting;
	t->role = t->counting ? ++roles : -1;
	if (!t->fresh)
		ptrace(t->counting ? PTRACE_SYSCALL : PTRACE_DETACH, t->pid, NULL, NULL);
	if (!t->fresh && !t->counting)
		t->pid = 0;
}

/* What the signal that has stopped it is to be when it goes on. */
static int stopped(struct traced *t, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		t->inside = !t->inside;
		if (t->inside)
			enters(t);
		else
			leaves(t);
		return 0;
	}
	if (sig == SIGTRAP && !(status >> 16) && go_on == PTRACE_CONT) {
		go_on = PTRACE_SYSCALL;
		return 0;
	}
	if (status >> 16) {
		if (status >> 16 != PTRACE_EVENT_EXEC)
			is_born(t);
		return 0;
	}
	return sig;
}

/* A new one stops once by itself.  Whether it counts is known when its parent has told. */
static bool first_stop(struct traced *t)
{
	if (!t->fresh)
		return false;
	t->fresh = false;
	if (!t->role)
		return true; /* its parent has not told yet, and makes it go on then */
	if (ptrace(t->counting ? PTRACE_SYSCALL : PTRACE_DETACH, t->pid, NULL, NULL))
		die("ptrace");
	if (!t->counting)
		t->pid = 0;
	return true;
}

static int trace(pid_t program)
{
	int status, result = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct traced *t = find(pid);

		if (WIFSTOPPED(status)) {
			int sig;

			if (!t)
				t = add(pid);
			if (first_stop(t))
				continue;
			sig = stopped(t, status);
			ptrace(go_on, pid, NULL, (void *)(long)sig);
			continue;
		}
		if (t)
			t->pid = 0;
		if (pid == program) {
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			break;
		}
	}
	return result;
}

static pid_t start(char *argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
			perror("tracer: can't trace");
			_exit(CANNOT);
		}
		raise(SIGSTOP);
		if (getenv("PRELOAD"))
			setenv("LD_PRELOAD", getenv("PRELOAD"), 1);
		execv(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		exit(CANNOT);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)))
		exit(CANNOT);
	add(pid)->fresh = false;
	ptrace(go_on, pid, NULL, NULL);
	return pid;
}

static void parse_fault(const char *text)
{
	char name[64], on[8] = "";

	if (sscanf(text, "%d:%63[^:]:%d:%d:%7s", &fault.role, name, &fault.n, &fault.error, on) <
	    4) {
		fprintf(stderr, "tracer: bad fault %s\n", text);
		exit(2);
	}
	fault.on = !strcmp(on, "on");
	fault.call = call_number(name);
	if (fault.call < 0) {
		fprintf(stderr, "tracer: %s is not in calls.c\n", name);
		exit(2);
	}
}

int main(int argc, char *argv[])
{
	int at = 2;

	recording = argc > 3 && !strcmp(argv[1], "--record");
	if (!recording && argc > 4 && !strcmp(argv[1], "--fail"))
		parse_fault(argv[at++]);
	else if (!recording) {
		fprintf(stderr, "usage: see tracer.c\n");
		return 2;
	}
	notes = fopen(argv[at], "we");
	if (!notes)
		die(argv[at]);
	at = trace(start(argv + at + 1));
	fclose(notes);
	return at;
}
