/* SPDX-License-Identifier: BSD-3-Clause */
/* Just enough of a libhdf5 to be taken for one.  It is compiled several times, as COPY 1 (of the
 * kind 1.10), 2 (of the kind 2.2: a variable for the sec2 driver, open64) and 3 (of the kind 1.8:
 * ids of 32 bits, no lock of its own), and tells which copy was called and with whose ids.  With
 * -DBARE it has nothing but files: no lists, no drivers, no errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* What a function that returns an id leaves in the register: of 32 bits the upper half is garbage.
 */
#if COPY == 3
typedef int hid_t;
#define RETURNED(id) ((long)(0xbadc0ffe00000000 | (unsigned)(id)))
#else
typedef long hid_t;
#define RETURNED(id) (id)
#endif

/* Every id of this copy is between COPY * 1000 and COPY * 1000 + 999; files begin at 500. */
#define ID(n) (COPY * 1000 + (n))

hid_t H5P_LST_FILE_ACCESS_ID_g = -1, H5E_ERR_CLS_g = -1, H5E_FILE_g = -1, H5E_CANTOPENFILE_g = -1;

static int say(const char *format, ...)
{
	char line[2048];
	va_list arguments;
	int n = snprintf(line, sizeof(line), "copy %d: ", COPY);

	va_start(arguments, format);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, arguments);
	va_end(arguments);
	line[n++] = '\n';
	return (int)write(STDOUT_FILENO, line, (size_t)n);
}

/* Complains about an id that another copy gave out. */
static void check(const char *function, hid_t id)
{
	if (id != 0 && (id < ID(0) || id > ID(999)))
		say("%s got the foreign id %ld", function, (long)id);
}

int H5open(void)
{
	H5P_LST_FILE_ACCESS_ID_g = ID(1);
	H5E_ERR_CLS_g = ID(2);
	H5E_FILE_g = ID(3);
	H5E_CANTOPENFILE_g = ID(4);
	return 0;
}

int H5get_libversion(unsigned *major, unsigned *minor, unsigned *release)
{
	static const unsigned versions[][3] = { { 1, 10, 8 }, { 2, 2, 0 }, { 1, 8, 23 } };

	*major = versions[COPY - 1][0];
	*minor = versions[COPY - 1][1];
	*release = versions[COPY - 1][2];
	return 0;
}

#ifndef BARE
/* --- drivers and lists ------------------------------------------------------- */

#if COPY == 2
hid_t H5FD_SEC2_id_g = ID(5), H5FD_STDIO_id_g = ID(7);
#else
long H5FD_sec2_init(void);
long H5FD_sec2_init(void)
{
	return RETURNED(ID(5));
}
#endif

long H5Pget_driver(hid_t list);
/* sec2, or with FAKE_DRIVER=stdio that. */
long H5Pget_driver(hid_t list)
{
	check("H5Pget_driver", list);
	return RETURNED(list == 0 ? -1 : getenv("FAKE_DRIVER") ? ID(7) : ID(5));
}

long H5Pcopy(hid_t list);
long H5Pcopy(hid_t list)
{
	check("H5Pcopy", list);
	return RETURNED(ID(6));
}

int H5Pclose(hid_t list);
int H5Pclose(hid_t list)
{
	check("H5Pclose", list);
	return 0;
}

int H5Pset_fapl_sec2(hid_t list);
int H5Pset_fapl_sec2(hid_t list)
{
	check("H5Pset_fapl_sec2", list);
	return 0;
}
#endif

/* --- files: a descriptor each -------------------------------------------------- */

static int descriptors[100];

