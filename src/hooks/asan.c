/* SPDX-License-Identifier: BSD-3-Clause */
/* The one thing that AddressSanitizer asks of a preloaded library. */

const char *__asan_default_options(void);

/* Where the sanitizer's runtime is a shared library, it ends the program unless it is the first of
 * all that are loaded (gcc from 5 on; clang with -shared-libasan), for fear of a library that has
 * its own malloc.  We have none: so we ask it not to look.  This function is its own way to be
 * asked; a program that has one is asked instead of us.  To put the runtime in front, into
 * LD_PRELOAD, would put it into all programs that this one starts: bash and perl then end with
 * reports of leaks (gcc 12), and ThreadSanitizer's, which does not mind us, crashes every shell.
 *
 * Called before anything is initialized. */
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}
