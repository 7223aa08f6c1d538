/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands that are small programs of their own.
 *
 *   increment FILE COUNT             COUNT times: open, read /counter, write one more, close
 *   create-many FILE N COUNT [keep]  COUNT times: remove FILE (unless "keep"), create it (TRUNC)
 * with N numbers in "data" counting up from 1, close watch FILE N STOP                until a file
 * STOP exists: open FILE and check those numbers; answers "ok absent=I whole=J broken=K LAST-ERROR"
 *   delete FILE                      H5Fdelete
 *   delete-many FILE STOP            until a file STOP exists; answers "ok N", the number of times
 * that it deleted something
 */
#include "actor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool increment(const char *name)
{
	hid_t file = open_file(name, "rw", false), dataset;
	bool good;
	int counter = 0;

	if (file < 0)
		return false;
	dataset = H5Dopen2(file, "counter", H5P_DEFAULT);
	good = dataset >= 0 &&
	       H5Dread(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &counter) >= 0;
	counter++;
	good = good &&
	       H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &counter) >= 0;
	return good && H5Dclose(dataset) >= 0 && close_file(file) >= 0;
}

static void run_increment(const struct words *w)
{
	for (int left = atoi(w->word[2]); left > 0; left--) {
		if (!increment(w->word[1])) {
			answer_result(-1);
			return;
		}
	}
	answer_ok();
}

static void run_create_many(const struct words *w)
{
	hid_t file;

	for (int left = atoi(w->word[3]); left > 0; left--) {
		if (strcmp(w->word[4], "keep"))
			unlink(w->word[1]);
		file = create_file(w->word[1], "trunc", false);
		if (file < 0 || write_numbers(file, "data", atol(w->word[2]), 1) < 0 ||
		    H5Fclose(file) < 0) {
			answer_result(-1);
			return;
		}
	}
	answer_ok();
}

/* 1: there, and right; 0: not there; -1: anything else. */
static int look(const char *name, long n, char *error, size_t size)
{
	hid_t file = open_file(name, "r", false), dataset;
	bool absent = errno == ENOENT;
	int found;
	long right = -1;

	if (file < 0) {
		if (absent)
			return 0;
		describe_result(-1, error, size);
		return -1;
	}
	dataset = H5Dopen2(file, "data", H5P_DEFAULT);
	if (dataset >= 0) {
		right = check_numbers(dataset, n, 1, &found);
		H5Dclose(dataset);
	}
	if (right != n)
		snprintf(error, size, "number %ld of %ld is wrong", right, n);
	H5Fclose(file);
	return right == n ? 1 : -1;
}

static void run_watch(const struct words *w)
{
	char error[4096] = "";
	long seen[3] = { 0 };

	while (access(w->word[3], F_OK) != 0)
		seen[1 + look(w->word[1], atol(w->word[2]), error, sizeof(error))]++;
	answer("ok absent=%ld whole=%ld broken=%ld %s", seen[1], seen[2], seen[0], error);
}

#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 12, 0)
#define HAS_DELETE
#endif
#endif

#ifdef HAS_DELETE
static herr_t delete_file(const char *name)
{
	hid_t list = access_list();
	herr_t result;

	errno = 0;
	result = H5Fdelete(name, list);
	if (result >= 0)
		done_with_access(list);
	return result;
}

static void run_delete(const struct words *w)
{
	answer_result(delete_file(w->word[1]));
}

static void run_delete_many(const struct words *w)
{
	int n = 0;

	while (access(w->word[2], F_OK) != 0) {
		if (delete_file(w->word[1]) >= 0)
			n++;
		else if (errno != ENOENT) {
			answer_result(-1);
			return;
		}
	}
	answer("ok %d", n);
}

/* HDF5 1.12.2 has the function, and fails for lack of what does it. */
bool can_delete(void)
{
	static const char name[] = "can-delete.h5";
	hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	bool can;

	H5Fclose(file);
	can = H5Fdelete(name, H5P_DEFAULT) >= 0;
	remove(name);
	return can;
}
#else
bool can_delete(void)
{
	return false;
}

static void run_delete(const struct words *w)
{
	answer("error no H5Fdelete in this HDF5 (%s)", w->word[0]);
}
#define run_delete_many run_delete
#endif

const struct command job_commands[] = {
	{ "increment", run_increment, 2 },
	{ "create-many", run_create_many, 3 },
	{ "watch", run_watch, 3 },
	{ "delete", run_delete, 1 },
	{ "delete-many", run_delete_many, 2 },
	{ NULL, NULL, 0 },
};
