/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of the hooks, but for those in looks.c.  It is compiled into the program, and as
 * modules: as it is, with -DTAIL (they leave by a jump), and with -DBY_DLSYM (they fetch HDF5's
 * functions by themselves).
 *
 * The folder has data.h5, latest.h5, held.h5 (which somebody else holds exclusively), link.h5 and
 * virtual.h5 (which lead to held.h5). */
#include "calls.h"
#include "ways.h"

#include <fcntl.h>
#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOT_BACK = -2 }; /* the call has not returned */

hid_t result = NOT_BACK;
static hid_t file = -1, set = -1, list = H5P_DEFAULT, other = -1;
static int numbers[100], fd = -1;
static FILE *stream;
static bool told;

/* Told by the ways in which a call may end its thread. */
bool ways_is_back(void)
{
	return result != NOT_BACK;
}

/* --- past every hook --------------------------------------------------------------- */

static char lock_on(const char *name)
{
	int look = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
	char lock = '-';

	if (syscall(SYS_flock, look, LOCK_SH | LOCK_NB))
		lock = 'x';
	else if (syscall(SYS_flock, look, LOCK_EX | LOCK_NB))
		lock = 's';
	syscall(SYS_close, look);
	return lock;
}

static const char *exclusive_or(const char *word)
{
	return lock_on("data.h5") == 'x' ? "kept" : word;
}

/* --- files ---------------------------------------------------------------------------- */

ID_CALL(H5Fopen, CALL(H5Fopen)("data.h5", H5F_ACC_RDWR, H5P_DEFAULT))
ID_CALL(H5Fcreate, CALL(H5Fcreate)("data.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT))
INT_CALL(H5Fclose, CALL(H5Fclose)(file))
INT_CALL(H5Fis_hdf5, CALL(H5Fis_hdf5)("held.h5"))

static const char *opened(void)
{
	return result < 0 ? "refused" : exclusive_or("unlocked");
}

static void open_data(void)
{
	file = H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT);
}

static const char *let_go(void)
{
	return result >= 0 && lock_on("data.h5") == '-' ? "kept" : "locked-on";
}

const char *ways_still_locked(void)
{
	/* And it is still known as this process's own, which may open it again. */
	if (file >= 0 && H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT) < 0)
		return "forgotten";
	return exclusive_or("unlocked");
}

/* A look at a file that is held neither waits nor fails. */
static const char *looked(void)
{
	return result > 0 ? "kept" : "waits";
}

#if H5_VERSION_GE(1, 10, 0)
INT_CALL(H5Fstart_swmr_write, CALL(H5Fstart_swmr_write)(file))

static void open_latest(void)
{
	list = H5Pcreate(H5P_FILE_ACCESS);
	H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	file = H5Fopen("latest.h5", H5F_ACC_RDWR, list);
}

/* Readers may come in, writers not. */
static const char *shares(void)
{
	char lock = lock_on("latest.h5");

	if (result < 0)
		return "refused";
	return lock == 's' ? "kept" : lock == '-' ? "unlocked" : "alone";
}
#endif

#if H5_VERSION_GE(1, 12, 0)
INT_CALL(H5Fdelete, CALL(H5Fdelete)("held.h5", H5P_DEFAULT))
INT_CALL(H5Fis_accessible, CALL(H5Fis_accessible)("held.h5", H5P_DEFAULT))

static const char *not_deleted(void)
{
	return result < 0 && access("held.h5", F_OK) == 0 ? "kept" : "deleted";
}
#endif

/* --- what HDF5 opens by itself ------------------------------------------------------------ */

#if H5_VERSION_GE(1, 10, 0)
INT_CALL(H5Dread, CALL(H5Dread)(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers))
INT_CALL(H5Dwrite, CALL(H5Dwrite)(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers))

static void open_virtual(void)
{
	file = H5Fopen("virtual.h5", H5F_ACC_RDWR, H5P_DEFAULT);
	set = H5Dopen2(file, "virtual", H5P_DEFAULT);
	memset(numbers, -1, sizeof(numbers));
}

static const char *no_fill_values(void)
{
	if (result < 0)
		return "kept";
	return numbers[0] == 1 ? "unlocked" : "fill-values";
}

/* Past every hook: what held.h5 has in its dataset is at its end. */
static bool held_is_written(void)
{
	int look = (int)syscall(SYS_openat, AT_FDCWD, "held.h5", O_RDONLY | O_CLOEXEC);
	int first = 0;
	long size = lseek(look, 0, SEEK_END);

	if (pread(look, &first, sizeof(first), size - (long)sizeof(numbers)) < 0)
		first = 0;
	syscall(SYS_close, look);
	return first == -1;
}

/* Whether HDF5 flushes it in H5Dwrite or when it closes the source, it must not. */
static const char *not_written(void)
{
	if (result < 0)
		return "kept";
	H5Dclose(set);
	return held_is_written() ? "unlocked" : "lost";
}
#endif

INT_CALL(H5Oexists_by_name, CALL(H5Oexists_by_name)(file, "out", H5P_DEFAULT))
INT_CALL(H5Ocopy, CALL(H5Ocopy)(file, "folder", other, "copy", list, H5P_DEFAULT))

