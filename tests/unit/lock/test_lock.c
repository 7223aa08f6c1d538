/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks and waits on a single descriptor, with a deadline and in turn. */
#include "lock/held.h"
#include "lock/interrupt.h"
#include "lock/line.h"
#include "lock/lock.h"
#include "lock/turnstile.h"
#include "lock/untaken.h"
#include "opening/wait.h"
#include "system/libc.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MS = 1000000 };

static const struct filesystem here = { .name = "here", .traits = FS_LINE };

static int open_file(int access)
{
	int fd = open("a", access | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	return fd;
}

struct one_wait {
	struct interrupt interrupt;
	int64_t deadline;
	int interruptions;
};

static int until_deadline(void *arg)
{
	struct one_wait *w = arg;

	w->interruptions++;
	if (interrupt_stopped(&w->interrupt))
		return -EINTR;
	return monotonic_ns() >= w->deadline ? -EAGAIN : 0;
}

static void look_at(void *arg, int64_t when)
{
	struct one_wait *w = arg;

	interrupt_deadline(&w->interrupt, when < w->deadline ? when : w->deadline);
}

/* Waits for at most NS; returns what line_wait() did. */
static int wait_for(int fd, bool exclusive, int64_t ns, struct one_wait *w)
{
	struct lock_waiter waiter = { until_deadline, look_at, w };
	int rc;

	*w = (struct one_wait){ .deadline = ns == DEADLINE_NEVER ? ns : monotonic_ns() + ns };
	ck_assert_int_eq(interrupt_begin(&w->interrupt), 0);
	interrupt_deadline(&w->interrupt, w->deadline);
	rc = line_wait(&here, fd, exclusive, true, &waiter);
	interrupt_end(&w->interrupt);
	return rc;
}

START_TEST(readers_share_and_writers_do_not)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);

	ck_assert_int_eq(lock_try(&here, a, false, true), 0);
	ck_assert_int_eq(lock_try(&here, b, false, true), 0);
	ck_assert_int_eq(lock_try(&here, b, true, true), -EAGAIN);
	locks_become("a", 1, 0);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
	int a = open_file(O_RDWR), b = open_file(O_RDONLY);
	double start = seconds_now();
	struct one_wait w;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(wait_for(b, false, 100 * MS, &w), -EAGAIN);
	ck_assert(seconds_now() - start >= 0.1);
	/* Nobody stands at the turnstile any more. */
	ck_assert_int_eq(flock(a, LOCK_UN), 0);
	ck_assert_int_eq(lock_try(&here, b, false, true), 0);
}
END_TEST

/* Somebody stands at the turnstile. */
static void stand_in_line(int fd)
{
	struct flock64 turnstile = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1LL << 62, .l_len = 1
	};

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &turnstile), 0);
}

/* One short visit. */
static int visit(int fd, bool exclusive)
{
	struct stat st;
	int rc;

	ck_assert_int_eq(fstat(fd, &st), 0);
	rc = lock_try_in_turn(&here, fd, &st, exclusive);
	if (rc == 0)
		ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	return rc;
}

static void *visit_to_write(void *fd)
{
	ck_assert_int_eq(visit(*(int *)fd, true), -EAGAIN);
	return NULL;
}

START_TEST(a_writer_s_turn_lasts_a_moment)
{
	int waiter, writer = open_file(O_RDWR), visits = 0;
	pthread_t thread;

	/* There are no turns where waits are short. */
	lock_waited(100 * (int64_t)MS);
	/* On a busy machine the turn can be over before the next visit. */
	for (int tries = 0; visits == 0 && tries < 1000; tries++) {
		waiter = open_file(O_RDWR);
		ck_assert_int_eq(visit(writer, true), 0);
		stand_in_line(waiter);
		while (visit(writer, true) == 0)
			visits++;
		close(waiter);
	}
	ck_assert_int_gt(visits, 0);
	/* A reader's does not, nor does another thread have it. */
	ck_assert_int_eq(visit(writer, true), 0);
	waiter = open_file(O_RDWR);
	stand_in_line(waiter);
	ck_assert_int_eq(visit(writer, false), -EAGAIN);
	ck_assert_int_eq(pthread_create(&thread, NULL, visit_to_write, &writer), 0);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_deadline_in_the_past_ends_it_at_once)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct one_wait w;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(wait_for(b, true, -MS, &w), -EAGAIN);
}
END_TEST

