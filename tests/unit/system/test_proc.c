/* SPDX-License-Identifier: BSD-3-Clause */
/* Small files that are read line by line, and processes. */
#include "system/proc.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFER = sizeof(((struct proc_lines *)NULL)->buffer) - 1 };

/* --- lines --------------------------------------------------------------------------------- */

static void line_is(struct proc_lines *lines, const char *expected)
{
	const char *line = proc_next(lines);

	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line, expected);
}

/* One that is longer than the buffer is cut, and its rest is no line. */
START_TEST(a_long_line_is_cut)
{
	static const int lengths[] = { BUFFER - 2, BUFFER - 1, BUFFER,	       BUFFER + 1,
				       BUFFER + 2, 2 * BUFFER, 2 * BUFFER + 1, 3 * BUFFER + 7 };
	int length = lengths[_i];
	char line[4 * BUFFER];
	struct proc_lines lines;
	FILE *file = fopen("a", "w");

	memset(line, 'x', (size_t)length);
	line[length] = 0;
	fprintf(file, "first\n%s\nthird\n", line);
	fclose(file);
	ck_assert_int_eq(proc_begin(&lines, "a"), 0);
	line_is(&lines, "first");
	line[length < BUFFER ? length : BUFFER] = 0;
	line_is(&lines, line);
	line_is(&lines, "third");
	ck_assert_ptr_null(proc_next(&lines));
	proc_end(&lines);
}
END_TEST

START_TEST(many_lines_are_all_told)
{
	struct proc_lines lines;
	FILE *file = fopen("a", "w");
	char expected[32];

	for (int i = 0; i < 5000; i++)
		fprintf(file, "line %d\n", i);
	fclose(file);
	ck_assert_int_eq(proc_begin(&lines, "a"), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(expected, sizeof(expected), "line %d", i);
		line_is(&lines, expected);
	}
	ck_assert_ptr_null(proc_next(&lines));
	proc_end(&lines);
	ck_assert_int_eq(proc_begin(&lines, "no such file"), -ENOENT);
}
END_TEST

static void note(int sig)
{
	(void)sig;
}

/* A child that writes into the pipe "p" when it has interrupted its parent's read for a while. */
static pid_t disturber(const char *text)
{
	struct timespec moment = { .tv_nsec = 5000000 };
	struct sigaction action = { .sa_handler = note }; /* without SA_RESTART */
	pid_t parent = getpid(), child;
	int fd;

	ck_assert_int_eq(mkfifo("p", 0666), 0);
	sigaction(SIGUSR1, &action, NULL);
	child = fork();
	if (child)
		return child;
	fd = open("p", O_WRONLY);
	for (int i = 0; i < 40; i++) {
		nanosleep(&moment, NULL);
		kill(parent, SIGUSR1);
	}
	_exit(write(fd, text, strlen(text)) < 0);
}

START_TEST(a_signal_is_no_end_of_a_file)
{
	pid_t child = disturber("one\ntwo\n");
	struct proc_lines lines;
	char text[64];

	if (_i) {
		ck_assert_int_eq((int)proc_read("p", text, sizeof(text)), 8);
		ck_assert_str_eq(text, "one\ntwo\n");
	} else {
		ck_assert_int_eq(proc_begin(&lines, "p"), 0);
		line_is(&lines, "one");
		line_is(&lines, "two");
		proc_end(&lines);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(what_fits_is_read)
{
	char text[8];

	file_write("a", "0123456789");
	ck_assert_int_eq((int)proc_read("a", text, sizeof(text)), 7);
	ck_assert_str_eq(text, "0123456");
	ck_assert_int_eq((int)proc_read("no such file", text, sizeof(text)), -ENOENT);
	ck_assert_int_eq((int)proc_read(".", text, sizeof(text)), -EISDIR);
	ck_assert_str_eq(text, "");
}
END_TEST

/* --- processes ------------------------------------------------------------------------------ */

/* A child of that name, which waits to be killed. */
static pid_t child_called(const char *name)
{
	int ready[2];
	pid_t child;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq((int)read(ready[0], &c, 1), 1);
	return child;
}

static const struct {
	const char *name, *command;
} names[] = {
	{ "plain", "plain" },	{ "a) Z 1 (b", "a) Z 1 (b" }, { "((", "((" },
	{ "a b  c", "a b  c" }, { ") S 1 2", ") S 1 2" },     { "\033[31m", "?[31m" },
};

START_TEST(a_process_may_have_any_name)
{
	pid_t child = child_called(names[_i].name);
	struct proc_facts facts;

	proc_facts(child, &facts);
	ck_assert_int_eq(facts.state, PROC_RUNS);
	ck_assert_str_eq(facts.command, names[_i].command);
	ck_assert_int_eq(facts.parent, getpid());
	ck_assert(!facts.stopped);
	ck_assert(!proc_has_ended(child));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_process_stops_and_ends)
{
	pid_t child = child_called("child");
	struct proc_facts facts;
	siginfo_t info;

	kill(child, SIGSTOP);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WSTOPPED), 0);
	proc_facts(child, &facts);
	ck_assert(facts.stopped);
	ck_assert(!proc_has_ended(child));
	kill(child, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	/* A zombie has let go of everything. */
	proc_facts(child, &facts);
	ck_assert_int_eq(facts.state, PROC_ENDED);
	ck_assert(proc_has_ended(child));
	waitpid(child, NULL, 0);
	proc_facts(child, &facts);
	ck_assert_int_eq(facts.state, PROC_ENDED);
	ck_assert_str_eq(facts.command, "");
	ck_assert(proc_has_ended(child));
}
END_TEST

/* Somebody else's process, which may not be signalled. */
START_TEST(another_users_process_has_not_ended)
{
	int status;
	pid_t child;

	NEEDS("[ $(id -u) = 0 ]", "only root can become somebody else");
	child = fork();
	if (child == 0) {
		struct proc_facts facts;

		if (setuid(65534))
			_exit(3);
		proc_facts(getppid(), &facts);
		_exit(proc_has_ended(getppid()) || facts.state == PROC_ENDED);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(ancestors_are_those_who_started_us)
{
	pid_t us = getpid(), sibling = child_called("sibling"), child = fork();
	int status;

	if (child == 0)
		_exit(!proc_is_ancestor(us) || proc_is_ancestor(sibling) ||
		      proc_is_ancestor(getpid()));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	kill(sibling, SIGKILL);
	waitpid(sibling, NULL, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("proc");

	tcase_add_loop_test(tests, a_long_line_is_cut, 0, 8);
	tcase_add_test(tests, many_lines_are_all_told);
	tcase_add_loop_test(tests, a_signal_is_no_end_of_a_file, 0, 2);
	tcase_add_test(tests, what_fits_is_read);
	tcase_add_loop_test(tests, a_process_may_have_any_name, 0,
			    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tests, a_process_stops_and_ends);
	tcase_add_test(tests, another_users_process_has_not_ended);
	tcase_add_test(tests, ancestors_are_those_who_started_us);
	return group_run();
}
