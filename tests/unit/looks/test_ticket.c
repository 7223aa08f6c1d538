/* SPDX-License-Identifier: BSD-3-Clause */
/* The ticket of a name: one process has it, and whoever waits hears that it is given back, whatever
 * becomes of its holder. */
#include "tickets.h"

#include "support.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 4 };

/* --- another process -------------------------------------------------------------------------- */

/* Another process that has the ticket by now, or RESULT is why not; it ends when TELL is closed. */
struct other {
	pid_t pid;
	int tell, result;
};

static struct other start_other(int (*body)(const struct ticket_name *),
				const struct ticket_name *name)
{
	struct other other;
	int to[2], from[2];

	ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
	other.pid = fork();
	if (other.pid == 0) {
		int result = body(name);
		char byte;

		close(to[1]);
		if (write(from[1], &result, sizeof(result)) != sizeof(result))
			_exit(1);
		_exit(read(to[0], &byte, 1) != 0);
	}
	close(to[0]);
	close(from[1]);
	ck_assert_int_eq(read(from[0], &other.result, sizeof(other.result)), sizeof(int));
	close(from[0]);
	other.tell = to[1];
	return other;
}

static void end_other(struct other *other, int sig)
{
	int status;

	if (sig)
		ck_assert_int_eq(kill(other->pid, sig), 0);
	close(other->tell);
	ck_assert_int_eq(waitpid(other->pid, &status, 0), other->pid);
	ck_assert_int_eq(status, sig);
}

/* --- who has it ---------------------------------------------------------------------------------
 */

START_TEST(it_is_had_until_it_is_given_back)
{
	struct ticket_name name = name_of("a"), none = name_of("b");
	int fd, watcher;

	ck_assert(!ticket_any());
	ck_assert_int_eq(ticket_watch(&name), -ECONNREFUSED);
	fd = take(&name);
	ck_assert(ticket_any());
	ck_assert(ticket_mine(&name));
	ck_assert(!ticket_mine(&none));
	watcher = watch(&name);
	ck_assert(!hung_up_within(watcher, 0));
	errno = EXDEV;
	ticket_give_back(AT_FDCWD, "b");
	ck_assert(ticket_mine(&name));
	ticket_give_back(AT_FDCWD, "a");
	ticket_give_back(AT_FDCWD, "a");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!ticket_any());
	ck_assert(!ticket_mine(&name));
	ck_assert(hung_up_within(watcher, 0));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(ticket_watch(&name), -ECONNREFUSED);
	close(watcher);
	ck_assert_int_eq(next_descriptor(), fd);
}
END_TEST

START_TEST(who_takes_it_again_has_it_once)
{
	struct ticket_name name = name_of("a");
	int next;

	take(&name);
	next = next_descriptor();
	ck_assert_int_eq(ticket_take(&name), 0);
	ck_assert_int_eq(next_descriptor(), next);
	ticket_give_back(AT_FDCWD, "a");
	ck_assert(!ticket_any());
}
END_TEST

static int takes(const struct ticket_name *name)
{
	return ticket_take(name);
}

START_TEST(another_process_has_it)
{
	struct ticket_name name = name_of("a"), free = name_of("b");
	struct other other = start_other(takes, &name), late;
	int next = next_descriptor();

	ck_assert_int_eq(other.result, 0);
	for (int i = 0; i < 2 * MOST; i++)
		ck_assert_int_eq(ticket_take(&name), -EADDRINUSE);
	ck_assert(!ticket_any());
	ck_assert_int_eq(next_descriptor(), next);
	take(&free);
	late = start_other(takes, &free);
	ck_assert_int_eq(late.result, -EADDRINUSE);
	end_other(&late, 0);
	end_other(&other, 0);
}
END_TEST

static const int ends[] = { 0, SIGKILL };

START_TEST(who_has_ended_has_it_no_more)
{
	struct ticket_name name = name_of("a");
	struct other other = start_other(takes, &name);
	int watchers[3];

	for (int i = 0; i < 3; i++) {
		watchers[i] = watch(&name);
		ck_assert(!hung_up_within(watchers[i], 0));
	}
	end_other(&other, ends[_i]);
	for (int i = 0; i < 3; i++)
		ck_assert(hung_up_within(watchers[i], PATIENCE * 1000));
	take(&name);
}
END_TEST

