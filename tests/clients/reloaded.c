/* SPDX-License-Identifier: BSD-3-Clause */
/* A module that is unloaded and loaded again, with its libhdf5: see reloading.c. */
#include <hdf5.h>

const void *reloaded_hdf5(void);
int reloaded_can_follow(const char *file, const char *link);

/* Something in its libhdf5. */
const void *reloaded_hdf5(void)
{
	return (const void *)H5Gopen2;
}

/* Whether what the link in the file leads to can be had. */
int reloaded_can_follow(const char *file, const char *link)
{
	hid_t f, g = -1;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	f = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (f >= 0)
		g = H5Oopen(f, link, H5P_DEFAULT);
	if (g >= 0)
		H5Oclose(g);
	if (f >= 0)
		H5Fclose(f);
	H5close();
	return f < 0 ? -1 : g >= 0;
}
