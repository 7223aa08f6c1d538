/* SPDX-License-Identifier: BSD-3-Clause */
/* While Python waits for a file, its interpreter runs on.  The assertions about one Python process
 * are in clients/waiting.py and clients/handlers.py. */
#include "programs.h"
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct python_case {
	const char *name, *modules;
};

static const struct python_case waiting[] = {
	{ "other_threads_run", "h5py" },
	{ "other_threads_run_with_tables", "h5py, tables" },
	{ "other_threads_run_with_netcdf4", "h5py, netCDF4" },
	{ "garbage_is_collected", "h5py" },
	{ "h5py_threads_wait_for_h5py", "h5py" },
	{ "pytables_and_netcdf4_run_meanwhile", "h5py, tables, netCDF4" },
	{ "many_threads_wait", "h5py, tables" },
	{ "ctrl_c_in_the_waiting_thread", "h5py" },
	{ "ctrl_c_in_the_main_thread", "h5py" },
	{ "a_daemon_thread_does_not_keep_python_alive", "h5py, tables" },
	{ "children_of_other_threads", "h5py, tables" },
	{ "a_pool_waits", "h5py" },
};
static const struct python_case handlers[] = {
	{ "an_alarm_that_raises_ends_the_wait", "h5py" },
	{ "an_alarm_that_raises_ends_the_wait_with_tables", "h5py, tables" },
	{ "an_alarm_that_raises_ends_the_wait_with_netcdf4", "h5py, netCDF4" },
	{ "an_alarm_that_raises_ends_the_wait_behind_a_link", "h5py" },
	{ "a_handler_behind_a_link_does_not_let_other_threads_run", "h5py, tables" },
	{ "an_alarm_that_raises_ends_the_wait_for_another_thread", "h5py, tables" },
	{ "a_handler_that_exits_ends_the_program", "h5py" },
	{ "a_handler_that_returns_leaves_the_wait_alone", "h5py" },
	{ "a_timer_leaves_the_wait_alone", "h5py" },
	{ "a_handler_may_set_handlers", "h5py" },
	{ "a_handler_may_open_another_file", "h5py" },
	{ "a_handler_may_wait_for_another_file", "h5py" },
	{ "handlers_that_wait_in_handlers_have_an_end", "h5py" },
	{ "a_handler_can_not_open_the_file_that_is_waited_for", "h5py" },
	{ "a_handler_may_fork", "h5py" },
	{ "a_child_that_a_handler_leaves_behind_does_not_wait", "h5py" },
	{ "handlers_of_the_main_thread_leave_other_threads_waits_alone", "h5py" },
	{ "ctrl_c_while_the_end_is_registered", "h5py" },
	{ "ctrl_c_while_python_ends", "h5py, tables" },
};
enum {
	WAITING = sizeof(waiting) / sizeof(waiting[0]),
	HANDLERS = sizeof(handlers) / sizeof(handlers[0])
};

static void run_case(const char *script, const char *name)
{
	struct outcome o =
		RUN("timeout", "-k", "5", "100", PYTHON, "-X", "faulthandler", script, name);

	ck_assert_msg(o.status == 0, "%s: status %d: %.2000s", name, o.status, o.err);
}

static void run_released(const char *script, const struct python_case *c)
{
	char command[256];

	snprintf(command, sizeof(command), HAS_PYTHON_MODULE("%s"), c->modules);
	NEEDS(command, "no Python with that module");
	setting("LOCKEDH5_COUNT", "inf");
	run_case(script, c->name);
}

START_TEST(released)
{
	run_released(SCRIPT("waiting.py"), &waiting[_i]);
}
END_TEST

START_TEST(a_signal_just_before_the_wait_is_heard)
{
	static const struct python_case heard = { "a_signal_just_before_the_wait_is_heard",
						  "h5py" };

	NEEDS("strace -o /dev/null true", "no strace, or it may not trace");
	run_released(SCRIPT("handlers.py"), &heard);
}
END_TEST

START_TEST(signals_are_handled)
{
	run_released(SCRIPT("handlers.py"), &handlers[_i]);
}
END_TEST

START_TEST(kept)
{
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "2");
	setting("LOCKEDH5_PYTHON", "keep");
	run_case(SCRIPT("waiting.py"), "other_threads_do_not_run");
}
END_TEST

START_TEST(signals_are_handled_with_the_lock_kept)
{
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_COUNT", "inf");
	setting("LOCKEDH5_PYTHON", "keep");
	run_case(SCRIPT("handlers.py"), "an_alarm_that_raises_ends_the_wait");
}
END_TEST

