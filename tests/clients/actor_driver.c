/* SPDX-License-Identifier: BSD-3-Clause */
/* A file driver of the program's own: its one file is in memory, whatever its name. */
#include "actor_driver.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct memory_file {
	H5FD_t public; /* HDF5's part comes first */
	haddr_t eoa;
};

static unsigned char memory[1 << 20];
static haddr_t end;

static H5FD_t *open_it(const char *name, unsigned flags, hid_t list, haddr_t most)
{
	(void)name;
	(void)list;
	(void)most;
	if (flags & H5F_ACC_TRUNC)
		end = 0;
	return calloc(1, sizeof(struct memory_file));
}

static herr_t close_it(H5FD_t *file)
{
	free(file);
	return 0;
}

static haddr_t get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return ((const struct memory_file *)file)->eoa;
}

static herr_t set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t eoa)
{
	(void)type;
	((struct memory_file *)file)->eoa = eoa;
	return 0;
}

static haddr_t get_eof(const H5FD_t *file)
{
	(void)file;
	return end;
}

static herr_t read_it(H5FD_t *file, H5FD_mem_t type, hid_t list, haddr_t at, size_t size,
		      void *buffer)
{
	(void)file;
	(void)type;
	(void)list;
	if (at + size > sizeof(memory))
		return -1;
	memcpy(buffer, memory + at, size);
	return 0;
}

static herr_t write_it(H5FD_t *file, H5FD_mem_t type, hid_t list, haddr_t at, size_t size,
		       const void *buffer)
{
	(void)file;
	(void)type;
	(void)list;
	if (at + size > sizeof(memory))
		return -1;
	memcpy(memory + at, buffer, size);
	end = at + size > end ? at + size : end;
	return 0;
}

/* Their types are not the same in all versions. */
#define SAME_AS(member) (__typeof__(class.member))(void *)

herr_t set_own_driver(hid_t list, const char *name)
{
	static hid_t id;
	static H5FD_class_t class;

	if (!id) {
#ifdef H5FD_CLASS_VERSION /* HDF5 1.14 */
		class.version = H5FD_CLASS_VERSION;
#endif
		class.name = strdup(name);
		class.maxaddr = sizeof(memory);
		class.fc_degree = H5F_CLOSE_WEAK;
		class.open = open_it;
		class.close = close_it;
		class.get_eoa = get_eoa;
		class.set_eoa = set_eoa;
		class.get_eof = SAME_AS(get_eof) get_eof;
		class.read = read_it;
		class.write = write_it;
		id = H5FDregister(&class);
	}
	return H5Pset_driver(list, id, NULL);
}
