/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the loaded libraries a hooked call was meant for. */
#ifndef MODULES_H
#define MODULES_H

/* The definition of FUNCTION that the module containing the address CALLER would have been bound
 * to without us: the next one in the global scope, else the one that the caller's own module or its
 * dependencies bring along (h5py and every other extension module load libhdf5 RTLD_LOCAL), else
 * the only one among all loaded objects.  HOOK is our own definition, which is never the answer.
 * Returns NULL if there is none, or more than one to choose from; or, with errno set to ENOMEM, if
 * it could not look everywhere.  Any thread; not in a signal handler. */
void *modules_function(const char *function, const void *hook, const void *caller);

/* Where a call of FUNCTION ends, a definition that modules_function() gave to CALLER, if others
 * stand before the library that it is for (a profiler forwards it): the definition of MARK, which
 * only that library has, in FUNCTION's own object, else the next one in the global scope, where
 * forwarders look, else what FUNCTION's object or the caller's bring along, else the only one. NULL
 * as above, with errno set to ENOMEM if it could not look everywhere.  Any thread; not in a signal
 * handler. */
void *modules_end(const char *mark, const void *function, const void *hook, const void *caller);

/* dlsym(), past those who replace it in our table of functions, too (GOTCHA gives their wrapper of
 * our own hook for what is behind us). */
void *modules_symbol(void *handle, const char *name);

/* A handle, to be closed with dlclose(), on the loaded object that ADDRESS is in, or NULL.  Its
 * load address goes to *BASE. */
void *modules_handle(const void *address, const void **base);

/* Changes whenever an object was loaded, that is, when there may be more to choose from, or
 * unloaded, when an address may have become another's. */
unsigned long long modules_generation(void);

#endif