START_TEST(a_bad_value_is_an_error)
{
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	setting("LOCKEDH5_PYTHON", "perhaps");
	o = RUN(PYTHON, "-c", "import h5py; h5py.File('new.h5', 'w')");
	ck_assert_int_eq(o.status, 1);
	ck_assert_msg(strstr(o.err, "LOCKEDH5_PYTHON") && strstr(o.err, "perhaps"), "%.2000s",
		      o.err);
	ck_assert(!file_exists("new.h5"));
}
END_TEST

/* --- from outside ----------------------------------------------------------------- */

static struct actor *holder;

static struct process *waits(const char *code)
{
	struct process *p;

	h5_file("data.h5", 1);
	holder = actor_new();
	actor_ok(holder, "open a data.h5 rw");
	setting("LOCKEDH5_COUNT", "inf");
	p = START(PYTHON, "-c", code);
	locks_waiting("data.h5", 1);
	return p;
}

/* Ctrl-C gives an OSError, a KeyboardInterrupt or both, depending on where Python looks first. */
START_TEST(python_is_interrupted)
{
	static const struct {
		const char *needs, *open;
	} ways[] = {
		{ HAS_PYTHON_MODULE("h5py"), "import h5py; h5py.File('data.h5', 'r')" },
		{ HAS_PYTHON_MODULE("tables"), "import tables; tables.open_file('data.h5', 'r')" },
		{ HAS_PYTHON_MODULE("netCDF4"), "import netCDF4; netCDF4.Dataset('data.h5', 'r')" },
	};
	char code[1024];
	struct process *p;
	struct outcome o;

	NEEDS(ways[_i].needs, "no Python with that module");
	snprintf(code, sizeof(code),
		 "try:\n"
		 "    try:\n"
		 "        %s\n"
		 "    except Exception as problem:\n"
		 "        print('stopped', type(problem).__name__, problem)\n"
		 "    for i in range(1000): pass\n"
		 "except KeyboardInterrupt:\n"
		 "    print('stopped KeyboardInterrupt')\n"
		 "print('lived on')\n",
		 ways[_i].open);
	p = waits(code);
	kill(process_pid(p), SIGINT);
	o = finish(p);
	ck_assert_msg(o.status == 0, "status %d: %.2000s", o.status, o.err);
	ck_assert_msg(strstr(o.out, "stopped ") && strstr(o.out, "lived on\n"), "%s", o.out);
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
}
END_TEST

START_TEST(python_is_terminated)
{
	struct process *p;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	p = waits("import h5py; h5py.File('data.h5', 'r')");
	kill(process_pid(p), SIGTERM);
	ck_assert_int_eq(finish(p).status, 128 + SIGTERM);
	ck_assert_int_eq(waiters_on("data.h5"), 0);
	locks_are("data.h5", 0, 1);
}
END_TEST

/* Their handlers run during the wait, which goes on. */
START_TEST(python_timers_run_out)
{
	struct process *p;
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	p = waits("import h5py, signal, time\n"
		  "ran = []\n"
		  "signal.signal(signal.SIGALRM, lambda *_: ran.append(1))\n"
		  "signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)\n"
		  "file = h5py.File('data.h5', 'r')\n"
		  "assert list(file['data'][:3]) == [1, 2, 3]\n"
		  "assert ran\n"
		  "n = len(ran)\n"
		  "while len(ran) < n + 2:\n"
		  "    time.sleep(0.1)\n"
		  "signal.setitimer(signal.ITIMER_REAL, 0)\n");
	usleep(1000000);
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close a");
	o = finish(p);
	ck_assert_msg(o.status == 0, "status %d: %.2000s", o.status, o.err);
}
END_TEST

int main(void)
{
	TCase *tests = group("interpreter");

	tcase_add_loop_test(tests, released, 0, WAITING);
	tcase_add_test(tests, a_signal_just_before_the_wait_is_heard);
	tcase_add_loop_test(tests, signals_are_handled, 0, HANDLERS);
	tcase_add_test(tests, kept);
	tcase_add_test(tests, signals_are_handled_with_the_lock_kept);
	tcase_add_test(tests, a_bad_value_is_an_error);
	tcase_add_loop_test(tests, python_is_interrupted, 0, 3);
	tcase_add_test(tests, python_is_terminated);
	tcase_add_test(tests, python_timers_run_out);
	return group_run();
}
