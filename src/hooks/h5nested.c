/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported functions in which HDF5 takes a file that it was refused for one that is not there:
 * a virtual dataset then has fill values, or another size; behind an external link there is
 * nothing, or nothing to be copied. */
#include "hooks/hook.h"
#include "opening/nested.h"

/* What the real function returns; an error if there is none. */
#define CALL(name, arguments)                                                            \
	({                                                                               \
		const struct hdf5 *h5 = HDF5_OF_CALL(name);                              \
		struct bracket_mark mark;                                                \
		int bracket = nested_call_begin(&mark);                                  \
                                                                                         \
		nested_call_end(bracket, h5, HDF5_##name, h5 ? h5->name arguments : -1); \
	})

int H5Dread(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	    void *buffer)
{
	return CALL(Dread, (dataset, mem_type, mem_space, file_space, dxpl, buffer));
}

int H5Dread_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		  h5_id file_spaces[], h5_id dxpl, void *buffers[])
{
	return CALL(Dread_multi, (n, datasets, mem_types, mem_spaces, file_spaces, dxpl, buffers));
}

int H5Dread_async(const char *app_file, const char *app_function, unsigned int app_line,
		  h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		  void *buffer, h5_id events)
{
	return CALL(Dread_async, (app_file, app_function, app_line, dataset, mem_type, mem_space,
				  file_space, dxpl, buffer, events));
}

int H5Dread_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			h5_id file_spaces[], h5_id dxpl, void *buffers[], h5_id events)
{
	return CALL(Dread_multi_async, (app_file, app_function, app_line, n, datasets, mem_types,
					mem_spaces, file_spaces, dxpl, buffers, events));
}

int H5Dwrite(h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
	     const void *buffer)
{
	return CALL(Dwrite, (dataset, mem_type, mem_space, file_space, dxpl, buffer));
}

int H5Dwrite_multi(size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
		   h5_id file_spaces[], h5_id dxpl, const void *buffers[])
{
	return CALL(Dwrite_multi, (n, datasets, mem_types, mem_spaces, file_spaces, dxpl, buffers));
}

int H5Dwrite_async(const char *app_file, const char *app_function, unsigned int app_line,
		   h5_id dataset, h5_id mem_type, h5_id mem_space, h5_id file_space, h5_id dxpl,
		   const void *buffer, h5_id events)
{
	return CALL(Dwrite_async, (app_file, app_function, app_line, dataset, mem_type, mem_space,
				   file_space, dxpl, buffer, events));
}

int H5Dwrite_multi_async(const char *app_file, const char *app_function, unsigned int app_line,
			 size_t n, h5_id datasets[], h5_id mem_types[], h5_id mem_spaces[],
			 h5_id file_spaces[], h5_id dxpl, const void *buffers[], h5_id events)
{
	return CALL(Dwrite_multi_async, (app_file, app_function, app_line, n, datasets, mem_types,
					 mem_spaces, file_spaces, dxpl, buffers, events));
}

h5_id H5Dget_space(h5_id dataset)
{
	return CALL(Dget_space, (dataset));
}

h5_id H5Dget_space_async(const char *app_file, const char *app_function, unsigned int app_line,
			 h5_id dataset, h5_id events)
{
	return CALL(Dget_space_async, (app_file, app_function, app_line, dataset, events));
}

int H5Dvlen_get_buf_size(h5_id dataset, h5_id type, h5_id space, uint64_t *size)
{
	return CALL(Dvlen_get_buf_size, (dataset, type, space, size));
}

int H5Oexists_by_name(h5_id location, const char *name, h5_id lapl)
{
	return CALL(Oexists_by_name, (location, name, lapl));
}

int H5Ocopy(h5_id from, const char *from_name, h5_id to, const char *to_name, h5_id ocpypl,
	    h5_id lcpl)
{
	return CALL(Ocopy, (from, from_name, to, to_name, ocpypl, lcpl));
}

int H5Ocopy_async(const char *app_file, const char *app_function, unsigned int app_line, h5_id from,
		  const char *from_name, h5_id to, const char *to_name, h5_id ocpypl, h5_id lcpl,
		  h5_id events)
{
	return CALL(Ocopy_async, (app_file, app_function, app_line, from, from_name, to, to_name,
				  ocpypl, lcpl, events));
}
