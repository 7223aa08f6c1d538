/* Which of the loaded libraries a hooked call was meant for. */
#ifndef CALLER_H
#define CALLER_H

/* The definition of FUNCTION that the module containing the address CALLER would have been bound
 * to without us: the next one in the global scope, else the one that the caller's own module or its
 * dependencies bring along (h5py and every other extension module load libhdf5 RTLD_LOCAL), else
 * the only one among all loaded objects.  HOOK is our own definition, which is never the answer.
 * Returns NULL if there is none, or more than one to choose from.  Any thread; not in a signal
 * handler. */
void *caller_function(const char *function, const void *hook, const void *caller);

/* A handle, to be closed with dlclose(), on the loaded object that ADDRESS is in, or NULL.  Its
 * load address goes to *BASE. */
void *caller_module(const void *address, const void **base);

/* Changes whenever an object was loaded, that is, when there may be more to choose from, or
 * unloaded, when an address may have become another's. */
unsigned long long caller_generation(void);

#endif
