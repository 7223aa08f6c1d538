/* The exported H5F… functions. */
#include "open_file.h"
#include "opening.h"
#include "probe.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

EXPORT h5_id H5Fopen(const char *name, unsigned int flags, h5_id fapl);
EXPORT h5_id H5Fcreate(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl);
EXPORT int H5Fclose(h5_id file);
EXPORT h5_id H5Fopen_async(const char *app_file, const char *app_func, unsigned int app_line,
			   const char *name, unsigned int flags, h5_id fapl, h5_id es);
EXPORT h5_id H5Fcreate_async(const char *app_file, const char *app_func, unsigned int app_line,
			     const char *name, unsigned int flags, h5_id fcpl, h5_id fapl,
			     h5_id es);
EXPORT int H5Fclose_async(const char *app_file, const char *app_func, unsigned int app_line,
			  h5_id file, h5_id es);
EXPORT int H5Fdelete(const char *name, h5_id fapl);
EXPORT int H5Fstart_swmr_write(h5_id file);
EXPORT int H5Fis_hdf5(const char *name);
EXPORT int H5Fis_accessible(const char *name, h5_id fapl);

h5_id H5Fopen(const char *name, unsigned int flags, h5_id fapl)
{
	struct opening o = { .function = HDF5_FOPEN,
			     .hook = (const void *)H5Fopen,
			     .caller = CALLER,
			     .name = name,
			     .flags = flags,
			     .fapl = fapl };

	return opening_run(&o);
}

h5_id H5Fcreate(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl)
{
	struct opening o = { .function = HDF5_FCREATE,
			     .hook = (const void *)H5Fcreate,
			     .caller = CALLER,
			     .name = name,
			     .flags = flags,
			     .fcpl = fcpl,
			     .fapl = fapl };

	return opening_run(&o);
}

int H5Fclose(h5_id file)
{
	return open_file_close(file, NULL, (const void *)H5Fclose, CALLER);
}

/* In C these three are called by macros of the same names, which add the first three arguments. */
h5_id H5Fopen_async(const char *app_file, const char *app_func, unsigned int app_line,
		    const char *name, unsigned int flags, h5_id fapl, h5_id es)
{
	struct opening o = { .function = HDF5_FOPEN_ASYNC,
			     .hook = (const void *)H5Fopen_async,
			     .caller = CALLER,
			     .name = name,
			     .flags = flags,
			     .fapl = fapl,
			     .async = { app_file, app_func, app_line, es } };

	return opening_run(&o);
}

h5_id H5Fcreate_async(const char *app_file, const char *app_func, unsigned int app_line,
		      const char *name, unsigned int flags, h5_id fcpl, h5_id fapl, h5_id es)
{
	struct opening o = { .function = HDF5_FCREATE_ASYNC,
			     .hook = (const void *)H5Fcreate_async,
			     .caller = CALLER,
			     .name = name,
			     .flags = flags,
			     .fcpl = fcpl,
			     .fapl = fapl,
			     .async = { app_file, app_func, app_line, es } };

	return opening_run(&o);
}

int H5Fclose_async(const char *app_file, const char *app_func, unsigned int app_line, h5_id file,
		   h5_id es)
{
	struct hdf5_async async = { app_file, app_func, app_line, es };

	return open_file_close(file, &async, (const void *)H5Fclose_async, CALLER);
}

int H5Fdelete(const char *name, h5_id fapl)
{
	struct opening o = { .function = HDF5_FDELETE,
			     .hook = (const void *)H5Fdelete,
			     .caller = CALLER,
			     .name = name,
			     .fapl = fapl };

	return (int)opening_run(&o);
}

int H5Fstart_swmr_write(h5_id file)
{
	return open_file_start_swmr_write(file, (const void *)H5Fstart_swmr_write, CALLER);
}

int H5Fis_hdf5(const char *name)
{
	return probe_is_hdf5(name, (const void *)H5Fis_hdf5, CALLER);
}

int H5Fis_accessible(const char *name, h5_id fapl)
{
	return probe_is_accessible(name, fapl, (const void *)H5Fis_accessible, CALLER);
}
