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

static const struct hdf5 *begin(enum hdf5_function function, const void *hook, const void *caller)
{
	int saved_errno = errno;
	const struct hdf5 *h5 = hdf5_of_caller(function, hook, caller);

	if (!h5)
		return NULL;
	inner_call_begin();
	errno = saved_errno;
	return h5;
}

int H5Dread(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	    void *buffer)
{
	const struct hdf5 *h5 = begin(HDF5_DREAD, (const void *)H5Dread, CALLER);

	return h5 ? (int)inner_call_end(
			    h5, "H5Dread",
			    h5->Dread(dataset, mem_type, mem_space, file_space, dxpl, buffer))
		  : -1;
}

int H5Dread_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		  h5_id file_spaces[], h5_id dxpl, void *buffers[])
{
	const struct hdf5 *h5 = begin(HDF5_DREAD_MULTI, (const void *)H5Dread_multi, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dread_multi",
					h5->Dread_multi(n, datasets, mem_types, mem_spaces,
							file_spaces, dxpl, buffers))
		  : -1;
}

int H5Dread_async(const char *app_file, const char *app_function, unsigned int app_line,
		  h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		  void *buffer, h5_id events)
{
	const struct hdf5 *h5 = begin(HDF5_DREAD_ASYNC, (const void *)H5Dread_async, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dread_async",
					h5->Dread_async(app_file, app_function, app_line, dataset,
							mem_type, mem_space, file_space, dxpl,
							buffer, events))
		  : -1;
}

int H5Dread_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			h5_id file_spaces[], h5_id dxpl, void *buffers[], h5_id events)
{
	const struct hdf5 *h5 =
		begin(HDF5_DREAD_MULTI_ASYNC, (const void *)H5Dread_multi_async, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dread_multi_async",
					h5->Dread_multi_async(app_file, app_function, app_line, n,
							      datasets, mem_types, mem_spaces,
							      file_spaces, dxpl, buffers, events))
		  : -1;
}

int H5Dwrite(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	     const void *buffer)
{
	const struct hdf5 *h5 = begin(HDF5_DWRITE, (const void *)H5Dwrite, CALLER);

	return h5 ? (int)inner_call_end(
			    h5, "H5Dwrite",
			    h5->Dwrite(dataset, mem_type, mem_space, file_space, dxpl, buffer))
		  : -1;
}

int H5Dwrite_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		   h5_id file_spaces[], h5_id dxpl, const void *buffers[])
{
	const struct hdf5 *h5 = begin(HDF5_DWRITE_MULTI, (const void *)H5Dwrite_multi, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dwrite_multi",
					h5->Dwrite_multi(n, datasets, mem_types, mem_spaces,
							 file_spaces, dxpl, buffers))
		  : -1;
}

int H5Dwrite_async(const char *app_file, const char *app_function, unsigned int app_line,
		   h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		   const void *buffer, h5_id events)
{
	const struct hdf5 *h5 = begin(HDF5_DWRITE_ASYNC, (const void *)H5Dwrite_async, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dwrite_async",
					h5->Dwrite_async(app_file, app_function, app_line, dataset,
							 mem_type, mem_space, file_space, dxpl,
							 buffer, events))
		  : -1;
}

int H5Dwrite_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			 size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			 h5_id file_spaces[], h5_id dxpl, const void *buffers[], h5_id events)
{
	const struct hdf5 *h5 =
		begin(HDF5_DWRITE_MULTI_ASYNC, (const void *)H5Dwrite_multi_async, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dwrite_multi_async",
					h5->Dwrite_multi_async(app_file, app_function, app_line, n,
							       datasets, mem_types, mem_spaces,
							       file_spaces, dxpl, buffers, events))
		  : -1;
}

h5_id H5Dget_space(h5_id dataset)
{
	const struct hdf5 *h5 = begin(HDF5_DGET_SPACE, (const void *)H5Dget_space, CALLER);

	return h5 ? inner_call_end(h5, "H5Dget_space", h5->Dget_space(dataset)) : -1;
}

h5_id H5Dget_space_async(const char *app_file, const char *app_function, unsigned int app_line,
			 h5_id dataset, h5_id events)
{
	const struct hdf5 *h5 =
		begin(HDF5_DGET_SPACE_ASYNC, (const void *)H5Dget_space_async, CALLER);

	return h5 ? inner_call_end(
			    h5, "H5Dget_space_async",
			    h5->Dget_space_async(app_file, app_function, app_line, dataset, events))
		  : -1;
}

int H5Dvlen_get_buf_size(h5_id dataset, h5_id type, h5_id space, uint64_t *size)
{
	const struct hdf5 *h5 =
		begin(HDF5_DVLEN_GET_BUF_SIZE, (const void *)H5Dvlen_get_buf_size, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Dvlen_get_buf_size",
					h5->Dvlen_get_buf_size(dataset, type, space, size))
		  : -1;
}

int H5Oexists_by_name(h5_id location, const char *name, h5_id lapl)
{
	const struct hdf5 *h5 =
		begin(HDF5_OEXISTS_BY_NAME, (const void *)H5Oexists_by_name, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Oexists_by_name",
					h5->Oexists_by_name(location, name, lapl))
		  : -1;
}

int H5Ocopy(h5_id from, const char *from_name, h5_id to, const char *to_name, h5_id ocpypl,
	    h5_id lcpl)
{
	const struct hdf5 *h5 = begin(HDF5_OCOPY, (const void *)H5Ocopy, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Ocopy",
					h5->Ocopy(from, from_name, to, to_name, ocpypl, lcpl))
		  : -1;
}

int H5Ocopy_async(const char *app_file, const char *app_function, unsigned int app_line, h5_id from,
		  const char *from_name, h5_id to, const char *to_name, h5_id ocpypl, h5_id lcpl,
		  h5_id events)
{
	const struct hdf5 *h5 = begin(HDF5_OCOPY_ASYNC, (const void *)H5Ocopy_async, CALLER);

	return h5 ? (int)inner_call_end(h5, "H5Ocopy_async",
					h5->Ocopy_async(app_file, app_function, app_line, from,
							from_name, to, to_name, ocpypl, lcpl,
							events))
		  : -1;
}
