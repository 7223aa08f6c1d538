/* SPDX-License-Identifier: BSD-3-Clause */
/* A counter in a file, for mpirun: linked with an HDF5 that was built for MPI.
 *
 *   mpi_counter FILE N      each rank by itself, N times: open, read, add one, write, close
 *   mpi_counter FILE mpio   all ranks together create FILE with the mpio driver: a number for each
 *                           rank, which is the rank
 *
 * The counter's file is made by counter.c.
 */
#include <hdf5.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static int add_one(const char *file)
{
	hid_t id = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
	hid_t data;
	int number, failed;

	if (id < 0)
		return -1;
	data = H5Dopen2(id, "counter", H5P_DEFAULT);
	failed = data < 0 ||
		 H5Dread(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &number) < 0;
	number++;
	failed = failed ||
		 H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &number) < 0;
	if (data >= 0)
		H5Dclose(data);
	return H5Fclose(id) < 0 || failed ? -1 : 0;
}

/* Rank RANK of RANKS writes its element of the dataset. */
static int write_together(const char *file, hsize_t rank, hsize_t ranks)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	hsize_t one = 1;
	hid_t id, space, memory, data;
	int number = (int)rank;

	H5Pset_fapl_mpio(access, MPI_COMM_WORLD, MPI_INFO_NULL);
	id = H5Fcreate(file, H5F_ACC_TRUNC, H5P_DEFAULT, access);
	H5Pclose(access);
	if (id < 0)
		return -1;
	space = H5Screate_simple(1, &ranks, NULL);
	memory = H5Screate_simple(1, &one, NULL);
	data = H5Dcreate2(id, "ranks", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT,
			  H5P_DEFAULT);
	H5Sselect_hyperslab(space, H5S_SELECT_SET, &rank, NULL, &one, NULL);
	if (data < 0 || H5Dwrite(data, H5T_NATIVE_INT, memory, space, H5P_DEFAULT, &number) < 0)
		return -1;
	H5Sclose(memory);
	H5Sclose(space);
	H5Dclose(data);
	return H5Fclose(id);
}

int main(int argc, char **argv)
{
	int rank, ranks, failed = 0;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (argc != 3)
		failed = 2;
	else if (strcmp(argv[2], "mpio") == 0)
		failed = write_together(argv[1], (hsize_t)rank, (hsize_t)ranks) < 0;
	else
		for (int i = 0; !failed && i < atoi(argv[2]); i++)
			failed = add_one(argv[1]) < 0;
	MPI_Finalize();
	return failed;
}
