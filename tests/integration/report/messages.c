/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the library's messages go, and what they look like. */
#include "counter.h"
#include "programs.h"
#include "support.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* Every line has to begin as all messages do; returns how many there are.  PID 0: anybody's. */
static int messages_in(const char *text, const char *program, pid_t pid)
{
	char begin[128];
	int n = 0;

	snprintf(begin, sizeof(begin), pid ? "lockedh5: %s[%d]: " : "lockedh5: %s[", program,
		 (int)pid);
	for (; *text; text = strchr(text, '\n') + 1, n++) {
		ck_assert_msg(!strncmp(text, begin, strlen(begin)), "no message: %s", text);
		ck_assert_msg(strchr(text, '\n'), "no whole line: %s", text);
	}
	return n;
}

START_TEST(nothing_is_said_without_need)
{
	struct outcome o;

	counter_file("data.h5");
	o = RUN(CLIENT("counter"), "data.h5", "3");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(o.out, "");
	ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(each_lock_is_told_if_wanted)
{
	struct process *p;
	struct outcome o;
	pid_t pid;

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	p = START(CLIENT("counter"), "data.h5", "3");
	pid = process_pid(p);
	o = finish(p);
	ck_assert_int_eq(o.status, 0);
	/* Three times locked, three times unlocked. */
	ck_assert_int_ge(messages_in(o.err, "counter", pid), 6);
	ck_assert_ptr_nonnull(strstr(o.err, "data.h5"));
}
END_TEST

START_TEST(each_wait_is_told_if_wanted)
{
	struct actor *holder;
	struct process *p;
	struct outcome o;

	counter_file("data.h5");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_VERBOSE", "2");
	p = START(CLIENT("counter"), "data.h5", "1");
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close f");
	o = finish(p);
	ck_assert_int_eq(o.status, 0);
	ck_assert_int_ge(messages_in(o.err, "counter", 0), 1);
	ck_assert_ptr_nonnull(strstr(o.err, "data.h5"));
	actor_end(holder);
}
END_TEST

START_TEST(a_file_that_stays_open_when_it_is_closed_is_told)
{
	struct actor *a;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_VERBOSE", "2");
	setting("LOCKEDH5_LOG", "log");
	a = actor_new();
	actor_ok(a, "open f data.h5 r");
	actor_ok(a, "dataset-open f data");
	actor_ok(a, "close f");
	locks_are("data.h5", 1, 0);
	ck_assert_int_eq(times_in_file("log", "stays locked after H5Fclose"), 1);
	actor_ok(a, "dataset-close f");
	actor_ok(a, "open f data.h5 r");
	actor_ok(a, "close f");
	ck_assert_int_eq(times_in_file("log", "stays locked"), 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* The next notice would come after ten seconds.  Whoever has read one wants to know how it ended.
 */
START_TEST(a_long_wait_is_told_once_and_its_end)
{
	struct actor *holder, *waiter;

	h5_file("data.h5", 1);
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_LOG", "log");
	waiter = actor_new();
	actor_tell(waiter, "open f data.h5 r");
	ck_assert_ptr_null(actor_answer_within(waiter, 3.5));
	actor_ok(holder, "close f");
	actor_answer_ok(waiter);
	ck_assert_int_eq(times_in_file("log", "has waited "), 1);
	ck_assert_int_eq(times_in_file("log", "got 'data.h5' (shared) after "), 1);
	ck_assert_int_eq(times_in_file("log", "\n"), 2);
	ck_assert_int_eq(actor_end(waiter), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

/* Many programs don't show HDF5's errors. */
START_TEST(each_refusal_is_told_if_wanted)
{
	struct actor *holder;
	struct outcome o;

	NEEDS("command -v h5ls", "needs the HDF5 tools");
	counter_file("data.h5");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_COUNT", "1");
	o = RUN("h5ls", "data.h5");
	ck_assert_int_ne(o.status, 0);
	ck_assert_ptr_null(strstr(o.err, "lockedh5"));
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN("h5ls", "data.h5");
	ck_assert_int_ne(o.status, 0);
	ck_assert_msg(strstr(o.err, "can't open 'data.h5' for reading: it is held by"), "%s",
		      o.err);
	actor_end(holder);
}
END_TEST

START_TEST(log_has_the_name_that_was_asked_for)
{
	struct utsname host;
	struct actor *actor;
	char name[256];
	char *text;

	counter_file("data.h5");
	uname(&host);
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "log-%p-%h-%%-%p");
	actor = actor_new();
	actor_ok(actor, "open f data.h5 rw");
	actor_ok(actor, "close f");
	snprintf(name, sizeof(name), "log-%d-%.60s-%%-%d", (int)actor_pid(actor), host.nodename,
		 (int)actor_pid(actor));
	text = file_text(name);
	ck_assert_int_ge(messages_in(text, "actor", actor_pid(actor)), 2);
	actor_end(actor);
}
END_TEST

START_TEST(many_programs_write_whole_lines_into_one_log)
{
	struct process *runs[8];

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "log");
	for (int i = 0; i < 8; i++)
		runs[i] = START(CLIENT("counter"), "data.h5", "50");
	for (int i = 0; i < 8; i++) {
		struct outcome o = finish(runs[i]);

		ck_assert_int_eq(o.status, 0);
		ck_assert_str_eq(o.err, "");
	}
	ck_assert_int_ge(messages_in(file_text("log"), "counter", 0), 8 * 50 * 2);
}
END_TEST

START_TEST(log_that_cannot_be_opened_is_said_once)
{
	struct outcome o;

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "no/such/folder/log");
	o = RUN(CLIENT("counter"), "data.h5", "5");
	ck_assert_int_eq(o.status, 0);
	/* The messages themselves are not lost. */
	ck_assert_int_ge(messages_in(o.err, "counter", 0), 1 + 5 * 2);
	ck_assert_int_eq(times_in(o.err, "LOCKEDH5_LOG"), 1);
	ck_assert_int_eq(counter_number("data.h5"), 5);
	setting("LOCKEDH5_LOG", "/dev/stdout");
	o = RUN(CLIENT("counter"), "data.h5", "show");
	ck_assert_msg(strstr(o.err, "it is a symbolic link"), "%s", o.err);
}
END_TEST

/* A log must not be one of the descriptors that a program finds open. */
START_TEST(log_leaves_no_descriptor_behind)
{
	struct outcome o;

	counter_file("data.h5");
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "log");
	o = RUN(PYTHON, "-c",
		"import h5py, os\n"
		"before = os.listdir('/proc/self/fd')\n"
		"h5py.File('data.h5', 'r').close()\n"
		"assert os.listdir('/proc/self/fd') == before\n");
	ck_assert_msg(o.status == 0, "%s", o.err);
}
END_TEST

/* Whoever has closed standard error gets its number for the next file: no message may end up there.
 */
START_TEST(no_message_is_written_into_a_data_file)
{
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN(PYTHON, "-c",
		"import h5py, os\n"
		"os.close(2)\n"
		"with h5py.File('data.h5', 'w') as file:\n"
		"    file['x'] = range(1000)\n"
		"h5py.File('data.h5', 'r').close()\n"
		"with h5py.File('data.h5', 'r+') as file:\n"
		"    assert list(file['x']) == list(range(1000))\n"
		"assert b'lockedh5: ' not in open('data.h5', 'rb').read()\n");
	ck_assert_int_eq(o.status, 0);
}
END_TEST

/* The same for a file of the program's own, which need not be close-on-exec. */
START_TEST(no_message_is_written_into_another_file)
{
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "no/such/folder");
	o = RUN(PYTHON, "-c",
		"import h5py, os\n"
		"os.close(2)\n"
		"assert os.open('mine.csv', os.O_WRONLY | os.O_CREAT) == 2\n"
		"os.set_inheritable(2, True)\n"
		"os.write(2, b'1,2,3')\n"
		"h5py.File('data.h5', 'w').close()\n");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(file_text("mine.csv"), "1,2,3");
}
END_TEST

