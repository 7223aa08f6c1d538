/* SPDX-License-Identifier: BSD-3-Clause */
/* For a program that has a function in the place of the C library's fstat(). */
#ifndef INSTEAD_OF_FSTAT_H
#define INSTEAD_OF_FSTAT_H

#include <fcntl.h>
#include <features.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The head of its definition: before glibc 2.33 the header makes another function of fstat(). */
#if __GLIBC_PREREQ(2, 33)
#define INSTEAD_OF_FSTAT(fd, status) int fstat(int fd, struct stat *status)
#else
#define INSTEAD_OF_FSTAT(fd, status) \
	int __fxstat(int version __attribute__((unused)), int fd, struct stat *status)
#endif

/* What it would have done. */
static inline int real_fstat(int fd, struct stat *status)
{
	return (int)syscall(SYS_newfstatat, fd, "", status, AT_EMPTY_PATH);
}

#endif
