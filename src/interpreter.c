#include "interpreter.h"

#include "caller.h"
#include "settings.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

/* Whether this thread holds the lock.  PyGILState_Check() alone won't do: it is always true once
 * there has been a subinterpreter. */
static int holds_lock(void)
{
	void *(*this_thread)(void) =
		(void *(*)(void))dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState");
	void *(*current)(void) = (void *(*)(void))dlsym(RTLD_DEFAULT, "PyThreadState_GetUnchecked");
	int (*initialized)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "Py_IsInitialized");

	/* Its name before Python 3.13. */
	if (!current)
		current = (void *(*)(void))dlsym(RTLD_DEFAULT, "_PyThreadState_UncheckedGet");
	return initialized && initialized() && this_thread && current && this_thread() &&
	       this_thread() == current();
}

/* Looking for what is not there takes long; a program without Python looks once, and again only
 * when something was loaded. */
static void *find_save(void)
{
	static _Atomic unsigned long long looked_at;
	unsigned long long generation = caller_generation();
	void *save;

	if (looked_at == generation)
		return NULL;
	save = dlsym(RTLD_DEFAULT, "PyEval_SaveThread");
	if (!save)
		looked_at = generation;
	return save;
}

void *interpreter_give(void)
{
	void *(*save)(void) = (void *(*)(void))find_save();

	if (!save || settings()->python == PYTHON_KEEP || !holds_lock())
		return NULL;
	return save();
}

void interpreter_take(void *state)
{
	void (*restore)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "PyEval_RestoreThread");
	int saved_errno = errno;

	if (state && restore)
		restore(state);
	errno = saved_errno;
}
