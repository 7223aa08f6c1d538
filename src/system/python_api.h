/* SPDX-License-Identifier: BSD-3-Clause */
/* Python's C API, as far as we need it, looked up by name: nothing of Python is linked or needed.
 */
#ifndef PYTHON_API_H
#define PYTHON_API_H

/* Python's PyMethodDef, the same since Python 2. */
struct python_api_method {
	const char *name;
	void *(*function)(void *self, void *arguments);
	int flags;
	const char *doc;
};
#define PYTHON_API_NO_ARGUMENTS 0x0004

/* The functions under names of our own; any object, thread state or interpreter is a void pointer.
 * All but these need the interpreter lock: restore, is_initialized, this_thread, current_thread,
 * ensure. */
struct python_api {
	void *(*save)(void);
	void (*restore)(void *state);
	int (*is_initialized)(void);
	void *(*this_thread)(void);
	void *(*current_thread)(void);
	int (*ensure)(void);
	void (*let_go)(int ensured);
	void *(*first_interpreter)(void);
	void *(*next_interpreter)(void *interpreter);
	void *(*first_thread)(void *interpreter);
	void *(*next_thread)(void *thread);
	void *(*import_module)(const char *name);
	void *(*call_method)(void *object, const char *name, const char *format, ...);
	void *(*new_function)(const struct python_api_method *method, void *self, void *module);
	void *(*build_value)(const char *format, ...);
	void (*release)(void *object);
	int (*run_handlers)(void);
	void (*take_error)(void **type, void **value, void **traceback);
	void (*put_error)(void *type, void *value, void *traceback);
	int (*error_is)(void *type);
	void **import_error; /* where Python keeps that class */
	int (*add_pending)(int (*function)(void *), void *argument);
	/* What is in the object that Python's own code is in: [from, to). */
	const char *from, *to;
};

/* This process's Python, or NULL if there is none.  Any thread; not in a signal handler. */
const struct python_api *python_api_find(void);

#endif