START_TEST(it_works_with_all_signals_blocked_and_leaves_them_so)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	sigset_t all, after, pending;
	struct sigaction before[SIGRTMAX + 1], action;
	struct one_wait w;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		sigaction(sig, NULL, &before[sig]);
	sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	sigprocmask(SIG_SETMASK, NULL, &all);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(wait_for(b, true, 50 * MS, &w), -EAGAIN);
	sigprocmask(SIG_SETMASK, NULL, &after);
	sigpending(&pending);
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		ck_assert_int_eq(sigismember(&all, sig), sigismember(&after, sig));
		ck_assert_int_eq(sigismember(&pending, sig) == 1, 0);
		if (sigaction(sig, NULL, &action) == 0)
			ck_assert(action.sa_handler == before[sig].sa_handler);
	}
}
END_TEST

static void note(int sig)
{
	(void)sig;
}

/* A child that sends SIG to its parent as soon as the parent is blocked on the file. */
static pid_t signaller(int sig)
{
	pid_t parent = getpid(), child = fork();

	if (child == 0) {
		locks_waiting("a", 1);
		kill(parent, sig);
		_exit(0);
	}
	return child;
}

static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

START_TEST(a_stop_signal_with_a_restarting_handler_ends_it)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct sigaction action, before;
	struct one_wait w;
	pid_t child;

	signal(stopping[_i], note); /* sets SA_RESTART */
	sigaction(stopping[_i], NULL, &before);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	child = signaller(stopping[_i]);
	ck_assert_int_eq(wait_for(b, true, DEADLINE_NEVER, &w), -EINTR);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	sigaction(stopping[_i], NULL, &action);
	ck_assert(action.sa_handler == note);
	ck_assert_int_eq(action.sa_flags, before.sa_flags);
}
END_TEST

static const int other[] = { SIGCHLD, SIGALRM, SIGPROF, SIGUSR1 };

START_TEST(other_signals_are_handled_and_it_goes_on)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct sigaction action = { .sa_handler = note };
	struct one_wait w;
	pid_t child;

	sigaction(other[_i], &action, NULL);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	child = signaller(other[_i]);
	ck_assert_int_eq(wait_for(b, true, 500 * MS, &w), -EAGAIN);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

static void *thread_waits(void *arg)
{
	struct one_wait w;

	return (void *)(intptr_t)wait_for(*(int *)arg, true, 100 * MS, &w);
}

START_TEST(two_threads_wait_at_once)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR), c = open_file(O_RDWR);
	pthread_t one, two;
	void *rc;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	pthread_create(&one, NULL, thread_waits, &b);
	pthread_create(&two, NULL, thread_waits, &c);
	pthread_join(one, &rc);
	ck_assert_int_eq((intptr_t)rc, -EAGAIN);
	pthread_join(two, &rc);
	ck_assert_int_eq((intptr_t)rc, -EAGAIN);
}
END_TEST

START_TEST(a_waiting_writer_stops_new_readers)
{
	int reader = open_file(O_RDONLY), late = open_file(O_RDONLY), status;
	pid_t writer;

	ck_assert_int_eq(lock_try(&here, reader, false, true), 0);
	writer = fork();
	if (writer == 0) {
		struct one_wait w;
		int fd = open_file(O_RDWR);

		close(reader);
		_exit(wait_for(fd, true, DEADLINE_NEVER, &w) ? 1 : 0);
	}
	locks_waiting("a", 1);
	ck_assert_int_eq(lock_try(&here, late, false, true), -EAGAIN);
	/* Without a turn to wait for, it would have got in. */
	ck_assert_int_eq(lock_try(&here, late, false, false), 0);
	flock(late, LOCK_UN);
	flock(reader, LOCK_UN);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(lock_try(&here, late, false, true), 0);
}
END_TEST

/* The signal of the deadline comes just before the system call that it is to end: then it comes
 * again. */
