/* SPDX-License-Identifier: BSD-3-Clause */
/* The counter's file: one dataset, "counter", with one number in it. */
#ifndef COUNTER_FILE_H
#define COUNTER_FILE_H

#include <hdf5.h>

/* Makes the file with a 0 in it.  Returns 0 or -1. */
static int counter_create(const char *file)
{
	hsize_t one = 1;
	int zero = 0;
	hid_t id = H5Fcreate(file, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t space = H5Screate_simple(1, &one, NULL);
	hid_t data;

	if (id < 0)
		return -1;
	data = H5Dcreate2(id, "counter", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT,
			  H5P_DEFAULT);
	if (data < 0 || H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &zero) < 0)
		return -1;
	H5Sclose(space);
	H5Dclose(data);
	return H5Fclose(id);
}

/* Reads *NUMBER, and writes it back with ADD added unless that is 0.  Returns 0 or -1. */
static int counter_visit(const char *file, int add, int *number)
{
	hid_t id = H5Fopen(file, add ? H5F_ACC_RDWR : H5F_ACC_RDONLY, H5P_DEFAULT);
	hid_t data;
	int failed;

	if (id < 0)
		return -1;
	data = H5Dopen2(id, "counter", H5P_DEFAULT);
	failed = data < 0 ||
		 H5Dread(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, number) < 0;
	*number += add;
	if (!failed && add)
		failed = H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, number) < 0;
	if (data >= 0)
		H5Dclose(data);
	return H5Fclose(id) < 0 || failed ? -1 : 0;
}

#endif
