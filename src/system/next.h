/* SPDX-License-Identifier: BSD-3-Clause */
/* What a hook stands before.  Not by dlsym(), which waits for whoever is loading a library (its
 * constructor may wait for the thread that calls us), and which, in a thread of its own, allocates
 * (glibc up to 2.33); nor by dl_iterate_phdr(), whose lock a forked child may never get (glibc
 * 2.36): but by the list that the loader keeps for debuggers. */
#ifndef NEXT_H
#define NEXT_H

/* The definition of the function NAME in the first of the loaded objects that stand behind ours in
 * the order of the loader's search, up to libc, and that have one: of its versions the one for new
 * programs, or the first.  NULL if there is none.  Any thread; async-signal-safe. */
void *next_function(const char *name);

#endif
