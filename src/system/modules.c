/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/modules.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Its address as a constant of our own, which the loader fills in once. */
static void *(*const volatile find_symbol)(void *, const char *) = dlsym;

void *modules_symbol(void *handle, const char *name)
{
	void *found = find_symbol(handle, name);

	/* RTLD_NEXT is ours: this must not become a jump. */
	__asm__ volatile("" : "+r"(found));
	return found;
}

void *modules_handle(const void *address, const void **base)
{
	struct link_map *map = NULL;
	Dl_info info;

	if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
		return NULL;
	*base = info.dli_fbase;
	/* The main program has no name, but dlopen(NULL) is its. */
	return dlopen(map->l_name[0] ? map->l_name : NULL, RTLD_LAZY | RTLD_NOLOAD);
}

static bool same_module(const void *a, const void *b)
{
	Dl_info of_a, of_b;

	return dladdr(a, &of_a) && dladdr(b, &of_b) && of_a.dli_fbase == of_b.dli_fbase;
}

/* FUNCTION as the object behind HANDLE sees it, unless that is our own. */
static void *function_in(void *handle, const char *function, const void *hook)
{
	void *found = handle ? modules_symbol(handle, function) : NULL;

	return found && !same_module(found, hook) ? found : NULL;
}

struct names {
	char **name;
	size_t count;
	bool complete;
};

static int collect(struct dl_phdr_info *info, size_t size, void *data)
{
	struct names *names = data;
	char **more = realloc(names->name, (names->count + 1) * sizeof(*more));
	char *copy = strdup(info->dlpi_name);

	(void)size;
	if (more)
		names->name = more;
	if (!more || !copy) {
		free(copy);
		names->complete = false;
		return 1;
	}
	names->name[names->count++] = copy;
	return 0;
}

/* The one definition in NAMES, all loaded objects.  With two of them, any choice could be the wrong
 * one: a tail-calling extension (`jmp H5Fopen`) has its return address in somebody else's code. */
static void *only_one_of(struct names *names, const char *function, const void *hook)
{
	void *only = NULL;
	bool several = false;

	for (size_t i = 0; i < names->count; i++) {
		void *handle, *found;

		if (!names->name[i][0])
			continue;
		errno = 0;
		handle = dlopen(names->name[i], RTLD_LAZY | RTLD_NOLOAD);
		/* It may have been unloaded since. */
		if (!handle && errno == ENOMEM)
			names->complete = false;
		found = function_in(handle, function, hook);
		if (found && only && found != only)
			several = true;
		if (found)
			only = found;
		if (handle)
			dlclose(handle);
	}
	return several ? NULL : only;
}

static void *only_function(const char *function, const void *hook)
{
	struct names names = { .complete = true };
	void *only;

	/* Names first, look-ups later: dlopen() within dl_iterate_phdr() could deadlock. */
	dl_iterate_phdr(collect, &names);
	only = only_one_of(&names, function, hook);
	for (size_t i = 0; i < names.count; i++)
		free(names.name[i]);
	free(names.name);
	errno = names.complete ? 0 : ENOMEM;
	return names.complete ? only : NULL;
}

/* FUNCTION as the module that ADDRESS is in sees it. */
static void *function_of(const void *address, const char *function, const void *hook)
{
	const void *base;
	void *module = modules_handle(address, &base);
	void *found = function_in(module, function, hook);

	if (module)
		dlclose(module);
	return found;
}

static void *next_function(const char *function, const void *hook)
{
	void *found = modules_symbol(RTLD_NEXT, function);

	return found && !same_module(found, hook) ? found : NULL;
}

void *modules_function(const char *function, const void *hook, const void *caller)
{
	void *found = next_function(function, hook);

	if (!found)
		found = function_of(caller, function, hook);
	return found ? found : only_function(function, hook);
}

void *modules_end(const char *mark, const void *function, const void *hook, const void *caller)
{
	void *brought = function_of(function, mark, hook), *found = NULL;

	if (brought && same_module(brought, function))
		return brought;
	found = next_function(mark, hook);
	if (!found)
		found = brought;
	if (!found)
		found = function_of(caller, mark, hook);
	return found ? found : only_function(mark, hook);
}

static int first_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(unsigned long long *)data = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

unsigned long long modules_generation(void)
{
	unsigned long long generation = 0;

	dl_iterate_phdr(first_object, &generation);
	return generation;
}