START_TEST(a_redirected_standard_error_gets_the_messages)
{
	struct outcome o;

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("COUNTER", CLIENT("counter"));
	o = RUN("sh", "-c", "$COUNTER data.h5 3 2>messages");
	ck_assert_int_eq(o.status, 0);
	ck_assert_int_ge(messages_in(file_text("messages"), "counter", 0), 6);
}
END_TEST

/* What a message begins with is longer than its line may be. */
START_TEST(a_program_may_call_itself_anything)
{
	struct outcome o;

	NEEDS("command -v bash", "no bash");
	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("COUNTER", CLIENT("counter"));
	o = RUN("bash", "-c", "exec -a \"$(printf %09000d 0)\" $COUNTER data.h5 3");
	ck_assert_msg(o.status == 0, "%d: %s", o.status, o.err);
	ck_assert_ptr_nonnull(strstr(o.err, "lockedh5: 0000000000"));
	ck_assert_ptr_nonnull(strstr(o.err, "data.h5"));
}
END_TEST

/* U+009B, which begins an order as ESC [ does, in UTF-8 and as a byte. */
START_TEST(names_do_not_reach_the_terminal)
{
	struct outcome o;

	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN(CLIENT("counter"), "a\302\2332Jb\2332Jc\303\251.h5", "create");
	ck_assert_msg(o.status == 0, "%s", o.err);
	has(o.err, "a?2Jb?2Jc\303\251.h5");
}
END_TEST