START_TEST(a_deadline_just_before_the_wait_ends_it)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct timespec moment = { .tv_nsec = 30 * MS };
	struct interrupt in;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(interrupt_begin(&in), 0);
	interrupt_deadline(&in, monotonic_ns() + 10 * MS);
	while (nanosleep(&moment, &moment))
		;
	ck_assert_int_eq(flock(b, LOCK_EX), -1);
	ck_assert_int_eq(errno, EINTR);
	interrupt_end(&in);
}
END_TEST

/* By a jump, for one: then it is the program's own system calls that it interrupts. */
START_TEST(a_wait_that_was_left_ends_no_more_calls)
{
	struct timespec moment = { .tv_nsec = 20 * MS };
	int ended = 0;
	struct interrupt in;

	ck_assert_int_eq(interrupt_begin(&in), 0);
	interrupt_deadline(&in, monotonic_ns());
	for (int i = 0; i < 50; i++)
		ended += nanosleep(&moment, NULL) != 0;
	ck_assert_int_lt(ended, 20);
	interrupt_end(&in);
}
END_TEST

/* As does that of a stop signal, which sets the timer before the deadline is set. */
START_TEST(a_stop_just_before_the_wait_ends_it)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct interrupt in;

	signal(SIGTERM, note);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(interrupt_begin(&in), 0);
	raise(SIGTERM);
	interrupt_deadline(&in, DEADLINE_NEVER);
	ck_assert_int_eq(flock(b, LOCK_EX), -1);
	ck_assert_int_eq(errno, EINTR);
	ck_assert(interrupt_stopped(&in));
	interrupt_end(&in);
}
END_TEST

/* A child that was forked in the middle of another thread's wait has none yet. */
static void *waits_a_moment(void *arg)
{
	struct one_wait w;

	return (void *)(intptr_t)wait_for(*(int *)arg, true, 500 * MS, &w);
}

static int hears_a_stop(void)
{
	struct sigaction after;
	struct interrupt in;
	bool stopped;

	if (interrupt_begin(&in))
		return 1;
	raise(SIGTERM);
	stopped = interrupt_stopped(&in);
	interrupt_end(&in);
	sigaction(SIGTERM, NULL, &after);
	return !stopped || after.sa_handler != note;
}

START_TEST(a_child_from_the_middle_of_a_wait_has_its_own)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR), status;
	pthread_t thread;
	pid_t child;

	signal(SIGTERM, note);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, waits_a_moment, &b), 0);
	locks_waiting("a", 1);
	child = fork();
	if (child == 0)
		_exit(hears_a_stop());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	pthread_join(thread, NULL);
}
END_TEST

/* What a handler is told, as without the wait. */
static _Atomic int told_by;

static void note_sender(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	told_by = context ? (int)info->si_pid : -1;
}

START_TEST(a_handler_is_told_what_it_would_have_been)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct sigaction action = { .sa_sigaction = note_sender, .sa_flags = SA_SIGINFO }, after;
	struct one_wait w;
	pid_t child;

	sigaction(SIGTERM, &action, NULL);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	child = signaller(SIGTERM);
	ck_assert_int_eq(wait_for(b, true, DEADLINE_NEVER, &w), -EINTR);
	ck_assert_int_eq(told_by, child);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	sigaction(SIGTERM, NULL, &after);
	ck_assert(after.sa_sigaction == note_sender && (after.sa_flags & SA_SIGINFO));
}
END_TEST

/* One that the program sets in the middle of a wait is its own, and stays. */
static int until_deadline_setting(void *arg)
{
	struct one_wait *w = arg;

	if (!w->interruptions)
		signal(SIGTERM, SIG_IGN);
	return until_deadline(arg);
}

START_TEST(what_the_program_sets_during_a_wait_stays)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct one_wait w = { .deadline = monotonic_ns() + 100 * MS };
	struct lock_waiter waiter = { until_deadline_setting, look_at, &w };
	struct sigaction after;

	signal(SIGTERM, note);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(interrupt_begin(&w.interrupt), 0);
	interrupt_deadline(&w.interrupt, monotonic_ns() + 20 * MS);
	ck_assert_int_eq(line_wait(&here, b, true, true, &waiter), -EAGAIN);
	interrupt_end(&w.interrupt);
	sigaction(SIGTERM, NULL, &after);
	ck_assert(after.sa_handler == SIG_IGN);
}
END_TEST

/* --- the wake signal is one that nobody uses ------------------------------------------------ */

