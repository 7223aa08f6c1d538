/* The loaded copies of libhdf5: which one a call was meant for, and its functions.  We link no HDF5
 * and include none of its headers, so that no H5* symbol is ever undefined here. */
#ifndef LIBHDF5_H
#define LIBHDF5_H

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

/* One loaded libhdf5.  What is absent in its version is NULL. */
struct hdf5 {
	const void *base;     /* its load address: which copy it is */
	char *path;	      /* its file, for messages */
	unsigned int version; /* 11008 for 1.10.8; 0: it does not say */

	h5_id (*Fopen)(const char *name, unsigned int flags, h5_id fapl);
	h5_id (*Fcreate)(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl);
	int (*Fclose)(h5_id file);
	h5_id (*Fopen_async)(const char *file, const char *function, unsigned int line,
			     const char *name, unsigned int flags, h5_id fapl, h5_id events);
	h5_id (*Fcreate_async)(const char *file, const char *function, unsigned int line,
			       const char *name, unsigned int flags, h5_id fcpl, h5_id fapl,
			       h5_id events);
	int (*Fclose_async)(const char *file, const char *function, unsigned int line, h5_id id,
			    h5_id events);
	int (*Fdelete)(const char *name, h5_id fapl);
	int (*Fstart_swmr_write)(h5_id file);
	int (*Fget_vfd_handle)(h5_id file, h5_id fapl, void **handle);

	void *(*FDopen)(const char *name, unsigned int flags, h5_id fapl, uint64_t maxaddr);

	int (*Fis_hdf5)(const char *name);
	int (*Fis_accessible)(const char *name, h5_id fapl);

	int (*Dread)(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		     void *buffer);
	int (*Dread_multi)(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			   h5_id file_spaces[], h5_id dxpl, void *buffers[]);
	int (*Dread_async)(const char *app_file, const char *app_function, unsigned int app_line,
			   h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space,
			   h5_id dxpl, void *buffer, h5_id events);
	int (*Dread_multi_async)(const char *app_file, const char *app_function,
				 unsigned int app_line, size_t n, h5_id datasets[],
				 h5_id mem_types[], h5_id mem_spaces[], h5_id file_spaces[],
				 h5_id dxpl, void *buffers[], h5_id events);
	int (*Dwrite)(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		      const void *buffer);
	int (*Dwrite_multi)(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			    h5_id file_spaces[], h5_id dxpl, const void *buffers[]);
	int (*Dwrite_async)(const char *app_file, const char *app_function, unsigned int app_line,
			    h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space,
			    h5_id dxpl, const void *buffer, h5_id events);
	int (*Dwrite_multi_async)(const char *app_file, const char *app_function,
				  unsigned int app_line, size_t n, h5_id datasets[],
				  h5_id mem_types[], h5_id mem_spaces[], h5_id file_spaces[],
				  h5_id dxpl, const void *buffers[], h5_id events);
	h5_id (*Dget_space)(h5_id dataset);
	h5_id (*Dget_space_async)(const char *app_file, const char *app_function,
				  unsigned int app_line, h5_id dataset, h5_id events);
	int (*Dvlen_get_buf_size)(h5_id dataset, h5_id type, h5_id space, uint64_t *size);
	int (*Oexists_by_name)(h5_id location, const char *name, h5_id lapl);
	int (*Ocopy)(h5_id from, const char *from_name, h5_id to, const char *to_name, h5_id ocpypl,
		     h5_id lcpl);
	int (*Ocopy_async)(const char *app_file, const char *app_function, unsigned int app_line,
			   h5_id from, const char *from_name, h5_id to, const char *to_name,
			   h5_id ocpypl, h5_id lcpl, h5_id events);

	int (*open)(void);
	int (*get_libversion)(unsigned int *major, unsigned int *minor, unsigned int *release);
	int (*Iis_valid)(h5_id id);
	h5_id (*Pget_driver)(h5_id plist);
	h5_id (*Pcopy)(h5_id plist);
	int (*Pclose)(h5_id plist);
	int (*Pset_fapl_sec2)(h5_id fapl);
	int (*Pget_fapl_core)(h5_id fapl, size_t *increment, void *backing_store);
	int (*Pget_vol_cap_flags)(h5_id fapl, uint64_t *flags);
	const void *P_LST_FILE_ACCESS; /* variable: the default access list's id */
	h5_id (*FD_sec2_init)(void);   /* up to 1.14 */
	const void *FD_SEC2;	       /* variable, from 2.0 on: the sec2 driver's id */

	int (*Eauto_is_v2)(h5_id stack, unsigned int *is_v2);
	int (*Eget_auto1)(int (**print)(void *), void **data);
	int (*Eset_auto1)(int (*print)(void *), void *data);
	int (*Eget_auto2)(h5_id stack, int (**print)(h5_id, void *), void **data);
	int (*Eset_auto2)(h5_id stack, int (*print)(h5_id, void *), void *data);
	int (*Eclear2)(h5_id stack);
	int (*Ewalk2)(h5_id stack, int direction,
		      int (*visit)(unsigned int n, const void *entry, void *data), void *data);
	h5_id (*Ecreate_stack)(void);
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
	HDF5_FOPEN_ASYNC,
	HDF5_FCREATE_ASYNC,
	HDF5_FCLOSE_ASYNC,
	HDF5_FDELETE,
	HDF5_FSTART_SWMR_WRITE,
	HDF5_FIS_HDF5,
	HDF5_FIS_ACCESSIBLE,
	HDF5_DREAD,
	HDF5_DREAD_MULTI,
	HDF5_DREAD_ASYNC,
	HDF5_DREAD_MULTI_ASYNC,
	HDF5_DWRITE,
	HDF5_DWRITE_MULTI,
	HDF5_DWRITE_ASYNC,
	HDF5_DWRITE_MULTI_ASYNC,
	HDF5_DGET_SPACE,
	HDF5_DGET_SPACE_ASYNC,
	HDF5_DVLEN_GET_BUF_SIZE,
	HDF5_OEXISTS_BY_NAME,
	HDF5_OCOPY,
	HDF5_OCOPY_ASYNC,
	HDF5_EWALK2,
	HDF5_FUNCTIONS
};

/* The HDF5 that a call of FUNCTION, whose hook is ours at HOOK, was meant for; CALLER is the call's
 * return address.  It stays valid while that library is loaded.  If there is none, says so on
 * standard error, sets errno to ENOSYS and returns NULL.  Any thread. */
const struct hdf5 *libhdf5_of_caller(enum hdf5_function function, const void *hook,
				     const void *caller);

/* The name of the hooked FUNCTION: a static string. */
const char *libhdf5_function_name(enum hdf5_function function);

/* The address of another function or variable of H5, or NULL. */
void *libhdf5_symbol(const struct hdf5 *h5, const char *name);

#endif
