/* An unmodified program of the plainest kind: a number in a file, one more each time.
 *
 *   counter FILE create     makes the file with a 0 in it
 *   counter FILE show       prints the number
 *   counter FILE N          N times: open, read, add one, write, close
 */
#include <hdf5.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int create(const char *file)
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

static int visit(const char *file, unsigned mode, int add, int *number)
{
	hid_t id = H5Fopen(file, mode, H5P_DEFAULT);
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

int main(int argc, char **argv)
{
	int number = 0;

	setlocale(LC_ALL, "");
	if (argc != 3) {
		fprintf(stderr, "usage: counter FILE create|show|N\n");
		return 2;
	}
	if (strcmp(argv[2], "create") == 0)
		return create(argv[1]) < 0;
	if (strcmp(argv[2], "show") == 0) {
		if (visit(argv[1], H5F_ACC_RDONLY, 0, &number) < 0)
			return 1;
		printf("%d\n", number);
		return 0;
	}
	for (int i = 0; i < atoi(argv[2]); i++)
		if (visit(argv[1], H5F_ACC_RDWR, 1, &number) < 0)
			return 1;
	return 0;
}
