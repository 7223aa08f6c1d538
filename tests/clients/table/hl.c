/* SPDX-License-Identifier: BSD-3-Clause */
/* hl FILE N: adds the dataset yN with 1000 times N to FILE, with HDF5's high-level library. */
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	hsize_t size = 1000;
	int values[1000];
	char name[20];
	hid_t file;

	if (argc != 3)
		return 2;
	for (int i = 0; i < 1000; i++)
		values[i] = atoi(argv[2]);
	snprintf(name, sizeof(name), "y%s", argv[2]);
	file = H5Fopen(argv[1], H5F_ACC_RDWR, H5P_DEFAULT);
	return file < 0 || H5LTmake_dataset_int(file, name, 1, &size, values) < 0 ||
	       H5Fclose(file) < 0;
}
