/* SPDX-License-Identifier: BSD-3-Clause */
/* The timeline of programs that run under LOCKEDH5_TRACE. */
#include "counter.h"
#include "text.h"
#include "timeline.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct actor *holder, *waiter;

/* From now on what is done with data.h5 is traced. */
static void tracing_data(void)
{
	tracing();
	counter_file("data.h5");
}

/* The holder has it open as "f", in this mode. */
static void one_holds(const char *mode)
{
	tracing_data();
	holder = actor_new();
	actor_ok(holder, "open f data.h5 %s", mode);
}

/* It has it open for writing, and the waiter, which was told this command, waits for it. */
static void one_waits(const char *command)
{
	one_holds("rw");
	waiter = actor_new();
	actor_tell(waiter, "%s", command);
	locks_waiting("data.h5", 1);
}

START_TEST(nothing_is_written_without_the_setting)
{
	struct outcome o;

	tracing_data();
	setting("LOCKEDH5_TRACE", NULL);
	o = RUN(CLIENT("counter"), "data.h5", "3");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(RUN("ls", "-A", "traces").out, "");
}
END_TEST

START_TEST(programs_in_contention_have_a_row_each_and_exclude_each_other)
{
	struct process *runs[6];

	NEEDS_PYTHON;
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	tracing_data();
	for (int i = 0; i < 6; i++)
		runs[i] = i < 4 ? START(CLIENT("counter"), "data.h5", "25")
				: START(PYTHON, SCRIPT("counter_h5py.py"), "data.h5", "25");
	for (int i = 0; i < 6; i++) {
		struct outcome o = finish(runs[i]);

		ck_assert_msg(o.status == 0, "%s", o.err);
		ck_assert_str_eq(o.err, "");
	}
	timeline("len(names) == 6 and rows('counter') == 4 and rows('python3') == 2", 0);
	timeline("len(holds) == 150 and all(s.kind == 'exclusive' for s in holds)", 0);
	timeline("all(s.result == 'released' for s in holds)", 0);
	timeline("waits and all(s.result == 'got it' for s in waits)", 0);
	/* In each row a wait is followed by the hold that it was for. */
	timeline("all(w.end <= h.begin for pid in names"
		 " for w, h in zip(of(pid), of(pid)[1:]) if w.kind == 'waiting')",
		 0);
}
END_TEST

START_TEST(a_wait_ends_no_earlier_than_the_hold_that_it_waits_for)
{
	NEEDS_PYTHON;
	one_waits("open f data.h5 r");
	actor_ok(holder, "close f");
	actor_answer_ok(waiter);
	actor_ok(waiter, "close f");
	timeline("seen(p) == ['data.h5 exclusive: released']", actor_pid(holder));
	timeline("seen(p) == ['data.h5 waiting: got it', 'data.h5 shared: released']",
		 actor_pid(waiter));
	timeline("of(p)[0].begin < holds[0].end <= of(p)[0].end <= of(p)[1].begin"
		 " if holds[0].pid != p else holds[1].end <= of(p)[0].end <= of(p)[1].begin",
		 actor_pid(waiter));
	actor_end(holder);
	actor_end(waiter);
}
END_TEST

START_TEST(readers_share)
{
	struct actor *one, *two;

	NEEDS_PYTHON;
	tracing_data();
	one = actor_new();
	two = actor_new();
	actor_ok(one, "open f data.h5 r");
	actor_ok(two, "open f data.h5 r");
	actor_ok(one, "close f");
	actor_ok(two, "close f");
	timeline("not waits and [s.kind for s in holds] == ['shared', 'shared']"
		 " and max(s.begin for s in holds) < min(s.end for s in holds)",
		 0);
	actor_end(one);
	actor_end(two);
}
END_TEST

START_TEST(who_gave_up_is_in_it)
{
	NEEDS_PYTHON;
	one_holds("r");
	setting("LOCKEDH5_COUNT", "3");
	setting("LOCKEDH5_WAIT", "0.1");
	waiter = actor_new();
	gave_up(actor_ask(waiter, "open f data.h5 rw"), "data.h5");
	timeline("seen(p) == ['data.h5 waiting: gave up']", actor_pid(waiter));
	timeline("of(p)[0].mode == 'exclusive' and of(p)[0].end - of(p)[0].begin >= 150000",
		 actor_pid(waiter));
	actor_end(waiter);
	actor_end(holder);
}
END_TEST

START_TEST(who_was_interrupted_is_in_it)
{
	static const char script[] = "import signal, h5py\n"
				     "signal.signal(signal.SIGTERM, lambda *_: None)\n"
				     "try:\n"
				     "    h5py.File('data.h5', 'r')\n"
				     "except OSError:\n"
				     "    pass\n";
	struct process *reader;
	struct outcome o;
	pid_t pid;

	NEEDS_PYTHON;
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	one_holds("rw");
	reader = START(PYTHON, "-c", script);
	pid = process_pid(reader);
	locks_waiting("data.h5", 1);
	kill(pid, SIGTERM);
	o = finish(reader);
	ck_assert_msg(o.status == 0, "%s", o.err);
	timeline("seen(p) == ['data.h5 waiting: interrupted']", pid);
	actor_end(holder);
}
END_TEST

