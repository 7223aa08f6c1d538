/* SPDX-License-Identifier: BSD-3-Clause */
/* The exported H5F… functions. */
#include "hooks/hook.h"
#include "opening/open_file.h"
#include "opening/opening.h"
#include "opening/probe.h"
#include "opening/run.h"

#define CALL_OF(which) .function = HDF5_##which, .hook = (const void *)H5##which, .caller = CALLER

h5_id H5Fopen(const char *name, unsigned int flags, h5_id fapl)
{
	struct call call = { CALL_OF(Fopen), .name = name, .flags = flags, .fapl = fapl };

	return run_opening(&call);
}

h5_id H5Fcreate(const char *name, unsigned int flags, h5_id fcpl, h5_id fapl)
{
	struct call call = { CALL_OF(Fcreate), .name = name, .flags = flags, .fcpl = fcpl,
			     .fapl = fapl };

	return run_opening(&call);
}

int H5Fclose(h5_id file)
{
	return open_file_close(file, NULL, (const void *)H5Fclose, CALLER);
}

/* In C the …_async functions are called by macros of the same names, which add the first three
 * arguments. */
h5_id H5Fopen_async(const char *file, const char *function, unsigned int line, const char *name,
		    unsigned int flags, h5_id fapl, h5_id events)
{
	struct call call = { CALL_OF(Fopen_async), .name = name, .flags = flags, .fapl = fapl,
			     .async = { file, function, line, events } };

	return run_opening(&call);
}

h5_id H5Fcreate_async(const char *file, const char *function, unsigned int line, const char *name,
		      unsigned int flags, h5_id fcpl, h5_id fapl, h5_id events)
{
	struct call call = { CALL_OF(Fcreate_async), .name = name,
			     .flags = flags,	     .fcpl = fcpl,
			     .fapl = fapl,	     .async = { file, function, line, events } };

	return run_opening(&call);
}

int H5Fclose_async(const char *file, const char *function, unsigned int line, h5_id id,
		   h5_id events)
{
	struct hdf5_async async = { file, function, line, events };

	return open_file_close(id, &async, (const void *)H5Fclose_async, CALLER);
}

int H5Fdelete(const char *name, h5_id fapl)
{
	struct call call = { CALL_OF(Fdelete), .name = name, .fapl = fapl };

	return (int)run_opening(&call);
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
