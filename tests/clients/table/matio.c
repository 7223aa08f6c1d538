/* SPDX-License-Identifier: BSD-3-Clause */
/* matio FILE N: adds the variable yN with 1000 times N to FILE, a MAT file of version 7.3, which is
 * HDF5; if N is 0, it makes the file. */
#include <matio.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	size_t size[2] = { 1000, 1 };
	int values[1000];
	char name[20];
	matvar_t *variable;
	mat_t *file;

	if (argc != 3)
		return 2;
	for (int i = 0; i < 1000; i++)
		values[i] = atoi(argv[2]);
	snprintf(name, sizeof(name), "y%s", argv[2]);
	file = atoi(argv[2]) ? Mat_Open(argv[1], MAT_ACC_RDWR)
			     : Mat_CreateVer(argv[1], NULL, MAT_FT_MAT73);
	variable = Mat_VarCreate(name, MAT_C_INT32, MAT_T_INT32, 2, size, values, 0);
	return !file || !variable || Mat_VarWrite(file, variable, MAT_COMPRESSION_NONE) ||
	       Mat_Close(file);
}