static _Atomic int noted;

static void count(int sig)
{
	(void)sig;
	noted++;
}

/* Looks at the handlers while it waits. */
static int until_deadline_looking(void *arg)
{
	struct sigaction first, second;

	sigaction(SIGRTMAX - 1, NULL, &first);
	sigaction(SIGRTMAX - 2, NULL, &second);
	ck_assert(first.sa_handler == count || first.sa_handler == SIG_DFL);
	ck_assert(second.sa_handler != SIG_DFL);
	return until_deadline(arg);
}

static int wait_looking(int fd)
{
	struct one_wait w = { .deadline = monotonic_ns() + 100 * MS };
	struct lock_waiter waiter = { until_deadline_looking, look_at, &w };
	int rc;

	ck_assert_int_eq(interrupt_begin(&w.interrupt), 0);
	interrupt_deadline(&w.interrupt, w.deadline);
	rc = line_wait(&here, fd, true, true, &waiter);
	interrupt_end(&w.interrupt);
	return rc;
}

START_TEST(a_signal_that_has_a_handler_is_not_taken)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct sigaction action = { .sa_handler = count }, after;

	sigaction(SIGRTMAX - 1, &action, NULL);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(wait_looking(b), -EAGAIN);
	sigaction(SIGRTMAX - 1, NULL, &after);
	ck_assert(after.sa_handler == count);
	ck_assert_int_eq(noted, 0);
}
END_TEST

/* Another thread may wait for it, with sigwait(). */
START_TEST(a_signal_that_is_blocked_is_not_taken)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGRTMAX - 1);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &one, NULL), 0);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(wait_looking(b), -EAGAIN);
}
END_TEST

/* The program installs a handler for it in the middle of a wait. */
static int until_deadline_installing(void *arg)
{
	struct sigaction action = { .sa_handler = count };
	struct one_wait *w = arg;

	if (!w->interruptions)
		sigaction(SIGRTMAX - 1, &action, NULL);
	return until_deadline(arg);
}

START_TEST(a_handler_that_the_program_sets_meanwhile_stays)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR), before;
	struct one_wait w = { .deadline = monotonic_ns() + 300 * MS };
	struct lock_waiter waiter = { until_deadline_installing, look_at, &w };
	struct sigaction after;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(interrupt_begin(&w.interrupt), 0);
	interrupt_deadline(&w.interrupt, monotonic_ns() + 50 * MS);
	ck_assert_int_eq(line_wait(&here, b, true, false, &waiter), -EAGAIN);
	interrupt_deadline(&w.interrupt, monotonic_ns() + 50 * MS);
	before = noted;
	/* Another signal is in use now, and ends the next wait, too. */
	ck_assert_int_eq(line_wait(&here, b, true, false, &waiter), -EAGAIN);
	ck_assert_int_eq(noted, before);
	interrupt_end(&w.interrupt);
	sigaction(SIGRTMAX - 1, NULL, &after);
	ck_assert(after.sa_handler == count);
	sigaction(SIGRTMAX - 2, NULL, &after);
	ck_assert(after.sa_handler == SIG_DFL);
}
END_TEST

/* More threads wait than have a timer that others' signals find: these look by themselves. */
enum { CROWD = 70 };

static void *crowd_waits(void *arg)
{
	struct one_wait w;

	return (void *)(intptr_t)wait_for(*(int *)arg, true, DEADLINE_NEVER, &w);
}

START_TEST(a_signal_finds_every_one_of_many_threads)
{
	int a = open_file(O_RDWR), fds[CROWD];
	pthread_t threads[CROWD];
	void *rc;

	signal(SIGTERM, note);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = open_file(O_RDWR);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, crowd_waits, &fds[i]), 0);
		locks_waiting("a", i + 1);
	}
	raise(SIGTERM);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], &rc);
		ck_assert_int_eq((intptr_t)rc, -EINTR);
	}
}
END_TEST

/* --- who stands in the way ------------------------------------------------------------------- */

static void lock_whole_file(int fd, int command, int type)
{
	struct flock whole = { .l_type = (short)type, .l_whence = SEEK_SET };

	ck_assert_int_eq(fcntl(fd, command, &whole), 0);
}

