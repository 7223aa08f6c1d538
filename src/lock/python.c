/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/python.h"

#include "lock/interrupt.h"
#include "report/settings.h"
#include "system/process.h"
#include "system/python_api.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long the end of Python waits for them, in milliseconds. */
enum { MOST_MOMENTS = 5000 };

static const struct python_api *python; /* once there is one */

static _Atomic int given;	       /* threads that are without the lock because of us */
static _Atomic bool is_ending;	       /* Python is */
static _Atomic unsigned int forked_as; /* how many forks lie between this process and the first */

/* PyGILState_Check() won't do: it is always true once there has been a subinterpreter. */
static bool holds_lock(void)
{
	return python->this_thread() && python->this_thread() == python->current_thread();
}

/* --- what a handler raises ------------------------------------------------------------------- */

struct error {
	void *type, *value, *traceback;
};

static int raise_again(void *argument)
{
	struct error *e = argument;

	python->put_error(e->type, e->value, e->traceback);
	free(e);
	return -1;
}

/* Has Python raise the error that is set now when it executes its next instruction.  It can't stay
 * set: PyTables and most others go on, and call Python, as if there were none.  (h5py 3.7 and
 * PyTables 3.7 call functions in Python to make the error of a failed H5Fopen(), which are left by
 * this one instead.) */
static void raise_later(void)
{
	struct error *e = malloc(sizeof(*e)), now;

	python->take_error(&now.type, &now.value, &now.traceback);
	if (e)
		*e = now;
	/* It is raise_again()'s then, though cppcheck 2.10 does not see that. */
	if (e && python->add_pending(raise_again, e) == 0)
		return; /* cppcheck-suppress memleak */
	free(e);
	python->release(now.traceback);
	python->release(now.value);
	python->release(now.type);
}

/* --- Python's end ---------------------------------------------------------------------------- */

/* Called by Python when it ends, as long as other threads can still get the lock.  Later a thread
 * that wants it dies in PyEval_RestoreThread(), with h5py's own lock, and the main thread waits for
 * h5py's for ever (Python 3.11, h5py 3.7). */
static void *stop_waits(void *self, void *arguments)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };
	void *state;

	(void)self;
	(void)arguments;
	is_ending = true;
	interrupt_stop_all();
	state = python->save();
	for (int i = 0; given > 0 && i < MOST_MOMENTS; i++)
		nanosleep(&moment, NULL);
	python->restore(state);
	/* A Ctrl-C that came meanwhile; there may be no other instruction at which to notice it. */
	return python->run_handlers() ? NULL : python->build_value("");
}

/* Python's atexit.register(stop_waits).  May run code in Python, and so what is not its own error
 * is some signal handler's. */
static bool call_register(void)
{
	static const struct python_api_method method = { "lockedh5_stop_waits", stop_waits,
							 PYTHON_API_NO_ARGUMENTS, NULL };
	void *atexit = python->import_module("atexit");
	void *function = atexit ? python->new_function(&method, NULL, NULL) : NULL;
	void *result = function ? python->call_method(atexit, "register", "O", function) : NULL;

	python->release(result);
	python->release(function);
	python->release(atexit);
	return result != NULL;
}

/* Returns 0 once it is registered, -ENOENT if it can't be, or -EINTR after a signal handler. */
static int register_end(void)
{
	static bool registered; /* guarded by Python's lock, as is */
	static int tries_left = 3;
	struct error before;
	int rc = registered ? 0 : -ENOENT;

	if (registered || tries_left == 0)
		return rc;
	/* A destructor may have called HDF5 while Python is raising something. */
	python->take_error(&before.type, &before.value, &before.traceback);
	registered = call_register();
	if (!registered) {
		tries_left--;
		if (!python->error_is(*python->import_error)) {
			raise_later();
			rc = -EINTR;
		}
	}
	python->put_error(before.type, before.value, before.traceback);
	return registered ? 0 : rc;
}

/* --- signal handlers ------------------------------------------------------------------------- */

/* Whether no other thread has ever had Python's lock and could want it. */
static bool only_thread(void)
{
	int threads = 0;

	for (void *i = python->first_interpreter(); i; i = python->next_interpreter(i))
		for (void *t = python->first_thread(i); t; t = python->next_thread(t))
			threads++;
	return threads == 1;
}

/* With Python's lock.  Returns what python_handle_signals() does. */
static int run_handlers(void)
{
	unsigned int before_fork = forked_as;
	struct error before;
	int rc = 0;

	python->take_error(&before.type, &before.value, &before.traceback);
	if (python->run_handlers()) {
		raise_later();
		rc = -EINTR;
	}
	python->put_error(before.type, before.value, before.traceback);
	return before_fork == forked_as ? rc : -EINTR;
}

static int run_handlers_without_lock(void)
{
	int ensured = python->ensure();
	int rc = run_handlers();

	python->let_go(ensured);
	return rc;
}

int python_handle_signals(struct python *in)
{
	bool was_given = in->state;
	int rc;

	if (in->may_take && !is_ending)
		return run_handlers_without_lock();
	/* A handler gives the lock to other Python threads now and then; these could ask for HDF5's
	 * mutex, which this one has, and would not give it back. */
	if (!in->has_lock || (in->within && !only_thread()))
		return 0;
	python_take(in);
	rc = run_handlers();
	return rc || !was_given ? rc : python_give(in);
}

/* --- the lock -------------------------------------------------------------------------------- */

static void in_child(void)
{
	forked_as++;
	given = 0;
}

static bool is_main_thread(void)
{
	return syscall(SYS_gettid) == getpid();
}

/* netCDF4 gives the lock back before it calls its library, which has no locks of its own.  Of
 * others that do we don't know: they may hold one which somebody who has Python's lock waits for.
 */
static bool is_netcdf(const void *caller)
{
	Dl_info info;

	return caller && dladdr(caller, &info) && strstr(info.dli_fname, "/libnetcdf");
}

void python_begin(struct python *in, const void *caller, bool within)
{
	const struct python_api *found = python_api_find();

	*in = (struct python){ .within = within };
	if (!found || !found->is_initialized())
		return;
	python = found;
	process_reset_in_child(in_child);
	in->has_lock = holds_lock();
	in->may_take = !in->has_lock && !within && python->this_thread() && is_main_thread() &&
		       is_netcdf(caller);
	if (in->has_lock || in->may_take)
		interrupt_note_handlers(python->from, python->to);
}

int python_give(struct python *in)
{
	int rc;

	if (!in->has_lock || in->within || settings()->python == PYTHON_KEEP || is_ending)
		return 0;
	rc = register_end();
	if (rc)
		return rc == -EINTR ? rc : 0;
	given++;
	in->state = python->save();
	if (!in->state)
		given--;
	return 0;
}

void python_take(struct python *in)
{
	int saved_errno = errno;

	if (in->state) {
		python->restore(in->state);
		in->state = NULL;
		given--;
	}
	errno = saved_errno;
}
