/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls one hook in one way, and prints what became of it:
 *
 *   ways_client WAY HOOK [MODULE]     MODULE: for the ways whose calls are in one
 *   ways_client hooks                 the hooks that this HDF5 has
 *   ways_client make                  the files, without the library
 */
#include "ways.h"

#include <dlfcn.h>
#include <hdf5.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *way, *hook_name, *module;

static const struct hook *find(const struct hook *hooks)
{
	while (hooks->name && strcmp(hooks->name, hook_name))
		hooks++;
	return hooks->name ? hooks : NULL;
}

static const struct hook *find_hook(const struct hook *hooks, const struct hook *looks)
{
	const struct hook *h = find(hooks);

	if (!h)
		h = find(looks);
	if (h)
		return h;
	fprintf(stderr, "no hook %s\n", hook_name);
	_exit(2);
}

static const struct hook *own_hook(void)
{
	return find_hook(ways_hooks, ways_looks);
}

static void tell(const char *outcome)
{
	puts(outcome);
	fflush(stdout); /* HDF5's end may be a hard one after all this */
}

static void before(const struct hook *h)
{
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	if (h->before)
		h->before();
}

/* All of it, in whatever place it is called from. */
static void all(void)
{
	const struct hook *h = own_hook();

	before(h);
	h->call();
	tell(h->outcome());
}

/* --- ways ------------------------------------------------------------------------- */

static void from_module(int flags)
{
	void *handle = dlopen(module, RTLD_NOW | flags);
	const struct hook *hooks, *looks, *h;

	if (!handle || !(hooks = dlsym(handle, "ways_hooks")) ||
	    !(looks = dlsym(handle, "ways_looks"))) {
		fprintf(stderr, "%s\n", dlerror());
		_exit(2);
	}
	h = find_hook(hooks, looks);
	before(h);
	h->call();
	tell(h->outcome());
}

static void local(void)
{
	from_module(RTLD_LOCAL);
}

static void deepbind(void)
{
	from_module(RTLD_LOCAL | RTLD_DEEPBIND);
}

/* Its HDF5 is a copy of the one that the program has in use. */
static void second_copy(void)
{
	hid_t first = H5Fopen("latest.h5", H5F_ACC_RDONLY, H5P_DEFAULT);

	if (!strcmp(hook_name, "H5Fstart_swmr_write"))
		H5Fclose(first); /* or else this process has it open */
	from_module(RTLD_LOCAL);
}

static void child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		all();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* What the parent has open stays locked, whatever its child does with it. */
static void inherited(void)
{
	const struct hook *h = own_hook();
	pid_t pid;

	before(h);
	pid = fork();
	if (pid == 0) {
		h->call();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	tell(ways_still_locked());
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void in_vfork(void)
{
	const struct hook *h = own_hook();
	pid_t pid;

	before(h);
	pid = vfork();
	if (pid == 0) {
		h->call();
		_exit(0);
	}
	/* What a parent has waited for may have made anything: that is another hook. */
	syscall(SYS_wait4, pid, NULL, 0, NULL);
	tell(find(ways_looks) ? h->outcome() : ways_still_locked());
}
#pragma GCC diagnostic pop

static const struct hook *handled;

static void handler(int sig)
{
	(void)sig;
	handled->call();
}

static void in_handler(void)
{
	handled = own_hook();
	before(handled);
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	tell(handled->outcome());
}

static void *cancelled_thread(void *arg)
{
	const struct hook *h = arg;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* its own; to print may end a thread */
	pthread_cancel(pthread_self());
	h->call();
	pthread_testcancel();
	return arg;
}

/* Cancelled before the call, which is gone through with. */
static void cancelled(void)
{
	const struct hook *h = own_hook();
	pthread_t thread;

	before(h);
	pthread_create(&thread, NULL, cancelled_thread, (void *)h);
	pthread_join(thread, NULL);
	tell(ways_is_back() ? h->outcome() : "ended");
}

static pthread_key_t key;

static void destroy_key(void *value)
{
	(void)value;
	all();
}

static void *thread_with_key(void *arg)
{
	pthread_setspecific(key, &key);
	return arg;
}

static void thread_exit(void)
{
	pthread_t thread;

	pthread_key_create(&key, destroy_key);
	pthread_create(&thread, NULL, thread_with_key, NULL);
	pthread_join(thread, NULL);
}

static void at_exit(void)
{
	atexit(all);
}

static void nothing_now(void)
{
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{ "direct", all },
	{ "dlopen", local },
	{ "deepbind", deepbind },
	{ "second-copy", second_copy },
	{ "child", child },
	{ "inherited", inherited },
	{ "vfork", in_vfork },
	{ "handler", in_handler },
	{ "cancelled", cancelled },
	{ "thread-exit", thread_exit },
	{ "atexit", at_exit },
	{ "constructor", nothing_now },
	{ "destructor", nothing_now },
};

__attribute__((constructor)) static void construct(int argc, char *argv[])
{
	if (argc < 3)
		return;
	way = argv[1];
	hook_name = argv[2];
	module = argc > 3 ? argv[3] : NULL;
	if (!strcmp(way, "constructor"))
		all();
}

__attribute__((destructor)) static void destroy(void)
{
	if (way && !strcmp(way, "destructor"))
		all();
}

/* --- files ------------------------------------------------------------------------------- */

static void make_data(const char *name, hid_t list)
{
	hsize_t size = 100;
	hid_t space = H5Screate_simple(1, &size, NULL);
	hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, list);
	hid_t set = H5Dcreate2(file, "data", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT,
			       H5P_DEFAULT);
	int numbers[100];

	for (int i = 0; i < 100; i++)
		numbers[i] = i + 1;
	H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
	H5Dclose(set);
	H5Fclose(file);
}

static int make(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS), file;

	H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	make_data("data.h5", H5P_DEFAULT);
	make_data("held.h5", H5P_DEFAULT);
	make_data("latest.h5", list);
	file = H5Fcreate("link.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external("held.h5", "/data", file, "out", H5P_DEFAULT, H5P_DEFAULT);
	H5Gclose(H5Gcreate2(file, "folder", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Lcreate_external("held.h5", "/data", file, "folder/out", H5P_DEFAULT, H5P_DEFAULT);
	H5Fclose(file);
#if H5_VERSION_GE(1, 10, 0)
	{
		hsize_t size = 100;
		hid_t space = H5Screate_simple(1, &size, NULL);

		list = H5Pcreate(H5P_DATASET_CREATE);
		H5Pset_virtual(list, space, "held.h5", "data", space);
		file = H5Fcreate("virtual.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
		H5Dclose(H5Dcreate2(file, "virtual", H5T_NATIVE_INT, space, H5P_DEFAULT, list,
				    H5P_DEFAULT));
		H5Fclose(file);
	}
#endif
	return 0;
}

static void print_names(const struct hook *hooks)
{
	for (; hooks->name; hooks++)
		puts(hooks->name);
}

int main(int argc, char *argv[])
{
	if (argc == 2 && !strcmp(argv[1], "make"))
		return make();
	if (argc == 2 && !strcmp(argv[1], "hooks")) {
		print_names(ways_hooks);
		print_names(ways_looks);
		return 0;
	}
	for (size_t i = 0; way && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, way)) {
			ways[i].run();
			return 0;
		}
	fprintf(stderr, "no such way\n");
	return 2;
}
