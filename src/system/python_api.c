/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/python_api.h"

#include "system/modules.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct python_api python;

#define ENTRY(symbol, member)                               \
	{                                                   \
		symbol, offsetof(struct python_api, member) \
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
	ENTRY("PyGILState_Ensure", ensure),
	ENTRY("PyGILState_Release", let_go),
	ENTRY("PyInterpreterState_Head", first_interpreter),
	ENTRY("PyInterpreterState_Next", next_interpreter),
	ENTRY("PyInterpreterState_ThreadHead", first_thread),
	ENTRY("PyThreadState_Next", next_thread),
	ENTRY("PyImport_ImportModule", import_module),
	ENTRY("PyObject_CallMethod", call_method),
	ENTRY("PyCFunction_NewEx", new_function),
	ENTRY("Py_BuildValue", build_value),
	ENTRY("Py_DecRef", release),
	ENTRY("PyErr_CheckSignals", run_handlers),
	ENTRY("PyErr_Fetch", take_error),
	ENTRY("PyErr_Restore", put_error),
	ENTRY("PyErr_ExceptionMatches", error_is),
	ENTRY("PyExc_ImportError", import_error),
	ENTRY("Py_AddPendingCall", add_pending),
};

/* Whether the object INFO has run_handlers() in it: then its bounds are noted. */
static int note_bounds(struct dl_phdr_info *info, size_t size, void *data)
{
	const char *inside = *(const char **)data, *from = NULL, *to = NULL;
	bool found = false;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		const char *start = (const char *)(info->dlpi_addr + part->p_vaddr); /* NOLINT */

		if (part->p_type != PT_LOAD)
			continue;
		if (!from || start < from)
			from = start;
		if (!to || start + part->p_memsz > to)
			to = start + part->p_memsz;
		found |= inside >= start && inside < start + part->p_memsz;
	}
	if (found) {
		python.from = from;
		python.to = to;
	}
	return found;
}

/* Looking for what is not there takes long: a program without Python looks once, and again only
 * when something was loaded. */
const struct python_api *python_api_find(void)
{
	static _Atomic unsigned long long looked_at;
	static _Atomic bool found;
	unsigned long long generation = modules_generation();
	const char *inside;

	if (found || looked_at == generation)
		return found ? &python : NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		void *address = dlsym(RTLD_DEFAULT, table[i].symbol);

		/* Its name before Python 3.13. */
		if (!address && table[i].offset == offsetof(struct python_api, current_thread))
			address = dlsym(RTLD_DEFAULT, "_PyThreadState_UncheckedGet");
		if (!address) {
			looked_at = generation;
			return NULL;
		}
		memcpy((char *)&python + table[i].offset, &address, sizeof(address));
	}
	memcpy(&inside, &python.run_handlers, sizeof(inside));
	dl_iterate_phdr(note_bounds, &inside);
	found = true;
	return &python;
}
