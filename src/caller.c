#include "caller.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *caller_module(const void *address, const void **base)
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
	void *found = handle ? dlsym(handle, function) : NULL;

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

/* The one definition among all loaded objects.  With two of them, any choice could be the wrong
 * one: a tail-calling extension (`jmp H5Fopen`) has its return address in somebody else's code. */
static void *only_function(const char *function, const void *hook)
{
	struct names names = { .complete = true };
	void *only = NULL;
	bool several = false;

	/* Names first, look-ups later: dlopen() within dl_iterate_phdr() could deadlock. */
	dl_iterate_phdr(collect, &names);
	for (size_t i = 0; i < names.count; i++) {
		void *handle = dlopen(names.name[i], RTLD_LAZY | RTLD_NOLOAD);
		void *found = names.name[i][0] ? function_in(handle, function, hook) : NULL;

		if (found && only && found != only)
			several = true;
		if (found)
			only = found;
		if (handle)
			dlclose(handle);
		free(names.name[i]);
	}
	free(names.name);
	return names.complete && !several ? only : NULL;
}

void *caller_function(const char *function, const void *hook, const void *caller)
{
	void *found = dlsym(RTLD_NEXT, function);
	const void *base;
	void *module;

	if (found && !same_module(found, hook))
		return found;
	module = caller_module(caller, &base);
	found = function_in(module, function, hook);
	if (module)
		dlclose(module);
	return found ? found : only_function(function, hook);
}

static int first_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(unsigned long long *)data = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

unsigned long long caller_generation(void)
{
	unsigned long long generation = 0;

	dl_iterate_phdr(first_object, &generation);
	return generation;
}
