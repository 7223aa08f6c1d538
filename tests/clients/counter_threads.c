/* SPDX-License-Identifier: BSD-3-Clause */
/* An unmodified program with threads: each adds to the number in a file, as counter.c does.
 *
 *   counter_threads safe              succeeds if this HDF5 may be used by several threads at once
 *   counter_threads THREADS N FILE…   thread I adds to the file I modulo the number of files
 *
 * Threads that use one file share it as HDF5 does, which keeps it open until the last of them has
 * closed it.  That a number is not read between another thread's reading and writing is up to the
 * program, as always.
 */
#include <hdf5.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

struct worker {
	pthread_t thread;
	const char *file;
	pthread_mutex_t *number;
	int times, failed;
};

static int add_one(hid_t file, pthread_mutex_t *number)
{
	hid_t data = H5Dopen2(file, "counter", H5P_DEFAULT);
	int n, failed;

	if (data < 0)
		return 1;
	pthread_mutex_lock(number);
	failed = H5Dread(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &n) < 0;
	n++;
	failed = failed || H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &n) < 0;
	pthread_mutex_unlock(number);
	return H5Dclose(data) < 0 || failed;
}

static void *work(void *data)
{
	struct worker *w = data;

	for (int i = 0; i < w->times && !w->failed; i++) {
		hid_t file = H5Fopen(w->file, H5F_ACC_RDWR, H5P_DEFAULT);

		w->failed = file < 0 || add_one(file, w->number);
		w->failed = (file >= 0 && H5Fclose(file) < 0) || w->failed;
	}
	return NULL;
}

static int is_safe(void)
{
	hbool_t is = 0;

#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 8, 16)
	H5is_library_threadsafe(&is);
#endif
#endif
	return is;
}

int main(int argc, char **argv)
{
	static struct worker workers[MOST];
	static pthread_mutex_t numbers[MOST];
	int n = argc > 1 ? atoi(argv[1]) : 0, files = argc - 3, failed = 0;

	if (argc == 2 && !strcmp(argv[1], "safe"))
		return !is_safe();
	if (n < 1 || n > MOST || files < 1 || files > MOST) {
		fprintf(stderr, "usage: counter_threads safe | THREADS N FILE...\n");
		return 2;
	}
	H5open();
	for (int i = 0; i < files; i++)
		pthread_mutex_init(&numbers[i], NULL);
	for (int i = 0; i < n; i++) {
		workers[i] = (struct worker){ .file = argv[3 + i % files],
					      .number = &numbers[i % files],
					      .times = atoi(argv[2]) };
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	for (int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		failed = failed || workers[i].failed;
	}
	return failed;
}
