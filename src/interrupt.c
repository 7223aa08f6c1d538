#include "interrupt.h"

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
 * be lost; before it, in waits that the handlers don't find, it is a tick. */
enum { REPEAT_NS = 5000000, TICK_NS = 50000000 };

/* glibc and others hide the union's member. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { STOP_SIGNALS = sizeof(stop_signals) / sizeof(stop_signals[0]), SLOTS = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the next three */
static int waits;					  /* threads between begin and end */
static bool is_chained[STOP_SIGNALS];
static struct sigaction programs[STOP_SIGNALS]; /* the handlers that ours stand for */

static int wake_signal;		   /* the real-time signal in use while waits > 0 */
static _Atomic int timers[SLOTS];  /* kernel timer ids plus 1 */
static _Atomic unsigned int stops; /* stop signals handled so far */

static void woken(int sig)
{
	(void)sig; /* it was sent to interrupt a system call, and has */
}

static int set_timer(int timer, int64_t first_ns, int64_t repeat_ns, int flags)
{
	struct itimerspec when = { .it_value = { first_ns / NS, first_ns % NS },
				   .it_interval = { repeat_ns / NS, repeat_ns % NS } };

	return syscall(SYS_timer_settime, timer, flags, &when, NULL) ? -errno : 0;
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

/* Stands before the program's handler for the time of a wait, because EINTR does not say which
 * signal came.  It keeps that handler's SA_RESTART, which other threads rely on; the wait is
 * interrupted by the timers' own signal.  system() in another thread may put it back when the wait
 * is long over, so it works at any time. */
static void chained(int sig, siginfo_t *info, void *context)
{
	interrupt_stop_all();
	for (int i = 0; i < STOP_SIGNALS; i++) {
		if (stop_signals[i] != sig)
			continue;
		if (programs[i].sa_flags & SA_SIGINFO)
			programs[i].sa_sigaction(sig, info, context);
		else
			programs[i].sa_handler(sig);
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

static void chain_handlers(void)
{
	for (int i = 0; i < STOP_SIGNALS; i++) {
		struct sigaction now;

		is_chained[i] = sigaction(stop_signals[i], NULL, &now) == 0 && has_handler(&now);
		if (!is_chained[i] || is_ours(&now))
			continue;
		programs[i] = now;
		now.sa_sigaction = chained;
		now.sa_flags |= SA_SIGINFO;
		sigaction(stop_signals[i], &now, NULL);
	}
}

/* What the program has set meanwhile stays. */
static void unchain_handlers(void)
{
	for (int i = 0; i < STOP_SIGNALS; i++) {
		struct sigaction now;

		if (is_chained[i] && sigaction(stop_signals[i], NULL, &now) == 0 && is_ours(&now))
			sigaction(stop_signals[i], &programs[i], NULL);
	}
}

/* The first real-time signal from above that nobody uses.  A system call must not be restarted
 * after it. */
static int take_wake_signal(bool blocked_too)
{
	struct sigaction before, ours = { .sa_handler = woken };
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

static void restore_all(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };

	unchain_handlers();
	sigaction(wake_signal, &standard, NULL);
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

static int enter(void)
{
	static bool registered;
	int rc = 0;

	pthread_mutex_lock(&mutex);
	if (!registered)
		registered = pthread_atfork(NULL, NULL, in_child) == 0;
	if (waits == 0) {
		/* One that is blocked may be what another thread waits for (sigwait(), signalfd).
		 */
		wake_signal = take_wake_signal(false);
		if (!wake_signal)
			wake_signal = take_wake_signal(true);
		if (wake_signal)
			chain_handlers();
		else
			rc = -EAGAIN;
	}
	if (!rc)
		waits++;
	pthread_mutex_unlock(&mutex);
	return rc;
}

static void leave(void)
{
	pthread_mutex_lock(&mutex);
	if (--waits == 0)
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

int interrupt_begin(struct interrupt *in)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	sigset_t wake;
	int rc;

	in->stops = stops;
	rc = enter();
	if (rc)
		return rc;
	event.sigev_signo = wake_signal;
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &in->timer)) {
		rc = -errno;
		leave();
		return rc;
	}
	in->slot = take_slot(in->timer);
	/* The calling thread's mask, on Linux; before glibc 2.32 pthread_sigmask() is in
	 * libpthread. */
	sigemptyset(&wake);
	sigaddset(&wake, wake_signal);
	sigprocmask(SIG_UNBLOCK, &wake, &in->mask);
	return 0;
}

static int set_deadline(const struct interrupt *in, int64_t deadline)
{
	if (in->slot < 0)
		return set_timer(in->timer, TICK_NS, TICK_NS, 0);
	if (deadline == DEADLINE_NEVER)
		return set_timer(in->timer, 0, 0, 0);
	return set_timer(in->timer, deadline > 0 ? deadline : 1, REPEAT_NS, TIMER_ABSTIME);
}

int interrupt_deadline(struct interrupt *in, int64_t deadline)
{
	int rc = set_deadline(in, deadline);

	/* A stop signal that came just before had set the timer, too. */
	return rc || !interrupt_stopped(in) ? rc : set_timer(in->timer, 1, REPEAT_NS, 0);
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
	/* Before Linux 6.13 a deleted timer's signal may stay pending, and would kill the program
	 * when the default action is back; but this thread has it unblocked, so that it is
	 * delivered before the system call returns. */
	syscall(SYS_timer_delete, in->timer);
	if (sigismember(&in->mask, wake_signal))
		sigprocmask(SIG_SETMASK, &in->mask, NULL);
	leave();
	errno = saved_errno;
}
