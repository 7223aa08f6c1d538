/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads a module (reloaded.c) TIMES, each time with its libhdf5 at an address where there was none
 * before, and tries to follow a link:
 *
 *   reloading MODULE TIMES FILE LINK
 *
 * Prints "N addresses, M followed". */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static int find_size(struct dl_phdr_info *info, size_t size, void *data)
{
	uintptr_t *piece = data;

	(void)size;
	for (int i = 0; info->dlpi_addr == piece[0] && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			piece[1] = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	return 0;
}

int main(int argc, char **argv)
{
	int addresses = 0, followed = 0;

	for (int i = 0; argc == 5 && i < atoi(argv[2]); i++) {
		void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL), *address;
		const void *(*hdf5)(void) = NULL;
		int (*can_follow)(const char *, const char *);
		uintptr_t piece[2] = { 0, 0 };
		Dl_info info;

		if (!module) {
			fprintf(stderr, "%s\n", dlerror());
			return 2;
		}
		address = dlsym(module, "reloaded_hdf5");
		hdf5 = (const void *(*)(void))address;
		address = dlsym(module, "reloaded_can_follow");
		can_follow = (int (*)(const char *, const char *))address;
		followed += can_follow(argv[3], argv[4]) == 1;
		if (dladdr(hdf5(), &info))
			piece[0] = (uintptr_t)info.dli_fbase;
		dl_iterate_phdr(find_size, piece);
		dlclose(module);
		/* Fails if it is still there. */
		address = mmap((void *)piece[0], piece[1], PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		addresses += address == (void *)piece[0];
	}
	printf("%d addresses, %d followed\n", addresses, followed);
	return 0;
}
