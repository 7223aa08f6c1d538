/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/interrupt.h"

#include "system/process.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The system calls themselves: in glibc before 2.34 the timer functions are in librt. */
#define NS 1000000000

/* After the deadline the signal is repeated, since one that comes just before the system call would
 * be lost; before it, in waits that the handlers don't find, it is a tick.  So many repeats reach
 * that call; if they don't, the wait was left by a jump, and what they interrupt is the program's.
 */
enum { REPEAT_NS = 5000000, TICK_NS = 50000000, MOST_REPEATS = 10 };

/* glibc and others hide the union's member. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { SLOTS = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards all but the last two */
static int waits;					  /* threads between begin and end */
static bool is_chained[_NSIG];
static struct sigaction programs[_NSIG]; /* the handlers that ours stand for */
static uintptr_t noted_from, noted_to;	 /* where the handlers are that are noted, too */

static int wake_signal;		   /* the real-time signal for new timers; 0: none */
static sigset_t taken;		   /* all that have been, while waits > 0 */
static _Atomic int timers[SLOTS];  /* kernel timer ids plus 1 */
static _Atomic unsigned int stops; /* stop signals handled so far */
static _Atomic unsigned int notes; /* signals handled so far whose handlers are noted */

static _Thread_local unsigned int repeats; /* since this thread last set its deadline */

static void set_timer(int timer, int64_t first_ns, int64_t repeat_ns, int flags)
{
	struct itimerspec when = { .it_value = { first_ns / NS, first_ns % NS },
				   .it_interval = { repeat_ns / NS, repeat_ns % NS } };

	syscall(SYS_timer_settime, timer, flags, &when, NULL);
}

/* It was sent to interrupt a system call, and has. */
static void woken(int sig, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	(void)sig, (void)context;
	if (info->si_code != SI_TIMER || repeats++ < MOST_REPEATS)
		return;
	for (int i = 0; i < SLOTS; i++)
		if (timers[i] == info->si_timerid + 1)
			set_timer(info->si_timerid, 0, 0, 0);
	errno = saved_errno;
}

void interrupt_all(void)
{
	int saved_errno = errno;

	for (int i = 0; i < SLOTS; i++)
		if (timers[i])
			set_timer(timers[i] - 1, 1, REPEAT_NS, 0);
	errno = saved_errno;
}

void interrupt_stop_all(void)
{
	atomic_fetch_add(&stops, 1);
	interrupt_all();
}

static bool is_stop(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

/* Not for signals that tell of a fault of the program's own: these handlers (faulthandler's) are
 * for the moment before it ends. */
static bool is_noted(int sig, const struct sigaction *action)
{
	uintptr_t handler = (uintptr_t)action->sa_handler;

	return sig != SIGSEGV && sig != SIGBUS && sig != SIGFPE && sig != SIGILL &&
	       sig != SIGABRT && sig != SIGTRAP && !(action->sa_flags & SA_SIGINFO) &&
	       handler >= noted_from && handler < noted_to;
}

/* Stands before the program's handler for the time of a wait, because EINTR does not say which
 * signal came.  It keeps that handler's SA_RESTART, which other threads rely on; the wait is
 * interrupted by the timers' own signal.  system() in another thread may put it back when the wait
 * is long over, so it works at any time. */
static void chained(int sig, siginfo_t *info, void *context)
{
	const struct sigaction *program = &programs[sig];

	if (is_stop(sig))
		interrupt_stop_all();
	if (program->sa_flags & SA_SIGINFO)
		program->sa_sigaction(sig, info, context);
	else
		program->sa_handler(sig);
	/* Afterwards, so that whoever is woken finds what the handler has done. */
	if (is_noted(sig, program)) {
		atomic_fetch_add(&notes, 1);
		interrupt_all();
	}
}

static bool has_handler(const struct sigaction *action)
{
	/* Whatever SA_SIGINFO says: the kernel, too, looks at nothing else. */
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static bool is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == chained;
}

/* Returns whether there was any that was not chained yet. */
static bool chain_handlers(void)
{
	bool any = false;

	for (int sig = 1; sig < _NSIG; sig++) {
		struct sigaction now;

		if (!is_stop(sig) && !noted_to)
			continue;
		is_chained[sig] = sigaction(sig, NULL, &now) == 0 && has_handler(&now) &&
				  (is_stop(sig) || is_ours(&now) || is_noted(sig, &now));
		if (!is_chained[sig] || is_ours(&now))
			continue;
		programs[sig] = now;
		now.sa_sigaction = chained;
		now.sa_flags |= SA_SIGINFO;
		sigaction(sig, &now, NULL);
		any = true;
	}
	return any;
}

/* What the program has set meanwhile stays. */
static void unchain_handlers(void)
{
	for (int sig = 1; sig < _NSIG; sig++) {
		struct sigaction now;

		if (is_chained[sig] && sigaction(sig, NULL, &now) == 0 && is_ours(&now))
			sigaction(sig, &programs[sig], NULL);
	}
}

/* Whether the handler of SIG is still ours: the program may set one at any time. */
static bool wakes(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_sigaction == woken;
}

/* The first real-time signal from above that nobody uses.  A system call must not be restarted
 * after it. */
static int find_signal(bool blocked_too)
{
	struct sigaction before, ours = { .sa_sigaction = woken, .sa_flags = SA_SIGINFO };
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigemptyset(&ours.sa_mask);
	for (int sig = SIGRTMAX - 1; sig >= SIGRTMIN; sig--) {
		if (sigaction(sig, NULL, &before) == 0 && before.sa_handler == SIG_DFL &&
		    (blocked_too || !sigismember(&mask, sig)) && sigaction(sig, &ours, NULL) == 0)
			return sig;
	}
	return 0;
}

/* Returns a signal, or 0 if there is none that is free. */
static int take_signal(void)
{
	if (wake_signal && wakes(wake_signal))
		return wake_signal;
	/* One that is blocked may be what another thread waits for (sigwait(), signalfd). */
	wake_signal = find_signal(false);
	if (!wake_signal)
		wake_signal = find_signal(true);
	if (wake_signal)
		sigaddset(&taken, wake_signal);
	return wake_signal;
}

/* What the program has set meanwhile stays. */
static void restore_all(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };

	unchain_handlers();
	for (int sig = SIGRTMIN; sig < SIGRTMAX; sig++)
		if (sigismember(&taken, sig) && wakes(sig))
			sigaction(sig, &standard, NULL);
	wake_signal = 0;
}

