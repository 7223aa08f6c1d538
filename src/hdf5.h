/* The HDF5 that a caller uses: its functions, its error stack, and how its version differs.  We
 * link no HDF5 and include none of its headers, so that no H5* symbol is ever undefined here. */
#ifndef HDF5_H
#define HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* HDF5's hid_t: 64 bits since 1.10.  HDF5 1.8 returns 32 bits, whose upper half is garbage. */
typedef int64_t h5_id;

/* Of H5Fpublic.h, the same in all versions. */
enum { H5_RDONLY = 0x00, H5_RDWR = 0x01, H5_TRUNC = 0x02, H5_EXCL = 0x04, H5_SWMR_WRITE = 0x20 };
#define H5_DEFAULT ((h5_id)0) /* H5P_DEFAULT, H5E_DEFAULT */

/* One loaded libhdf5.  What is absent in its version is NULL. */
struct hdf5 {
	const void *base;     /* its load address: which copy it is */
	char *path;	      /* its file, for messages */
	unsigned int version; /* 11008 for 1.10.8; 0: it does not say */

	h5_id (*Fopen)(const char *name, unsigned int flags, h5_id fapl);
	h5_id (*Fcreate)(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl);
	int (*Fclose)(h5_id file);
	int (*Fstart_swmr_write)(h5_id file);
	int (*Fget_vfd_handle)(h5_id file, h5_id fapl, void **handle);

	int (*open)(void);
	int (*get_libversion)(unsigned int *major, unsigned int *minor, unsigned int *release);
	int (*Iis_valid)(h5_id id);
	h5_id (*Pget_driver)(h5_id plist);
	h5_id (*Pcopy)(h5_id plist);
	int (*Pclose)(h5_id plist);
	int (*Pset_fapl_sec2)(h5_id fapl);
	int (*Pget_fapl_core)(h5_id fapl, size_t *increment, void *backing_store);
	const void *P_LST_FILE_ACCESS; /* variable: the default access list's id */
	h5_id (*FD_sec2_init)(void);   /* up to 1.14 */
	const void *FD_SEC2;	       /* variable, from 2.0 on: the sec2 driver's id */

	int (*Eauto_is_v2)(h5_id stack, unsigned int *is_v2);
	int (*Eget_auto1)(int (**print)(void *), void **data);
	int (*Eset_auto1)(int (*print)(void *), void *data);
	int (*Eget_auto2)(h5_id stack, int (**print)(h5_id, void *), void **data);
	int (*Eset_auto2)(h5_id stack, int (*print)(h5_id, void *), void *data);
	int (*Eclear2)(h5_id stack);
	h5_id (*Eget_current_stack)(void);
	int (*Eset_current_stack)(h5_id stack);
	int (*Epush2)(h5_id stack, const char *file, const char *function, unsigned int line,
		      h5_id class, h5_id major, h5_id minor, const char *format, ...);
};

/* The hooked functions. */
enum hdf5_function {
	HDF5_FOPEN,
	HDF5_FCREATE,
	HDF5_FCLOSE,
	HDF5_FSTART_SWMR_WRITE,
	HDF5_FUNCTIONS
};

/* The HDF5 that a call of FUNCTION, whose hook is ours at HOOK, was meant for; CALLER is the call's
 * return address.  It stays valid while that library is loaded.  If there is none, says so on
 * standard error, sets errno to ENOSYS and returns NULL.  Any thread. */
const struct hdf5 *hdf5_of_caller(enum hdf5_function function, const void *hook,
				  const void *caller);

/* An id as H5's callers and functions pass it, in 64 bits: negative if and only if it means
 * failure. */
h5_id hdf5_widen(const struct hdf5 *h5, h5_id id);

/* The value of H5's id variable NAME ("H5E_FILE_g"), which is at VARIABLE, initialising that HDF5
 * if need be; -1 if VARIABLE is NULL.  Any thread. */
h5_id hdf5_id(const struct hdf5 *h5, const char *name, const void *variable);

/* The address of another function or variable of H5, or NULL. */
void *hdf5_symbol(const struct hdf5 *h5, const char *name);

/* H5's printing of errors in this thread, switched off for a while. */
struct hdf5_printing {
	bool off, v1;
	int (*print1)(void *data);
	int (*print2)(h5_id stack, void *data);
	void *data;
};

/* Switches it off, remembering in *P what it was; nothing happens if *P says that it is off. */
void hdf5_printing_off(const struct hdf5 *h5, struct hdf5_printing *p);
/* Makes it what it was. */
void hdf5_printing_on(const struct hdf5 *h5, struct hdf5_printing *p);

/* Makes SENTENCE the whole error stack of this thread, as if FUNCTION had failed with it, and has
 * it printed if the program's errors are. */
void hdf5_fail(const struct hdf5 *h5, const char *function, const char *sentence);

#endif