/* The kernel tells one lock that is in the way, the oldest. */
START_TEST(a_waiter_behind_another_lock_is_seen)
{
	static const int commands[] = { F_SETLK, F_OFD_SETLK };
	int other = open_file(O_RDWR), reader = open_file(O_RDONLY), fd = open_file(O_RDWR);

	lock_whole_file(other, commands[_i], F_RDLCK);
	ck_assert(!turnstile_taken(&here, fd));
	ck_assert_int_eq(turnstile_try(&here, reader, PLACE_TURNSTILE, false), 0);
	ck_assert(turnstile_taken(&here, fd));
	ck_assert_int_eq(lock_try(&here, fd, true, true), -EAGAIN);
	turnstile_leave(reader, PLACE_TURNSTILE);
	ck_assert(!turnstile_taken(&here, fd));
	/* Nobody waits at the turnstile for what may last. */
	ck_assert_int_eq(turnstile_try(&here, fd, PLACE_TURNSTILE, true), -ENOTSUP);
	lock_whole_file(other, commands[_i], F_WRLCK);
	ck_assert(!turnstile_taken(&here, fd));
	ck_assert_int_eq(turnstile_try(&here, reader, PLACE_TURNSTILE, false), -ENOTSUP);
	ck_assert_int_eq(lock_try(&here, fd, true, true), 0);
}
END_TEST

/* A lock of one byte more is somebody else's. */
START_TEST(the_turnstile_is_one_byte)
{
	struct flock64 near = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1LL << 62, .l_len = 2
	};
	int other = open_file(O_RDWR), fd = open_file(O_RDWR);

	ck_assert_int_eq(fcntl(other, F_OFD_SETLK, &near), 0);
	ck_assert(!turnstile_taken(&here, fd));
	near.l_start--;
	ck_assert_int_eq(fcntl(other, F_OFD_SETLK, &near), 0);
	ck_assert(!turnstile_taken(&here, fd));
}
END_TEST

/* As is a POSIX lock of that very byte, which has a process. */
START_TEST(who_stands_at_the_turnstile_has_an_ofd_lock)
{
	struct flock64 byte = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1LL << 62, .l_len = 1
	};
	int fd = open_file(O_RDWR), status;
	pid_t child;

	ck_assert_int_eq(fcntl(fd, F_SETLK, &byte), 0);
	child = fork();
	if (child == 0) {
		int own = open_file(O_RDWR);

		_exit(turnstile_taken(&here, own) || lock_try(&here, own, true, true));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Who waits behind the turnstile looks now and then, by a signal, and keeps its place. */
START_TEST(a_look_is_no_end_of_the_line)
{
	int a = open_file(O_RDWR), first = open_file(O_RDWR), b = open_file(O_RDWR);
	pthread_t thread;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	stand_in_line(first);
	ck_assert_int_eq(pthread_create(&thread, NULL, waits_a_moment, &b), 0);
	locks_waiting("a", 1);
	usleep(200000);
	ck_assert_int_eq(locks_on("a").waiting, 0);
	pthread_join(thread, NULL);
}
END_TEST

/* A file that is free, and stays so, behind somebody who does not take it; not one that is held. */
START_TEST(what_nobody_takes_is_taken)
{
	int waiter = open_file(O_RDWR), holder = open_file(O_RDWR), fd = open_file(O_RDWR);
	double start;

	stand_in_line(waiter);
	ck_assert_int_eq(lock_try(&here, fd, true, true), -EAGAIN);
	start = seconds_now();
	ck_assert_int_eq(untaken_take(&here, fd, _i), 0);
	/* Who runs has time enough to take it. */
	ck_assert(seconds_now() - start > 0.01);
	locks_become("a", !_i, _i);
	flock(fd, LOCK_UN);
	ck_assert_int_eq(flock(holder, LOCK_SH | LOCK_NB), 0);
	ck_assert_int_eq(untaken_take(&here, fd, _i), -EAGAIN);
}
END_TEST

/* --- another thread -------------------------------------------------------------------------- */

static void *opening_waits(void *arg)
{
	return (void *)(intptr_t)wait_for_lock(arg, true);
}

/* HDF5 opened the file by itself in another thread, for writing: this one's lock would never come.
 */
START_TEST(a_wait_ends_when_another_thread_got_it)
{
	int a = open_file(O_RDWR);
	struct opening o = { .call.name = "a",
			     .exclusive = true,
			     .file = { .fd = open_file(O_RDWR), .fs = &here } };
	pthread_t thread;
	void *rc;

	ck_assert_int_eq(fstat(o.file.fd, &o.file.st), 0);
	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, opening_waits, &o), 0);
	locks_waiting("a", 1);
	ck_assert_int_eq(held_add(a, &o.file.st, &here, HELD_OPEN, HELD_EXCLUSIVE, NULL), 0);
	interrupt_all();
	pthread_join(thread, &rc);
	ck_assert_int_eq((intptr_t)rc, AFRESH);
}
END_TEST