START_TEST(threads_of_a_process_are_one_row)
{
	NEEDS_HDF5_WITH("threads");
	NEEDS_PYTHON;
	one_waits("threads data.h5 r r");
	actor_ok(holder, "close f");
	actor_answer_ok(waiter);
	actor_ok(waiter, "close 1");
	actor_ok(waiter, "close 2");
	/* HDF5 closes the second one's descriptor at once. */
	timeline("len(names) == 2 and {s.result for s in of(p, 'shared')} == {'released'}",
		 actor_pid(waiter));
	timeline("of(p, 'waiting') and all(s.thread != p for s in of(p, 'waiting'))",
		 actor_pid(waiter));
	actor_end(holder);
	actor_end(waiter);
}
END_TEST

/* --- holds that change or end in another way ------------------------------ */

static void becomes_shared(const char *locking)
{
	struct actor *writer, *reader;

	setting("HDF5_USE_FILE_LOCKING", locking);
	writer = actor_new();
	reader = actor_new();
	actor_ok(writer, "libver latest"); /* or HDF5 2.2 does not start SWMR */
	actor_ok(writer, "open s swmr.h5 rw");
	actor_ok(writer, "dataset-open s data");
	actor_tell(reader, "open s swmr.h5 r swmr");
	locks_waiting("swmr.h5", 1);
	actor_ok(writer, "startswmr s");
	actor_answer_ok(reader);
	actor_ok(reader, "close s");
	actor_ok(writer, "dataset-close s");
	actor_ok(writer, "close s");
	timeline("seen(p) == ['swmr.h5 exclusive: changed to shared', 'swmr.h5 shared: released']"
		 " and of(p)[0].end <= of(p)[1].begin",
		 actor_pid(writer));
	timeline("of(p, 'shared')[0].begin < max(s.end for s in holds if s.pid != p)",
		 actor_pid(reader));
	actor_end(reader);
	actor_end(writer);
}

START_TEST(a_swmr_writers_hold_becomes_shared)
{
	NEEDS_HDF5_WITH("swmr");
	NEEDS_PYTHON;
	h5_file_for_swmr("swmr.h5", 100);
	tracing();
	becomes_shared(_i ? "FALSE" : NULL);
}
END_TEST

START_TEST(a_killed_holder_holds_until_the_next_one_has_it)
{
	pid_t killed;

	NEEDS_PYTHON;
	one_waits("open f data.h5 rw");
	killed = actor_pid(holder);
	actor_kill(holder, SIGKILL);
	actor_answer_ok(waiter);
	actor_ok(waiter, "close f");
	timeline("[s.result for s in of(p)] == [NO_END]", killed);
	timeline("of(p)[0].end == [s for s in holds if s.pid != p][0].begin", killed);
	actor_end(waiter);
	actor_end(holder);
}
END_TEST

START_TEST(a_killed_holder_without_a_successor_holds_until_the_last_event)
{
	struct actor *other;
	pid_t killed;

	NEEDS_PYTHON;
	tracing_data();
	counter_file("other.h5");
	holder = actor_new();
	other = actor_new();
	killed = actor_pid(holder);
	actor_ok(holder, "open f data.h5 r");
	actor_kill(holder, SIGKILL);
	actor_end(holder);
	/* Another reader is no successor. */
	actor_ok(other, "open f data.h5 r");
	actor_ok(other, "open g other.h5 rw");
	actor_ok(other, "close f");
	actor_ok(other, "close g");
	timeline("[s.result for s in of(p)] == [NO_END] and of(p)[0].end == max(ends)", killed);
	actor_end(other);
}
END_TEST

START_TEST(a_descriptor_closed_behind_our_back_is_lost_not_doubled)
{
	NEEDS_PYTHON;
	one_holds("rw");
	counter_file("other.h5");
	if (strncmp(actor_ask(holder, "close-range f"), "ok", 2)) {
		printf("SKIP a_descriptor_closed_behind_our_back_is_lost_not_doubled: "
		       "no close_range()\n");
		return;
	}
	actor_ok(holder, "open g other.h5 rw");
	actor_ok(holder, "close g");
	timeline("seen(p) == ['data.h5 exclusive: ' + NO_END, 'other.h5 exclusive: released']"
		 " and of(p)[0].end == of(p)[1].begin and len(lanes) == 1",
		 actor_pid(holder));
	actor_end(holder);
}
END_TEST