/* --- children of one who has it -----------------------------------------------------------------
 */

static int descriptor; /* the ticket's */

static int has_nothing(const struct ticket_name *name)
{
	return ticket_any() || ticket_mine(name) || fcntl(descriptor, F_GETFD) != -1;
}

START_TEST(a_forked_child_holds_nobody_up)
{
	struct ticket_name name = name_of("a");
	struct other child;
	int watcher;

	descriptor = take(&name);
	child = start_other(has_nothing, &name);
	ck_assert_int_eq(child.result, 0);
	ck_assert(ticket_mine(&name));
	watcher = watch(&name);
	ck_assert(!hung_up_within(watcher, 0));
	ticket_give_back(AT_FDCWD, "a");
	ck_assert(hung_up_within(watcher, 0));
	end_other(&child, 0);
}
END_TEST

static int takes_another(const struct ticket_name *name)
{
	struct ticket_name another = name_of("b");

	return ticket_take(name) != -EADDRINUSE || ticket_take(&another) || !ticket_mine(&another);
}

START_TEST(a_forked_child_has_tickets_of_its_own)
{
	struct ticket_name name = name_of("a"), another = name_of("b");
	struct other child;

	take(&name);
	child = start_other(takes_another, &name);
	ck_assert_int_eq(child.result, 0);
	ck_assert_int_eq(ticket_take(&another), -EADDRINUSE);
	end_other(&child, SIGKILL);
	ck_assert_int_eq(ticket_take(&another), 0);
}
END_TEST

static bool inherits_nothing(uint32_t parents, bool alone)
{
	(void)parents, (void)alone;
	return false;
}

static void nothing(void)
{
}

/* As soon as this process has had a lock. */
static void know_who_we_are(void)
{
	static const struct process_forks forks = { nothing, nothing, inherits_nothing };

	process_start(&forks);
	ck_assert_int_ne((int)process_generation(), 0);
}

START_TEST(a_vforked_child_gives_nothing_back)
{
	struct ticket_name name = name_of("a");
	int status, watcher;
	pid_t child;

	know_who_we_are();
	take(&name);
	watcher = watch(&name);
	ahead = 2;
	child = vfork();
	if (child == 0) {
		ticket_give_back_old();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(ticket_mine(&name));
	ticket_give_back_old();
	ck_assert(hung_up_within(watcher, 0));
}
END_TEST

/* By clone() or _Fork(), of which nobody is told.  It has its parent's memory, and descriptors. */
START_TEST(a_child_made_without_fork_closes_its_copies_at_its_first_call)
{
	struct ticket_name name = name_of("a");
	int watcher, status, go[2], done[2];
	char byte;
	pid_t child;

	know_who_we_are();
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(done, O_CLOEXEC), 0);
	descriptor = take(&name);
	watcher = watch(&name);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (child == 0) {
		bool its = ticket_mine(&name);

		ticket_give_back_old();
		if (write(done[1], "", 1) != 1 || close(go[1]) || read(go[0], &byte, 1))
			_exit(2);
		_exit(its || fcntl(descriptor, F_GETFD) != -1);
	}
	ck_assert_int_eq(read(done[0], &byte, 1), 1);
	ck_assert(ticket_mine(&name));
	ticket_give_back(AT_FDCWD, "a");
	ck_assert(hung_up_within(watcher, 0));
	close(go[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("ticket");

	tcase_add_test(tests, it_is_had_until_it_is_given_back);
	tcase_add_test(tests, who_takes_it_again_has_it_once);
	tcase_add_test(tests, another_process_has_it);
	tcase_add_loop_test(tests, who_has_ended_has_it_no_more, 0, 2);
	tcase_add_test(tests, a_forked_child_holds_nobody_up);
	tcase_add_test(tests, a_forked_child_has_tickets_of_its_own);
	tcase_add_test(tests, a_vforked_child_gives_nothing_back);
	tcase_add_test(tests, a_child_made_without_fork_closes_its_copies_at_its_first_call);
	return group_run();
}