/* Nor what the program itself writes to its standard output, or reads from its input. */
START_TEST(a_data_file_is_none_of_the_standard_descriptors)
{
	static const char *const scripts[] = { "$COUNTER data.h5 1 <&- >&- 2>&-",
					       "$COUNTER new.h5 create <&- >&- 2>&-" };
	struct outcome o;

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("LOCKEDH5_LOG", "log");
	setting("COUNTER", CLIENT("counter"));
	o = RUN("sh", "-c", scripts[_i]);
	ck_assert_int_eq(o.status, 0);
	o = RUN("cat", "log");
	has(o.out, ", descriptor ");
	ck_assert_int_gt(atoi(strstr(o.out, ", descriptor ") + strlen(", descriptor ")), 2);
}
END_TEST

/* Of a file without a name, too, which is made without O_CREAT. */
START_TEST(what_the_program_makes_has_the_mode_that_it_asked_for)
{
	static const char make[] =
		"import os\n"
		"for flags in os.O_TMPFILE | os.O_RDWR, os.O_CREAT | os.O_WRONLY:\n"
		"    name = '.' if flags & os.O_TMPFILE == os.O_TMPFILE else 'made'\n"
		"    print(oct(os.fstat(os.open(name, flags, 0o640)).st_mode))\n";
	static const char without_name[] =
		"python3 -c \"import os; os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)\"";

	NEEDS(without_name, "no Python, or no files without names here");
	outputs(RUN("python3", "-c", make), "0o100640\n0o100640\n");
}
END_TEST

/* Nor may a message end a program whose standard error nobody reads any more. */
START_TEST(a_broken_pipe_does_not_end_the_program)
{
	struct outcome o;

	counter_file("data.h5");
	setting("LOCKEDH5_VERBOSE", "3");
	setting("COUNTER", CLIENT("counter"));
	o = RUN("sh", "-c",
		"{ { sleep 1; $COUNTER data.h5 3; echo $? >status; } 2>&1 >&3 | true; } 3>&1; "
		"cat status");
	ck_assert_msg(strstr(o.out, "0\n"), "%s%s", o.out, o.err);
	ck_assert_int_eq(counter_number("data.h5"), 3);
}
END_TEST

int main(void)
{
	TCase *tests = group("messages");

	tcase_add_test(tests, nothing_is_said_without_need);
	tcase_add_test(tests, each_lock_is_told_if_wanted);
	tcase_add_test(tests, each_wait_is_told_if_wanted);
	tcase_add_test(tests, a_long_wait_is_told_once_and_its_end);
	tcase_add_test(tests, a_file_that_stays_open_when_it_is_closed_is_told);
	tcase_add_test(tests, each_refusal_is_told_if_wanted);
	tcase_add_test(tests, log_has_the_name_that_was_asked_for);
	tcase_add_test(tests, many_programs_write_whole_lines_into_one_log);
	tcase_add_test(tests, log_that_cannot_be_opened_is_said_once);
	tcase_add_test(tests, log_leaves_no_descriptor_behind);
	tcase_add_test(tests, no_message_is_written_into_a_data_file);
	tcase_add_test(tests, no_message_is_written_into_another_file);
	tcase_add_test(tests, a_redirected_standard_error_gets_the_messages);
	tcase_add_test(tests, a_program_may_call_itself_anything);
	tcase_add_test(tests, names_do_not_reach_the_terminal);
	tcase_add_loop_test(tests, a_data_file_is_none_of_the_standard_descriptors, 0, 2);
	tcase_add_test(tests, what_the_program_makes_has_the_mode_that_it_asked_for);
	tcase_add_test(tests, a_broken_pipe_does_not_end_the_program);
	return group_run();
}
