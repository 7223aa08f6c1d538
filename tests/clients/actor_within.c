/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands that call HDF5 from within HDF5, in a callback.  "memory" is the core driver
 * without a backing store, whose callbacks run while HDF5 reads the file.
 *
 *   memory-within SLOT FILE SLOT FILE2 r|rw
 *                opens FILE in memory, and in the middle of that FILE2; answers "ok outer RESULT
 *                inner RESULT"
 *   memory-in-vain FILE
 *                the callback has no memory for it
 *   image SLOT NAME FILE
 *                FILE's bytes as if it were called NAME
 *   link-within SLOT FILE DATASET
 *                in the middle of H5Literate() waits until this process has a lock on FILE, and
 *                then opens DATASET
 *   look-within SLOT FILE DATASET
 *                the same, and closes it there
 *   open-within SLOT FILE SLOT r|rw
 *                the same, but it opens FILE
 */
#include "actor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the callback does, and what came of it. */
static struct {
	const struct words *words;
	struct slot *slot;
	const char *file, *mode;
	char result[4096];
	bool no_memory;
} within;

static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *data)
{
	(void)data;
	if (operation == H5FD_FILE_IMAGE_OP_FILE_OPEN && within.no_memory)
		return NULL;
	if (operation == H5FD_FILE_IMAGE_OP_FILE_OPEN && within.slot) {
		within.slot->file = open_file(within.file, within.mode, false);
		describe_result(within.slot->file, within.result, sizeof(within.result));
	}
	return malloc(size);
}

static hid_t open_in_memory(const char *name)
{
	H5FD_file_image_callbacks_t callbacks = { .image_malloc = image_malloc };
	hid_t list = H5Pcreate(H5P_FILE_ACCESS), file;

	H5Pset_fapl_core(list, 1 << 16, 0);
	H5Pset_file_image_callbacks(list, &callbacks);
	errno = 0;
	file = H5Fopen(name, H5F_ACC_RDONLY, list);
	if (file >= 0)
		H5Pclose(list);
	return file;
}

static void run_memory_within(const struct words *w)
{
	struct slot *outer = slot_of(w->word[1]);
	char result[4096];

	within.slot = slot_of(w->word[3]);
	within.file = w->word[4];
	within.mode = w->word[5];
	strcpy(within.result, "not called");
	outer->file = open_in_memory(w->word[2]);
	describe_result(outer->file, result, sizeof(result));
	within.slot = NULL;
	answer("ok outer %s inner %s", result, within.result);
}

static void run_memory_in_vain(const struct words *w)
{
	within.no_memory = true;
	answer_result(open_in_memory(w->word[1]));
	within.no_memory = false;
}

static void run_image(const struct words *w)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);
	FILE *from = fopen(w->word[3], "r");
	static char bytes[1 << 20];
	size_t size = from ? fread(bytes, 1, sizeof(bytes), from) : 0;

	if (from)
		fclose(from);
	H5Pset_fapl_core(list, 1 << 16, 0);
	H5Pset_file_image(list, bytes, size);
	errno = 0;
	slot_of(w->word[1])->file = H5Fopen(w->word[2], H5F_ACC_RDONLY, list);
	answer_result(slot_of(w->word[1])->file);
	H5Pclose(list);
}

/* --- while another thread is about to open the file ------------------------------ */

static bool has_flock(int fd)
{
	char path[64], line[256];
	FILE *info;
	bool has = false;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	while (info && fgets(line, sizeof(line), info))
		has |= strstr(line, "FLOCK") != NULL;
	if (info)
		fclose(info);
	return has;
}

static bool has_lock_on(const char *name)
{
	struct stat file, st;

	if (stat(name, &file))
		return false;
	for (int fd = 0; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && st.st_ino == file.st_ino && has_flock(fd))
			return true;
	return false;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
	const struct words *w = within.words;
	struct slot *slot = slot_of(w->word[1]);

	(void)group, (void)name, (void)info, (void)data;
	while (!has_lock_on(w->word[2]))
		usleep(1000);
	errno = 0;
	if (w->n > 4) {
		slot = slot_of(w->word[3]);
		slot->file = open_file(w->word[2], w->word[4], false);
		describe_result(slot->file, within.result, sizeof(within.result));
	} else {
		slot->dataset = H5Dopen2(slot->file, w->word[3], H5P_DEFAULT);
		describe_result(slot->dataset, within.result, sizeof(within.result));
		if (!strcmp(w->word[0], "look-within"))
			H5Dclose(slot->dataset);
	}
	return 1;
}

static void run_within(const struct words *w)
{
	within.words = w;
	strcpy(within.result, "error no visit");
	H5Literate(slot_of(w->word[1])->file, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, NULL);
	answer("%s", within.result);
}

const struct command within_commands[] = {
	{ "memory-within", run_memory_within, 5 },
	{ "memory-in-vain", run_memory_in_vain, 1 },
	{ "image", run_image, 3 },
	{ "link-within", run_within, 3 },
	{ "look-within", run_within, 3 },
	{ "open-within", run_within, 4 },
	{ NULL, NULL, 0 },
};
