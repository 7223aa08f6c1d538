/* SPDX-License-Identifier: BSD-3-Clause */
/* How hooks.c and looks.c call a hook: as they are compiled. */
#ifndef CALLS_H
#define CALLS_H

#include <dlfcn.h>
#include <hdf5.h>

/* What the call has returned; hooks.c's, and each module's own. */
extern hid_t result __attribute__((visibility("hidden")));

#ifdef BY_DLSYM
/* From the HDF5 that this module would call. */
static void *function(const char *name)
{
	static void *hdf5;
	Dl_info info;

	if (!hdf5 && dladdr((void *)H5open, &info))
		hdf5 = dlopen(info.dli_fname, RTLD_NOW | RTLD_LOCAL);
	return dlsym(hdf5, name);
}
#define CALL(f) ((__typeof__(&f))function(#f))
#else
#define CALL(f) f
#endif

/* With TAIL nothing may come after the call. */
#ifdef TAIL
#define ID_CALL(name, call)                                      \
	__attribute__((noinline)) static hid_t tail_##name(void) \
	{                                                        \
		return call;                                     \
	}                                                        \
	static void call_##name(void)                            \
	{                                                        \
		result = tail_##name();                          \
	}
#define INT_CALL(name, call)                                   \
	__attribute__((noinline)) static int tail_##name(void) \
	{                                                      \
		return call;                                   \
	}                                                      \
	static void call_##name(void)                          \
	{                                                      \
		result = tail_##name();                        \
	}
#else
#define ID_CALL(name, call)           \
	static void call_##name(void) \
	{                             \
		result = call;        \
	}
#define INT_CALL(name, call) ID_CALL(name, call)
#endif

#endif
