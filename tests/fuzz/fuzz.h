/* SPDX-License-Identifier: BSD-3-Clause */
/* What every fuzz target needs.  A target is one function that libFuzzer calls with bytes; it ends
 * the program, here by abort(), when a room did with them what it must not do. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* A file with these bytes in it, in memory.  The caller closes it. */
static inline int fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* The next of several strings in *DATA, up to SEPARATOR, as a string of its own that the caller
 * frees: so ASan knows where it ends. */
static inline char *fuzz_string(const uint8_t **data, size_t *size, char separator)
{
	const uint8_t *end = *size ? memchr(*data, separator, *size) : NULL;
	size_t length = end ? (size_t)(end - *data) : *size;
	char *text = malloc(length + 1);

	MUST(text);
	memcpy(text, *data, length);
	text[length] = 0;
	*data += length + (end != NULL);
	*size -= length + (end != NULL);
	return text;
}

#endif