/* From one place, as sec2 does. */
static hid_t file(const char *name, int flags)
{
#if COPY == 2
	int fd = open64(name, flags, 0666);
#else
	int fd = open(name, flags, 0666);
#endif
	hid_t id = 0;

	if (fd < 0)
		return -1;
	if (COPY != 3 && flock(fd, (flags & O_RDWR ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	while (descriptors[id])
		id++;
	descriptors[id] = fd;
	return ID(500) + id;
}

long H5Fopen(const char *name, unsigned flags, hid_t list);
long H5Fopen(const char *name, unsigned flags, hid_t list)
{
	say("H5Fopen %s", name);
	check("H5Fopen", list);
	H5open();
	return RETURNED(file(name, flags & 1 ? O_RDWR : O_RDONLY));
}

long H5Fcreate(const char *name, unsigned flags, hid_t creation, hid_t list);
long H5Fcreate(const char *name, unsigned flags, hid_t creation, hid_t list)
{
	say("H5Fcreate %s", name);
	check("H5Fcreate", creation);
	check("H5Fcreate", list);
	H5open();
	return RETURNED(file(name, O_RDWR | O_CREAT | (flags & 4 ? O_EXCL : O_TRUNC)));
}

int H5Fclose(hid_t id);
int H5Fclose(hid_t id)
{
	say("H5Fclose");
	check("H5Fclose", id);
	close(descriptors[id - ID(500)]);
	descriptors[id - ID(500)] = 0;
	return 0;
}

#if COPY == 2
hid_t H5Fopen_async(const char *app_file, const char *app_function, unsigned app_line,
		    const char *name, unsigned flags, hid_t list, hid_t events);
hid_t H5Fopen_async(const char *app_file, const char *app_function, unsigned app_line,
		    const char *name, unsigned flags, hid_t list, hid_t events)
{
	say("H5Fopen_async %s from %s:%u %s events %ld", name, app_file, app_line, app_function,
	    events);
	check("H5Fopen_async", list);
	H5open();
	return file(name, flags & 1 ? O_RDWR : O_RDONLY);
}

hid_t H5Fcreate_async(const char *app_file, const char *app_function, unsigned app_line,
		      const char *name, unsigned flags, hid_t creation, hid_t list, hid_t events);
hid_t H5Fcreate_async(const char *app_file, const char *app_function, unsigned app_line,
		      const char *name, unsigned flags, hid_t creation, hid_t list, hid_t events)
{
	say("H5Fcreate_async %s from %s:%u %s events %ld", name, app_file, app_line, app_function,
	    events);
	check("H5Fcreate_async", creation);
	check("H5Fcreate_async", list);
	H5open();
	return file(name, O_RDWR | O_CREAT | (flags & 4 ? O_EXCL : O_TRUNC));
}

int H5Fclose_async(const char *app_file, const char *app_function, unsigned app_line, hid_t id,
		   hid_t events);
int H5Fclose_async(const char *app_file, const char *app_function, unsigned app_line, hid_t id,
		   hid_t events)
{
	say("H5Fclose_async from %s:%u %s events %ld", app_file, app_line, app_function, events);
	return H5Fclose(id);
}

/* Whether somebody else has the file locked. */
static const char *state_of(const char *name)
{
	int fd = open(name, O_RDONLY);
	int rc = flock(fd, LOCK_EX | LOCK_NB);

	close(fd);
	return rc ? "locked" : "not locked";
}

/* It makes sure that this is an HDF5 file, and then deletes what is at the path. */
int H5Fdelete(const char *name, hid_t list);
int H5Fdelete(const char *name, hid_t list)
{
	const char *other = getenv("FAKE_REPLACED_BY");
	char elsewhere[64];
	int fd;

	say("H5Fdelete %s", name);
	check("H5Fdelete", list);
	/* Just now somebody puts another file there. */
	if (other && rename(other, name) == 0)
		say("%s is replaced", name);
	fd = open64(name, O_RDONLY);
	if (fd < 0)
		return -1;
	close(fd);
	/* By another path, so that nobody takes it for the look above. */
	snprintf(elsewhere, sizeof(elsewhere), "./%s", name);
	say("%s", state_of(elsewhere));
	return remove(name);
}

/* An asynchronous VOL connector is one with this flag. */
int H5Pget_vol_cap_flags(hid_t list, uint64_t *flags);
int H5Pget_vol_cap_flags(hid_t list, uint64_t *flags)
{
	check("H5Pget_vol_cap_flags", list);
	*flags = 1 | (getenv("FAKE_ASYNCHRONOUS") ? 2 : 0);
	return 0;
}
#endif

int H5Fget_vfd_handle(hid_t id, hid_t list, void **handle);
int H5Fget_vfd_handle(hid_t id, hid_t list, void **handle)
{
	check("H5Fget_vfd_handle", id);
	check("H5Fget_vfd_handle", list);
	*handle = &descriptors[id - ID(500)];
	return 0;
}

#ifndef BARE
/* --- errors ----------------------------------------------------------------------- */

typedef int (*printer)(hid_t stack, void *data);
static printer automatic;

int H5Eget_auto2(hid_t stack, printer *print, void **data);
int H5Eget_auto2(hid_t stack, printer *print, void **data)
{
	check("H5Eget_auto2", stack);
	*print = automatic;
	*data = NULL;
	return 0;
}

int H5Eset_auto2(hid_t stack, printer print, void *data);
int H5Eset_auto2(hid_t stack, printer print, void *data)
{
	(void)data;
	check("H5Eset_auto2", stack);
	automatic = print;
	return 0;
}

int H5Epush2(hid_t stack, const char *name, const char *function, unsigned line, hid_t error_class,
	     hid_t major, hid_t minor, const char *format, ...);
int H5Epush2(hid_t stack, const char *name, const char *function, unsigned line, hid_t error_class,
	     hid_t major, hid_t minor, const char *format, ...)
{
	char text[1800];
	va_list arguments;

	(void)name;
	(void)line;
	check("H5Epush2", stack);
	check("H5Epush2", error_class);
	check("H5Epush2", major);
	check("H5Epush2", minor);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say("error in %s: %s", function, text);
	return 0;
}
#endif
