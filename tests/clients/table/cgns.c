/* SPDX-License-Identifier: BSD-3-Clause */
/* cgns FILE N: adds the base BaseN to FILE, a CGNS file in HDF5; if N is 0, it makes the file. */
#include <cgnslib.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	char name[20];
	int file, base;

	if (argc != 3)
		return 2;
	snprintf(name, sizeof(name), "Base%s", argv[2]);
	if (cg_set_file_type(CG_FILE_HDF5) != CG_OK ||
	    cg_open(argv[1], atoi(argv[2]) ? CG_MODE_MODIFY : CG_MODE_WRITE, &file) != CG_OK ||
	    cg_base_write(file, name, 3, 3, &base) != CG_OK || cg_close(file) != CG_OK) {
		fprintf(stderr, "%s\n", cg_get_error());
		return 1;
	}
	return 0;
}
