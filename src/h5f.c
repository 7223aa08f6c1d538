/* The exported H5F… functions. */
#include "open_file.h"
#include "opening.h"
#include "probe.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

EXPORT h5_id H5Fopen(const char *name, unsigned int flags, h5_id fapl);
EXPORT h5_id H5Fcreate(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl);
EXPORT int H5Fclose(h5_id file);
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
	return open_file_close(file, (const void *)H5Fclose, CALLER);
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