/* The child has none of the parent's waits. */
static void in_child(void)
{
	pthread_mutex_init(&mutex, NULL);
	memset(timers, 0, sizeof(timers));
	if (waits)
		restore_all();
	waits = 0;
}

static void enter(void)
{
	process_reset_in_child(in_child);
	pthread_mutex_lock(&mutex);
	if (waits++ == 0)
		sigemptyset(&taken);
	if (waits == 1 || noted_to)
		chain_handlers();
	pthread_mutex_unlock(&mutex);
}

static void leave(void)
{
	pthread_mutex_lock(&mutex);
	/* None in a child that a handler has forked in the middle of the wait. */
	if (waits > 0 && --waits == 0)
		restore_all();
	pthread_mutex_unlock(&mutex);
}

static int take_slot(int timer)
{
	for (int i = 0; i < SLOTS; i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&timers[i], &none, timer + 1))
			return i;
	}
	return -1;
}

/* Gives the calling thread a timer. */
static int create_timer(struct interrupt *in)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	sigset_t wake, before;

	pthread_mutex_lock(&mutex);
	in->signal = take_signal();
	pthread_mutex_unlock(&mutex);
	if (!in->signal)
		return -EAGAIN;
	event.sigev_signo = in->signal;
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	/* EAGAIN: ulimit -i; ENOSYS or EINVAL: an emulator. */
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &in->timer)) {
		in->timer = -1;
		return -errno;
	}
	/* The calling thread's mask, on Linux; before glibc 2.32 pthread_sigmask() is in
	 * libpthread. */
	sigemptyset(&wake);
	sigaddset(&wake, in->signal);
	sigprocmask(SIG_UNBLOCK, &wake, &before);
	in->blocked = sigismember(&before, in->signal);
	return 0;
}

static void delete_timer(struct interrupt *in)
{
	sigset_t wake;

	/* Before Linux 6.13 a deleted timer's signal may stay pending, and would kill the program
	 * when the default action is back; but this thread has it unblocked, so that it is
	 * delivered before the system call returns. */
	syscall(SYS_timer_delete, in->timer);
	in->timer = -1;
	sigemptyset(&wake);
	sigaddset(&wake, in->signal);
	if (in->blocked)
		sigprocmask(SIG_BLOCK, &wake, NULL);
}

int interrupt_begin(struct interrupt *in)
{
	int rc;

	*in = (struct interrupt){ .timer = -1, .slot = -1, .stops = stops, .notes = notes };
	enter();
	rc = create_timer(in);
	if (!rc)
		in->slot = take_slot(in->timer);
	return rc;
}

static void set_deadline(const struct interrupt *in, int64_t deadline)
{
	if (in->slot < 0)
		set_timer(in->timer, TICK_NS, TICK_NS, 0);
	else if (deadline == DEADLINE_NEVER)
		set_timer(in->timer, 0, 0, 0);
	else
		set_timer(in->timer, deadline > 0 ? deadline : 1, REPEAT_NS, TIMER_ABSTIME);
}

/* The program uses the signal for itself by now.  If it let system calls go on after its handler,
 * nothing comes here before the lock is free. */
static void change_signal(struct interrupt *in)
{
	struct interrupt old = *in;

	if (create_timer(in)) {
		*in = old;
		return;
	}
	if (in->slot >= 0)
		timers[in->slot] = in->timer + 1;
	delete_timer(&old);
}

void interrupt_deadline(struct interrupt *in, int64_t deadline)
{
	if (!wakes(in->signal))
		change_signal(in);
	repeats = 0;
	set_deadline(in, deadline);
	/* A signal that came just before had set the timer, too. */
	if (interrupt_stopped(in) || notes != in->notes)
		set_timer(in->timer, 1, REPEAT_NS, 0);
}

void interrupt_note_handlers(const void *from, const void *to)
{
	pthread_mutex_lock(&mutex);
	noted_from = (uintptr_t)from;
	noted_to = (uintptr_t)to;
	pthread_mutex_unlock(&mutex);
}

bool interrupt_noted(struct interrupt *in)
{
	unsigned int now = notes;
	bool noted = now != in->notes;

	in->notes = now;
	return noted;
}

bool interrupt_look_again(void)
{
	bool any;

	pthread_mutex_lock(&mutex);
	any = waits > 0 && chain_handlers();
	pthread_mutex_unlock(&mutex);
	return any;
}

bool interrupt_stopped(const struct interrupt *in)
{
	return stops != in->stops;
}

void interrupt_end(struct interrupt *in)
{
	int saved_errno = errno;

	if (in->slot >= 0)
		timers[in->slot] = 0;
	if (in->timer >= 0)
		delete_timer(in);
	leave();
	errno = saved_errno;
}
