#include "interpreter.h"

#include "caller.h"
#include "interrupt.h"
#include "settings.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* How long the end of Python waits for them, in milliseconds. */
enum { MOST_MOMENTS = 5000 };

/* Python's PyMethodDef, the same since Python 2. */
struct python_method {
	const char *name;
	void *(*function)(void *self, void *arguments);
	int flags;
	const char *doc;
};
#define METH_NOARGS 0x0004

/* What we need of Python's C API, by its own names; any object is a void pointer. */
static struct python {
	void *(*save)(void);
	void (*restore)(void *state);
	int (*is_initialized)(void);
	void *(*this_thread)(void);
	void *(*current_thread)(void);
	void *(*import_module)(const char *name);
	void *(*call_method)(void *object, const char *name, const char *format, ...);
	void *(*new_function)(const struct python_method *method, void *self, void *module);
	void *(*build_value)(const char *format, ...);
	void (*release)(void *object);
	void (*clear_error)(void);
} python;

#define ENTRY(symbol, member)                           \
	{                                               \
		symbol, offsetof(struct python, member) \
	}
static const struct {
	const char *symbol;
	size_t offset;
} table[] = {
	ENTRY("PyEval_SaveThread", save),
	ENTRY("PyEval_RestoreThread", restore),
	ENTRY("Py_IsInitialized", is_initialized),
	ENTRY("PyGILState_GetThisThreadState", this_thread),
	ENTRY("PyThreadState_GetUnchecked", current_thread),
	ENTRY("PyImport_ImportModule", import_module),
	ENTRY("PyObject_CallMethod", call_method),
	ENTRY("PyCFunction_NewEx", new_function),
	ENTRY("Py_BuildValue", build_value),
	ENTRY("Py_DecRef", release),
	ENTRY("PyErr_Clear", clear_error),
};

/* Fills PYTHON, if there is one.  Looking for what is not there takes long: a program without
 * Python looks once, and again only when something was loaded. */
static bool find_python(void)
{
	static _Atomic unsigned long long looked_at;
	static _Atomic bool found;
	unsigned long long generation = caller_generation();

	if (found || looked_at == generation)
		return found;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		void *address = dlsym(RTLD_DEFAULT, table[i].symbol);

		/* Its name before Python 3.13. */
		if (!address && table[i].offset == offsetof(struct python, current_thread))
			address = dlsym(RTLD_DEFAULT, "_PyThreadState_UncheckedGet");
		if (!address) {
			looked_at = generation;
			return false;
		}
		memcpy((char *)&python + table[i].offset, &address, sizeof(address));
	}
	found = true;
	return true;
}

/* Whether this thread holds the lock.  PyGILState_Check() won't do: it is always true once there
 * has been a subinterpreter. */
static bool holds_lock(void)
{
	return python.is_initialized() && python.this_thread() &&
	       python.this_thread() == python.current_thread();
}

static _Atomic int given;      /* threads that are without the lock because of us */
static _Atomic bool is_ending; /* Python is */

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
	state = python.save();
	for (int i = 0; given > 0 && i < MOST_MOMENTS; i++)
		nanosleep(&moment, NULL);
	python.restore(state);
	return python.build_value("");
}

/* Python's atexit.register(stop_waits), once. */
static bool register_end(void)
{
	static const struct python_method method = { "lockedh5_stop_waits", stop_waits, METH_NOARGS,
						     NULL };
	static bool registered; /* guarded by Python's lock */
	void *atexit, *function, *result = NULL;

	if (registered)
		return true;
	atexit = python.import_module("atexit");
	function = python.new_function(&method, NULL, NULL);
	if (atexit && function)
		result = python.call_method(atexit, "register", "O", function);
	registered = result != NULL;
	python.release(result);
	python.release(function);
	python.release(atexit);
	if (!registered)
		python.clear_error();
	return registered;
}

void *interpreter_give(void)
{
	void *state;

	if (settings()->python == PYTHON_KEEP || is_ending || !find_python() || !holds_lock() ||
	    !register_end())
		return NULL;
	given++;
	state = python.save();
	if (!state)
		given--;
	return state;
}

void interpreter_take(void *state)
{
	int saved_errno = errno;

	if (state) {
		python.restore(state);
		given--;
	}
	errno = saved_errno;
}
