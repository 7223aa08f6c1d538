/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/copies.h"

#include "report/report.h"
#include "system/modules.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const function_names[HDF5_FUNCTIONS] = {
#define HOOKED(result, name, parameters) [HDF5_##name] = "H5" #name,
#include "hdf5/functions.def"
};

static const struct {
	const char *symbol;
	size_t offset;
} table[] = {
#define FUNCTION(result, name, parameters) { "H5" #name, offsetof(struct hdf5, name) },
#define VARIABLE(symbol, name)		   { symbol, offsetof(struct hdf5, name) },
#include "hdf5/functions.def"
};

/* What stands before HDF5's functions defines functions, a hundred (Recorder) or all of them (TAU),
 * but none of its variables.  This one is in all versions. */
static const char mark[] = "H5E_ERR_CLS_g";

static void fill(struct hdf5 *h5, size_t offset, void *address)
{
	__atomic_store((void **)(void *)((char *)h5 + offset), &address, __ATOMIC_RELAXED);
}

/* The description of one copy and that for its core driver, in one piece of memory. */
struct copy {
	struct hdf5 sec2, core;
	struct hdf5_sites sites;
	const void *Fopen; /* its own */
};

static struct copy *load(void *module, const void *object, const char *path)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	unsigned int major, minor, release;
	struct hdf5 *h5;

	if (!copy)
		return NULL;
	h5 = &copy->sec2;
	h5->object = h5->base = object;
	h5->path = strdup(path);
	if (!h5->path) {
		free(copy);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		fill(h5, table[i].offset, modules_symbol(module, table[i].symbol));
	copy->Fopen = (const void *)h5->Fopen;
	if (h5->get_libversion && h5->get_libversion(&major, &minor, &release) >= 0)
		h5->version = major * 10000 + minor * 100 + release;
	h5->sites = &copy->sites;
	h5->core = &copy->core;
	copy->core = *h5;
	copy->core.base = (const char *)object + 1;
	return copy;
}

/* Every libhdf5 seen so far.  One that was unloaded stays in the list: loaded again at the same
 * place from the same file, it is the same. */
static const struct hdf5 *_Atomic all;

const struct hdf5 *copies_first(void)
{
	return all;
}

bool copies_contain(const struct hdf5 *h5, const void *address)
{
	Dl_info info;

	return dladdr(address, &info) && info.dli_fbase == h5->object &&
	       strcmp(info.dli_fname, h5->path) == 0;
}

bool copies_same_copy(const void *base, const void *other)
{
	return ((uintptr_t)base | 15) == ((uintptr_t)other | 15);
}

static struct copy *known(void *module, const void *object, const char *path)
{
	const void *Fopen = modules_symbol(module, "H5Fopen");

	for (const struct hdf5 *h5 = all; h5; h5 = h5->next) {
		struct copy *copy = (struct copy *)(uintptr_t)h5;

		if (h5->object == object && copy->Fopen == Fopen && strcmp(h5->path, path) == 0)
			return copy;
	}
	return NULL;
}

/* The copy of HDF5 in the object that ADDRESS is in. */
static struct copy *copy_at(const void *address)
{
	const void *object;
	struct copy *copy;
	Dl_info info;
	void *module = modules_handle(address, &object);

	if (!module || !dladdr(address, &info)) {
		errno = ENOMEM;
		return NULL;
	}
	copy = known(module, object, info.dli_fname);
	if (!copy) {
		/* Two threads may both come here: two descriptions of one library do no harm. */
		copy = load(module, object, info.dli_fname);
		if (copy)
			copy->sec2.next = all;
		while (copy && !atomic_compare_exchange_weak(&all, &copy->sec2.next, &copy->sec2))
			;
		if (!copy)
			errno = ENOMEM;
	}
	dlclose(module);
	return copy;
}

/* Where in the descriptions the hooked FUNCTION is. */
static size_t offset_of(const char *function)
{
	size_t i = 0;

	while (strcmp(table[i].symbol, function) != 0)
		i++;
	return table[i].offset;
}

/* The copy in which a call ends that goes to FOUND, a definition of FUNCTION.  Whoever stands there
 * gets the call, and HDF5 gets it from there; all else that we ask of HDF5 it is asked directly. */
static const struct hdf5 *behind(const char *function, void *found, const void *hook,
				 const void *caller)
{
	const void *end = modules_end(mark, found, hook, caller);
	struct copy *copy;

	/* Who defines no variable and has nobody behind may be an HDF5 that hides them. */
	if (!end && errno == ENOMEM)
		return NULL;
	copy = copy_at(end ? end : found);
	if (!copy)
		return NULL;
	if (*(void **)(void *)((char *)&copy->sec2 + offset_of(function)) != found) {
		fill(&copy->sec2, offset_of(function), found);
		fill(&copy->core, offset_of(function), found);
	}
	return &copy->sec2;
}

static void say_why_none(const char *function, int error)
{
	if (error == ENOMEM)
		report(REPORT_PROBLEM,
		       "%s was called, but there is no memory to tell which HDF5 library was "
		       "meant; "
		       "the call fails",
		       function);
	else
		report(REPORT_PROBLEM,
		       "%s was called, but which HDF5 library was meant can't be told: none is "
		       "loaded, or several are and the call came from outside of all their users; "
		       "the call fails",
		       function);
}

/* What this thread's calls were meant for.  One h5py.File() has some ten places that call hooked
 * functions, and to find out takes up to 50 us: dladdr() looks at each symbol of an object. */
struct answer {
	const void *caller;
	unsigned long long generation;
	const struct hdf5 *h5;
	enum hdf5_function function;
};
enum { ROWS = 16, IN_ROW = 4 };
static _Thread_local struct row {
	struct answer answer[IN_ROW];
	unsigned int next; /* the one to be overwritten */
} rows[ROWS];

static struct row *row_of(const void *caller)
{
	uintptr_t address = (uintptr_t)caller;

	return &rows[(address ^ address >> 4 ^ address >> 8 ^ address >> 12) % ROWS];
}

/* As far as it is known. */
static const struct hdf5 *known_answer(const struct row *row, const struct answer *question)
{
	for (int i = 0; i < IN_ROW; i++) {
		const struct answer *a = &row->answer[i];

		if (a->caller == question->caller && a->function == question->function &&
		    a->generation == question->generation)
			return a->h5;
	}
	return NULL;
}

const struct hdf5 *copies_of_caller(enum hdf5_function function, const void *hook,
				    const void *caller)
{
	struct answer question = { caller, modules_generation(), NULL, function };
	struct row *row = row_of(caller);
	const char *name = function_names[function];
	void *found;
	int error;

	question.h5 = known_answer(row, &question);
	if (question.h5)
		return question.h5;
	errno = 0;
	found = modules_function(name, hook, caller);
	question.h5 = found ? behind(name, found, hook, caller) : NULL;
	if (!question.h5) {
		error = errno == ENOMEM ? ENOMEM : ENOSYS;
		say_why_none(name, error);
		errno = error;
		/* That is not remembered: the library that was missing may be loaded next. */
		return NULL;
	}
	row->answer[row->next++ % IN_ROW] = question;
	return question.h5;
}

const char *copies_function_name(enum hdf5_function function)
{
	return function_names[function];
}

void *copies_symbol(const struct hdf5 *h5, const char *name)
{
	const void *object;
	void *module = modules_handle(h5->object, &object);
	void *found = module ? modules_symbol(module, name) : NULL;

	if (module)
		dlclose(module);
	return found;
}