START_TEST(forked_children_have_rows_of_their_own)
{
	int child;

	NEEDS_PYTHON;
	one_holds("rw");
	counter_file("other.h5");
	child = atoi(actor_ok(holder, "fork live"));
	actor_ok(holder, "child open g other.h5 rw");
	actor_ok(holder, "child close g");
	/* These close the holder's descriptor, or leave with it open. */
	actor_ok(holder, "fork close-all");
	actor_ok(holder, "fork exit");
	actor_ok(holder, "vfork close-all");
	actor_ok(holder, "close f");
	timeline("len(names) == 2 and seen(p) == ['other.h5 exclusive: released']", child);
	timeline("seen(p) == ['data.h5 exclusive: released'] and of(p)[0].end == max(ends)",
		 actor_pid(holder));
	actor_ok(holder, "child-end");
	actor_end(holder);
}
END_TEST

START_TEST(files_open_at_the_same_time_are_below_each_other)
{
	NEEDS_PYTHON;
	one_holds("rw");
	counter_file("other.h5");
	actor_ok(holder, "open g other.h5 r");
	actor_ok(holder, "close f");
	actor_ok(holder, "open f data.h5 r");
	actor_ok(holder, "close g");
	actor_ok(holder, "close f");
	timeline("len(lanes) == 2 and len(names) == 1 and"
		 " [s.lane == of(p)[0].lane for s in of(p)] == [True, False, True]",
		 actor_pid(holder));
	actor_end(holder);
}
END_TEST

START_TEST(names_that_are_no_text_are_shown)
{
	static const char script[] =
		"import h5py\n"
		"for name in [b'a\"b.h5', b'a\\\\b.h5', b'a\\nb\\t\\x01.h5', b'\\xff\\xc3.h5',\n"
		"             b'caf\\xc3\\xa9.h5', b'a b.h5']:\n"
		"    h5py.File(name, 'w').close()\n";
	struct outcome o;

	NEEDS_PYTHON;
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	tracing_data();
	o = RUN(PYTHON, "-c", script);
	ck_assert_msg(o.status == 0, "%s", o.err);
	timeline("{s.file.rpartition('/')[2] for s in holds} == {'a\"b.h5', 'a\\\\b.h5',"
		 " 'a\\nb\\t\\x01.h5', '\\\\xFF\\\\xC3.h5', 'caf\\u00e9.h5', 'a b.h5'}",
		 0);
}
END_TEST

/* Somebody else could have put it there: nobody reads from it, and the program has the lock. */
START_TEST(a_pipe_in_the_folder_stops_nobody)
{
	struct outcome o;

	counter_file("data.h5");
	setting("COUNTER", CLIENT("counter"));
	setting("LOCKEDH5_TRACE", "traces");
	o = RUN("timeout", "30", "sh", "-c",
		"mkdir traces && mkfifo traces/$(uname -n)-$$.trace && exec $COUNTER data.h5 3");
	ck_assert_msg(o.status == 0, "%d: %s", o.status, o.err);
	has(o.err, "LOCKEDH5_TRACE");
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_said_once)
{
	static const char *const folders[] = { "no/such/folder", "data.h5" };
	struct outcome o;

	tracing_data();
	setting("LOCKEDH5_TRACE", folders[_i]);
	o = RUN(CLIENT("counter"), "data.h5", "5");
	ck_assert_int_eq(o.status, 0);
	ck_assert_int_eq(times_in(o.err, "LOCKEDH5_TRACE"), 1);
	ck_assert_int_eq(counter_number("data.h5"), 5);
}
END_TEST

int main(void)
{
	TCase *tests = group("trace");

	tcase_add_test(tests, nothing_is_written_without_the_setting);
	tcase_add_test(tests, programs_in_contention_have_a_row_each_and_exclude_each_other);
	tcase_add_test(tests, a_wait_ends_no_earlier_than_the_hold_that_it_waits_for);
	tcase_add_test(tests, readers_share);
	tcase_add_test(tests, who_gave_up_is_in_it);
	tcase_add_test(tests, who_was_interrupted_is_in_it);
	tcase_add_test(tests, threads_of_a_process_are_one_row);
	tcase_add_loop_test(tests, a_swmr_writers_hold_becomes_shared, 0, 2);
	tcase_add_test(tests, a_killed_holder_holds_until_the_next_one_has_it);
	tcase_add_test(tests, a_killed_holder_without_a_successor_holds_until_the_last_event);
	tcase_add_test(tests, a_descriptor_closed_behind_our_back_is_lost_not_doubled);
	tcase_add_test(tests, forked_children_have_rows_of_their_own);
	tcase_add_test(tests, files_open_at_the_same_time_are_below_each_other);
	tcase_add_test(tests, names_that_are_no_text_are_shown);
	tcase_add_test(tests, a_pipe_in_the_folder_stops_nobody);
	tcase_add_test(tests, a_pipe_in_the_folder_stops_nobody);
	tcase_add_loop_test(tests, a_folder_that_cannot_be_written_is_said_once, 0, 2);
	return group_run();
}