/* The program uses the signal by now, and there is no timer for another one (ulimit -i). */
START_TEST(a_wait_that_gets_no_other_timer_keeps_its_own)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);
	struct one_wait w = { .deadline = monotonic_ns() + 50 * MS };
	struct lock_waiter waiter = { until_deadline, look_at, &w };
	struct sigaction action = { .sa_handler = count };
	struct rlimit none, as_it_was;
	struct interrupt before;

	ck_assert_int_eq(lock_try(&here, a, true, true), 0);
	ck_assert_int_eq(interrupt_begin(&w.interrupt), 0);
	before = w.interrupt;
	ck_assert_int_eq(sigaction(before.signal, &action, NULL), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_SIGPENDING, &as_it_was), 0);
	none = (struct rlimit){ 0, as_it_was.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &none), 0);
	interrupt_deadline(&w.interrupt, w.deadline);
	ck_assert_int_eq(w.interrupt.signal, before.signal);
	ck_assert_int_eq(w.interrupt.timer, before.timer);
	ck_assert_int_eq(line_wait(&here, b, true, false, &waiter), -EAGAIN);
	interrupt_end(&w.interrupt);
	/* Check (0.15) tells by a timer which clock there is, and would take the test's end from
	 * another one than its beginning. */
	ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &as_it_was), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("lock");

	tcase_add_test(tests, readers_share_and_writers_do_not);
	tcase_add_test(tests, a_wait_ends_at_its_deadline);
	tcase_add_test(tests, a_writer_s_turn_lasts_a_moment);
	tcase_add_test(tests, a_deadline_in_the_past_ends_it_at_once);
	tcase_add_test(tests, it_works_with_all_signals_blocked_and_leaves_them_so);
	tcase_add_loop_test(tests, a_stop_signal_with_a_restarting_handler_ends_it, 0, 4);
	tcase_add_loop_test(tests, other_signals_are_handled_and_it_goes_on, 0, 4);
	tcase_add_test(tests, a_deadline_just_before_the_wait_ends_it);
	tcase_add_test(tests, a_wait_that_was_left_ends_no_more_calls);
	tcase_add_test(tests, a_stop_just_before_the_wait_ends_it);
	tcase_add_test(tests, a_child_from_the_middle_of_a_wait_has_its_own);
	tcase_add_test(tests, a_handler_is_told_what_it_would_have_been);
	tcase_add_test(tests, what_the_program_sets_during_a_wait_stays);
	tcase_add_test(tests, two_threads_wait_at_once);
	tcase_add_test(tests, a_waiting_writer_stops_new_readers);
	tcase_add_test(tests, a_signal_that_has_a_handler_is_not_taken);
	tcase_add_test(tests, a_signal_that_is_blocked_is_not_taken);
	tcase_add_test(tests, a_handler_that_the_program_sets_meanwhile_stays);
	tcase_add_test(tests, a_signal_finds_every_one_of_many_threads);
	tcase_add_loop_test(tests, a_waiter_behind_another_lock_is_seen, 0, 2);
	tcase_add_test(tests, the_turnstile_is_one_byte);
	tcase_add_test(tests, who_stands_at_the_turnstile_has_an_ofd_lock);
	tcase_add_test(tests, a_look_is_no_end_of_the_line);
	tcase_add_loop_test(tests, what_nobody_takes_is_taken, 0, 2);
	tcase_add_test(tests, a_wait_ends_when_another_thread_got_it);
	tcase_add_test(tests, a_wait_that_gets_no_other_timer_keeps_its_own);
	return group_run();
}