static void open_link(void)
{
	file = H5Fopen("link.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
}

static void open_link_to_copy(void)
{
	open_link();
	other = H5Fcreate("other.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	list = H5Pcreate(H5P_OBJECT_COPY);
	H5Pset_copy_object(list, H5O_COPY_EXPAND_EXT_LINK_FLAG);
}

static const char *not_missing(void)
{
	return result < 0 ? "kept" : result ? "unlocked" : "missing";
}

static const char *not_left_out(void)
{
	if (result < 0)
		return "kept";
	return H5Oexists_by_name(other, "copy/out", H5P_DEFAULT) > 0 ? "unlocked" : "missing";
}

static herr_t is_told(unsigned n, const H5E_error2_t *entry, void *data)
{
	(void)n, (void)data;
	told = told || (entry->desc && strstr(entry->desc, "it is held by"));
	return 0;
}

INT_CALL(H5Ewalk2, CALL(H5Ewalk2)(H5E_DEFAULT, H5E_WALK_DOWNWARD, is_told, NULL))

static void follow_link(void)
{
	open_link();
	set = H5Dopen2(file, "out", H5P_DEFAULT);
}

static const char *says_why(void)
{
	return set >= 0 ? "unlocked" : told ? "kept" : "no-reason";
}

/* --- libc's: the program's own calls of them are nobody else's business -------------------- */

INT_CALL(open, CALL(open)("data.h5", O_RDWR | O_CLOEXEC))
INT_CALL(open64, CALL(open64)("data.h5", O_RDWR | O_CLOEXEC))
INT_CALL(flock, CALL(flock)(fd, LOCK_EX | LOCK_NB))
INT_CALL(close, CALL(close)(fd))

static int opened_stream(FILE *stream)
{
	return stream ? fileno(stream) : -1;
}

INT_CALL(fopen, opened_stream(CALL(fopen)("data.h5", "rb+")))
INT_CALL(fopen64, opened_stream(CALL(fopen64)("data.h5", "rb+")))
INT_CALL(freopen, opened_stream(CALL(freopen)("data.h5", "rb+", stream)))
INT_CALL(freopen64, opened_stream(CALL(freopen64)("data.h5", "rb+", stream)))
INT_CALL(fclose, CALL(fclose)(stream))

static void open_stream(void)
{
	stream = fopen("/dev/null", "r");
}

static const char *left_alone(void)
{
	return result >= 0 && lock_on("data.h5") == '-' ? "kept" : "locked";
}

static void open_own(void)
{
	fd = open("data.h5", O_RDWR | O_CLOEXEC);
}

static const char *locked_itself(void)
{
	return exclusive_or("unlocked");
}

/* As a program may that closes all descriptors it finds. */
static void find_descriptor(void)
{
	int *handle = NULL;

	open_data();
	if (H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&handle) >= 0)
		fd = *handle;
}

/* What a process has opened itself, it may use as it likes. */
static char byte;

static off_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

INT_CALL(read, (int)CALL(read)(fd, &byte, 1))
INT_CALL(pread, (int)CALL(pread)(fd, &byte, 1, 0))
INT_CALL(pread64, (int)CALL(pread64)(fd, &byte, 1, 0))
INT_CALL(write, (int)CALL(write)(fd, &byte, 0))
INT_CALL(pwrite, (int)CALL(pwrite)(fd, &byte, 0, 0))
INT_CALL(pwrite64, (int)CALL(pwrite64)(fd, &byte, 0, 0))
INT_CALL(ftruncate, CALL(ftruncate)(fd, size_of(fd)))
INT_CALL(ftruncate64, CALL(ftruncate64)(fd, size_of(fd)))

static const char *used(void)
{
	return result < 0 ? "refused" : exclusive_or("unlocked");
}

INT_CALL(H5Eset_auto2, CALL(H5Eset_auto2)(H5E_DEFAULT, NULL, NULL))

static const char *set_as_told(void)
{
	return result < 0 ? "refused" : "kept";
}

const struct hook ways_hooks[] = {
	{ "H5Fopen", NULL, call_H5Fopen, opened },
	{ "H5Fcreate", NULL, call_H5Fcreate, opened },
	{ "H5Fclose", open_data, call_H5Fclose, let_go },
	{ "H5Fis_hdf5", NULL, call_H5Fis_hdf5, looked },
#if H5_VERSION_GE(1, 10, 0)
	{ "H5Fstart_swmr_write", open_latest, call_H5Fstart_swmr_write, shares },
	{ "H5Dread", open_virtual, call_H5Dread, no_fill_values },
	{ "H5Dwrite", open_virtual, call_H5Dwrite, not_written },
#endif
#if H5_VERSION_GE(1, 12, 0)
	{ "H5Fdelete", NULL, call_H5Fdelete, not_deleted },
	{ "H5Fis_accessible", NULL, call_H5Fis_accessible, looked },
#endif
	{ "H5Oexists_by_name", open_link, call_H5Oexists_by_name, not_missing },
	{ "H5Ocopy", open_link_to_copy, call_H5Ocopy, not_left_out },
	{ "H5Ewalk2", follow_link, call_H5Ewalk2, says_why },
	{ "open", NULL, call_open, left_alone },
	{ "open64", NULL, call_open64, left_alone },
	{ "fopen", NULL, call_fopen, left_alone },
	{ "fopen64", NULL, call_fopen64, left_alone },
	{ "freopen", open_stream, call_freopen, left_alone },
	{ "freopen64", open_stream, call_freopen64, left_alone },
	{ "fclose", open_stream, call_fclose, left_alone },
	{ "flock", open_own, call_flock, locked_itself },
	{ "close", find_descriptor, call_close, let_go },
	{ "read", find_descriptor, call_read, used },
	{ "pread", find_descriptor, call_pread, used },
	{ "pread64", find_descriptor, call_pread64, used },
	{ "write", find_descriptor, call_write, used },
	{ "pwrite", find_descriptor, call_pwrite, used },
	{ "pwrite64", find_descriptor, call_pwrite64, used },
	{ "ftruncate", find_descriptor, call_ftruncate, used },
	{ "ftruncate64", find_descriptor, call_ftruncate64, used },
	{ "H5Eset_auto2", NULL, call_H5Eset_auto2, set_as_told },
	{ NULL, NULL, NULL, NULL },
};
