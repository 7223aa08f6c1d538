/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/ending.h"

#include "system/python_api.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

static _Atomic bool is_ending;

static void note(void)
{
	is_ending = true;
}

bool ending(void)
{
	return is_ending;
}

void ending_begin_anew(void)
{
	is_ending = false;
}

/* --- Python ---------------------------------------------------------------------------------- */

/* h5py's and PyTables' files are closed while Python is finalized, before exit() runs anything: by
 * callbacks of Python's module atexit, or when the modules are taken down. */

static void *python_ends(void *self, void *arguments)
{
	(void)self;
	(void)arguments;
	note();
	return python_api_find()->build_value("");
}

static _Atomic bool asked;

/* Python's atexit.register(python_ends): the last one registered is called first. */
static int register_end(void *argument)
{
	static const struct python_api_method method = { "lockedh5_end", python_ends,
							 PYTHON_API_NO_ARGUMENTS, NULL };
	const struct python_api *python = argument;
	void *atexit, *function, *result = NULL;

	atexit = python->import_module("atexit");
	function = python->new_function(&method, NULL, NULL);
	if (atexit && function)
		result = python->call_method(atexit, "register", "O", function);
	if (!result) {
		python->put_error(NULL, NULL, NULL);
		asked = false;
	}
	python->release(result);
	python->release(function);
	python->release(atexit);
	return 0;
}

/* Within a fork() Python may not be used, for it has locks of its own in hand (3.13); but it can be
 * asked for a call at its next moment, which comes before its end. */
static void watch_python(void)
{
	const struct python_api *python = asked ? NULL : python_api_find();

	if (python && python->is_initialized())
		asked = python->add_pending(register_end, (void *)python) == 0;
}

/* --- libc ------------------------------------------------------------------------------------ */

void ending_watch(void)
{
	static atomic_flag registered = ATOMIC_FLAG_INIT;

	/* HDF5's own function for exit(), which closes all files, is called after this one. */
	if (!atomic_flag_test_and_set(&registered))
		atexit(note);
	watch_python();
}
