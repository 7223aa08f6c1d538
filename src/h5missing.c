/* The exported functions in which HDF5 takes a file that it was refused for one that is not there:
 * a virtual dataset then has fill values, or another size; behind an external link there is
 * nothing, or nothing to be copied. */
#include "inner.h"

#include <errno.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

EXPORT int H5Dread(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		   void *buffer);
EXPORT int H5Dread_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			 h5_id file_spaces[], h5_id dxpl, void *buffers[]);
EXPORT int H5Dread_async(const char *app_file, const char *app_function, unsigned int app_line,
			 h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space,
			 h5_id dxpl, void *buffer, h5_id events);
EXPORT int H5Dread_multi_async(const char *app_file, const char *app_function,
			       unsigned int app_line, size_t n, h5_id datasets[], h5_id mem_types[],
			       h5_id mem_spaces[], h5_id file_spaces[], h5_id dxpl, void *buffers[],
			       h5_id events);
EXPORT int H5Dwrite(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		    const void *buffer);
EXPORT int H5Dwrite_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			  h5_id file_spaces[], h5_id dxpl, const void *buffers[]);
EXPORT int H5Dwrite_async(const char *app_file, const char *app_function, unsigned int app_line,
			  h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space,
			  h5_id dxpl, const void *buffer, h5_id events);
EXPORT int H5Dwrite_multi_async(const char *app_file, const char *app_function,
				unsigned int app_line, size_t n, h5_id datasets[],
				h5_id mem_types[], h5_id mem_spaces[], h5_id file_spaces[],
				h5_id dxpl, const void *buffers[], h5_id events);
EXPORT h5_id H5Dget_space(h5_id dataset);
EXPORT h5_id H5Dget_space_async(const char *app_file, const char *app_function,
				unsigned int app_line, h5_id dataset, h5_id events);
EXPORT int H5Dvlen_get_buf_size(h5_id dataset, h5_id type, h5_id space, uint64_t *size);
EXPORT int H5Oexists_by_name(h5_id location, const char *name, h5_id lapl);
EXPORT int H5Ocopy(h5_id from, const char *from_name, h5_id to, const char *to_name, h5_id ocpypl,
		   h5_id lcpl);
EXPORT int H5Ocopy_async(const char *app_file, const char *app_function, unsigned int app_line,
			 h5_id from, const char *from_name, h5_id to, const char *to_name,
			 h5_id ocpypl, h5_id lcpl, h5_id events);

/* Ends a hook: calls the real function, unless there is none. */
#define CALL(hook, function, real)                                                     \
	do {                                                                           \
		const struct hdf5 *h5 = begin(function, (const void *)(hook), CALLER); \
                                                                                       \
		return h5 ? inner_call_end(h5, function, h5->real) : -1;               \
	} while (0)

static const struct hdf5 *begin(enum hdf5_function function, const void *hook, const void *caller)
{
	int saved_errno = errno;
	const struct hdf5 *h5 = libhdf5_of_caller(function, hook, caller);

	if (!h5)
		return NULL;
	inner_call_begin();
	errno = saved_errno;
	return h5;
}

int H5Dread(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	    void *buffer)
{
	CALL(H5Dread, HDF5_DREAD, Dread(dataset, mem_type, mem_space, file_space, dxpl, buffer));
}

int H5Dread_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		  h5_id file_spaces[], h5_id dxpl, void *buffers[])
{
	CALL(H5Dread_multi, HDF5_DREAD_MULTI,
	     Dread_multi(n, datasets, mem_types, mem_spaces, file_spaces, dxpl, buffers));
}

int H5Dread_async(const char *app_file, const char *app_function, unsigned int app_line,
		  h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		  void *buffer, h5_id events)
{
	CALL(H5Dread_async, HDF5_DREAD_ASYNC,
	     Dread_async(app_file, app_function, app_line, dataset, mem_type, mem_space, file_space,
			 dxpl, buffer, events));
}

int H5Dread_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			h5_id file_spaces[], h5_id dxpl, void *buffers[], h5_id events)
{
	CALL(H5Dread_multi_async, HDF5_DREAD_MULTI_ASYNC,
	     Dread_multi_async(app_file, app_function, app_line, n, datasets, mem_types, mem_spaces,
			       file_spaces, dxpl, buffers, events));
}

int H5Dwrite(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	     const void *buffer)
{
	CALL(H5Dwrite, HDF5_DWRITE, Dwrite(dataset, mem_type, mem_space, file_space, dxpl, buffer));
}

int H5Dwrite_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		   h5_id file_spaces[], h5_id dxpl, const void *buffers[])
{
	CALL(H5Dwrite_multi, HDF5_DWRITE_MULTI,
	     Dwrite_multi(n, datasets, mem_types, mem_spaces, file_spaces, dxpl, buffers));
}

int H5Dwrite_async(const char *app_file, const char *app_function, unsigned int app_line,
		   h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		   const void *buffer, h5_id events)
{
	CALL(H5Dwrite_async, HDF5_DWRITE_ASYNC,
	     Dwrite_async(app_file, app_function, app_line, dataset, mem_type, mem_space,
			  file_space, dxpl, buffer, events));
}

int H5Dwrite_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			 size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			 h5_id file_spaces[], h5_id dxpl, const void *buffers[], h5_id events)
{
	CALL(H5Dwrite_multi_async, HDF5_DWRITE_MULTI_ASYNC,
	     Dwrite_multi_async(app_file, app_function, app_line, n, datasets, mem_types,
				mem_spaces, file_spaces, dxpl, buffers, events));
}

h5_id H5Dget_space(h5_id dataset)
{
	CALL(H5Dget_space, HDF5_DGET_SPACE, Dget_space(dataset));
}

h5_id H5Dget_space_async(const char *app_file, const char *app_function, unsigned int app_line,
			 h5_id dataset, h5_id events)
{
	CALL(H5Dget_space_async, HDF5_DGET_SPACE_ASYNC,
	     Dget_space_async(app_file, app_function, app_line, dataset, events));
}

int H5Dvlen_get_buf_size(h5_id dataset, h5_id type, h5_id space, uint64_t *size)
{
	CALL(H5Dvlen_get_buf_size, HDF5_DVLEN_GET_BUF_SIZE,
	     Dvlen_get_buf_size(dataset, type, space, size));
}

int H5Oexists_by_name(h5_id location, const char *name, h5_id lapl)
{
	CALL(H5Oexists_by_name, HDF5_OEXISTS_BY_NAME, Oexists_by_name(location, name, lapl));
}

int H5Ocopy(h5_id from, const char *from_name, h5_id to, const char *to_name, h5_id ocpypl,
	    h5_id lcpl)
{
	CALL(H5Ocopy, HDF5_OCOPY, Ocopy(from, from_name, to, to_name, ocpypl, lcpl));
}

int H5Ocopy_async(const char *app_file, const char *app_function, unsigned int app_line, h5_id from,
		  const char *from_name, h5_id to, const char *to_name, h5_id ocpypl, h5_id lcpl,
		  h5_id events)
{
	CALL(H5Ocopy_async, HDF5_OCOPY_ASYNC,
	     Ocopy_async(app_file, app_function, app_line, from, from_name, to, to_name, ocpypl,
			 lcpl, events));
}
