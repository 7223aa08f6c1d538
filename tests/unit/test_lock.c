/* Locks and waits on a single descriptor, with a deadline and in turn. */
#include "interrupt.h"
#include "libc.h"
#include "lock.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MS = 1000000 };

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

/* Waits for at most NS; returns what lock_wait() did. */
static int wait_for(int fd, bool exclusive, int64_t ns, struct one_wait *w)
{
	int rc;

	*w = (struct one_wait){ .deadline = ns == DEADLINE_NEVER ? ns : monotonic_ns() + ns };
	ck_assert_int_eq(interrupt_begin(&w->interrupt), 0);
	ck_assert_int_eq(interrupt_deadline(&w->interrupt, w->deadline), 0);
	rc = lock_wait(fd, exclusive, true, until_deadline, w);
	interrupt_end(&w->interrupt);
	return rc;
}

START_TEST(readers_share_and_writers_do_not)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);

	ck_assert_int_eq(lock_try(a, false, true), 0);
	ck_assert_int_eq(lock_try(b, false, true), 0);
	ck_assert_int_eq(lock_try(b, true, true), -EAGAIN);
	locks_become("a", 1, 0);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
	int a = open_file(O_RDWR), b = open_file(O_RDONLY);
	double start = seconds_now();
	struct one_wait w;

	ck_assert_int_eq(lock_try(a, true, true), 0);
	ck_assert_int_eq(wait_for(b, false, 100 * MS, &w), -EAGAIN);
	ck_assert(seconds_now() - start >= 0.1);
	/* Nobody stands at the turnstile any more. */
	ck_assert_int_eq(flock(a, LOCK_UN), 0);
	ck_assert_int_eq(lock_try(b, false, true), 0);
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
	rc = lock_try_in_turn(fd, &st, exclusive);
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

	ck_assert_int_eq(lock_try(a, true, true), 0);
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
	ck_assert_int_eq(lock_try(a, true, true), 0);
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
	ck_assert_int_eq(lock_try(a, true, true), 0);
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
	ck_assert_int_eq(lock_try(a, true, true), 0);
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

	ck_assert_int_eq(lock_try(a, true, true), 0);
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

	ck_assert_int_eq(lock_try(reader, false, true), 0);
	writer = fork();
	if (writer == 0) {
		struct one_wait w;
		int fd = open_file(O_RDWR);

		close(reader);
		_exit(wait_for(fd, true, DEADLINE_NEVER, &w) ? 1 : 0);
	}
	locks_waiting("a", 1);
	ck_assert_int_eq(lock_try(late, false, true), -EAGAIN);
	/* Without a turn to wait for, it would have got in. */
	ck_assert_int_eq(lock_try(late, false, false), 0);
	flock(late, LOCK_UN);
	flock(reader, LOCK_UN);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(lock_try(late, false, true), 0);
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
	tcase_add_test(tests, two_threads_wait_at_once);
	tcase_add_test(tests, a_waiting_writer_stops_new_readers);
	return group_run();
}
