/* SPDX-License-Identifier: BSD-3-Clause */
/* The loaded copies of libhdf5: which one a call was meant for, and its functions.  We link no HDF5
 * and include none of its headers, so that no H5* symbol is ever undefined here. */
#ifndef COPIES_H
#define COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* HDF5's hid_t: 64 bits since 1.10.  HDF5 1.8 returns 32 bits, whose upper half is garbage. */
typedef int64_t h5_id;

/* Of H5Fpublic.h, the same in all versions. */
enum {
	H5_RDONLY = 0x00,
	H5_RDWR = 0x01,
	H5_TRUNC = 0x02,
	H5_EXCL = 0x04,
	H5_SWMR_WRITE = 0x20,
	H5_SWMR_READ = 0x40
};
#define H5_DEFAULT ((h5_id)0) /* H5P_DEFAULT, H5E_DEFAULT */

/* What the …_async functions (1.14 and later) are given besides: the place in the program that
 * calls them, and the set of events that the call becomes one of, or 0 (H5ES_NONE). */
struct hdf5_async {
	const char *file, *function;
	unsigned int line;
	h5_id events;
};

/* Where in one libhdf5 a driver calls open(): site.c. */
struct hdf5_sites {
	const void *_Atomic sec2, *_Atomic core;
};

/* One loaded libhdf5, and the functions of it that are called: where somebody else stands before
 * them (a profiler), the hooked ones are theirs.  What is absent in its version is NULL. */
struct hdf5 {
	const void *object;	  /* its load address */
	const void *base;	  /* who shares a file with whom: that address, for sec2 */
	char *path;		  /* its file, for messages */
	const struct hdf5 *core;  /* the same one, for files of its core driver: HDF5 opens a file
				   * twice rather than share it between two drivers (1.8 to 2.2) */
	struct hdf5_sites *sites; /* NULL: not to be learned */
	const struct hdf5 *next;  /* see copies_first() */
	unsigned int version;	  /* 11008 for 1.10.8; 0: it does not say */

#define FUNCTION(result, name, parameters) result(*name) parameters;
#define VARIABLE(symbol, name)		   const void *name;
#include "hdf5/functions.def"
};

/* The hooked functions. */
enum hdf5_function {
#define HOOKED(result, name, parameters) HDF5_##name,
#include "hdf5/functions.def"
	HDF5_FUNCTIONS
};

/* The HDF5 that a call of FUNCTION, whose hook is ours at HOOK, was meant for; CALLER is the call's
 * return address.  It is the object in which the call ends, which others may stand before: FUNCTION
 * in it is the next one of them.  It stays valid while that library is loaded.  If there is none,
 * says so on standard error, sets errno to ENOSYS, or to ENOMEM if it could not look, and returns
 * NULL.  Any thread. */
const struct hdf5 *copies_of_caller(enum hdf5_function function, const void *hook,
				    const void *caller);

/* The libraries that copies_of_caller() has found so far: the first one, and then each one's next;
 * NULL at the end.  They stay for ever, though their objects may be unloaded.  Any thread;
 * async-signal-safe. */
const struct hdf5 *copies_first(void);

/* Whether ADDRESS is in H5's object: that may have been unloaded, and something else be there.  Any
 * thread; not in a signal handler. */
bool copies_contain(const struct hdf5 *h5, const void *address);

/* Whether two bases are of one copy of HDF5, for two of its drivers. */
bool copies_same_copy(const void *base, const void *other);

/* The name of the hooked FUNCTION: a static string. */
const char *copies_function_name(enum hdf5_function function);

/* The address of another function or variable of H5, or NULL. */
void *copies_symbol(const struct hdf5 *h5, const char *name);

#endif
