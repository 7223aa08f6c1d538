/* SPDX-License-Identifier: BSD-3-Clause */
/* A program that links no HDF5 but loads extension modules, each for itself, as Python does:
 *
 *   fake_host [COMMAND MODULE [FILE]]...
 *
 * open, create   by a module, which is loaded when it is first named; prints "MODULE: ID"
 * try            to open; prints "MODULE: has it" or "MODULE: fails", whatever kind of id it got
 * delete         a file by a module that can; prints "MODULE: RESULT"
 * close          the file that the module opened last
 * unload         the module
 * until FILE -   exists
 * locks -        prints how many flocks this process holds
 */
#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct module {
	const char *name;
	void *handle;
	long id;
} modules[16];

static struct module *module_named(const char *name)
{
	struct module *m = modules;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	m->name = name;
	if (!m->handle)
		m->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!m->handle) {
		printf("%s\n", dlerror());
		exit(2);
	}
	return m;
}

/* The only place from which modules are called: as in an interpreter, the address of the call does
 * not tell one from the other. */
__attribute__((noinline)) static long call(void *function, const void *argument)
{
	long id = ((long (*)(const void *))function)(argument);

	__asm__ volatile("" : "+r"(id));
	return id;
}

/* Not from /proc/locks, where the whole machine's locks come and go. */
static void print_locks(void)
{
	char path[64], line[256];
	int n = 0;

	for (int fd = 0; fd < 64; fd++) {
		FILE *info;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		info = fopen(path, "r");
		while (info && fgets(line, sizeof(line), info))
			n += strstr(line, "FLOCK") != NULL;
		if (info)
			fclose(info);
	}
	printf("locks: %d\n", n);
}

static int obey(char **words)
{
	char function[64];
	struct module *m;

	if (strcmp(words[0], "locks") == 0) {
		print_locks();
		return 2;
	}
	if (strcmp(words[0], "until") == 0) {
		while (access(words[1], F_OK) != 0)
			usleep(1000);
		return 2;
	}
	m = module_named(words[1]);
	snprintf(function, sizeof(function), "extension_%s", words[0]);
	if (strcmp(words[0], "unload") == 0) {
		dlclose(m->handle);
		m->handle = NULL;
		return 2;
	}
	if (strcmp(words[0], "try") == 0) {
		m->id = call(dlsym(m->handle, "extension_open"), words[2]);
		printf("%s: %s\n", strrchr(m->name, '/') + 1,
		       (int)m->id == -1 ? "fails" : "has it");
		return 3;
	}
	if (strcmp(words[0], "delete") == 0) {
		printf("%s: %d\n", strrchr(m->name, '/') + 1,
		       (int)call(dlsym(m->handle, function), words[2]));
		return 3;
	}
	if (strcmp(words[0], "close") == 0) {
		call(dlsym(m->handle, function), (void *)m->id);
		return 2;
	}
	m->id = call(dlsym(m->handle, function), words[2]);
	/* What a 32-bit id leaves in the upper half of its register is of no concern. */
	printf("%s: %d\n", strrchr(m->name, '/') + 1, (int)m->id);
	return 3;
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 1; i + 1 < argc;)
		i += obey(argv + i);
	return 0;
}
