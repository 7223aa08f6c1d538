/* SPDX-License-Identifier: BSD-3-Clause */
/* The libc functions behind our hooks.  Everything in this library that opens, locks or closes a
 * descriptor of its own comes here, so that no hook ever sees it. */
#ifndef LIBC_H
#define LIBC_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Each is the next definition in the global scope (another preloaded library's, or libc's), with
 * that function's contract.  Any thread; async-signal-safe. */
int libc_open(const char *path, int flags, mode_t mode);
int libc_open64(const char *path, int flags, mode_t mode);
int libc_flock(int fd, int operation);
int libc_close(int fd);
ssize_t libc_read(int fd, void *buffer, size_t size);
ssize_t libc_pread(int fd, void *buffer, size_t size, __off_t offset);
ssize_t libc_pread64(int fd, void *buffer, size_t size, __off64_t offset);
ssize_t libc_write(int fd, const void *buffer, size_t size);
ssize_t libc_pwrite(int fd, const void *buffer, size_t size, __off_t offset);
ssize_t libc_pwrite64(int fd, const void *buffer, size_t size, __off64_t offset);
int libc_ftruncate(int fd, __off_t length);
int libc_ftruncate64(int fd, __off64_t length);

/* What the compiler makes of the first three with _FORTIFY_SOURCE, with the buffer's own size. */
ssize_t libc_read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t libc_pread_chk(int fd, void *buffer, size_t size, __off_t offset, size_t room);
ssize_t libc_pread64_chk(int fd, void *buffer, size_t size, __off64_t offset, size_t room);

/* The same for streams; not in a signal handler. */
FILE *libc_fopen(const char *path, const char *mode);
FILE *libc_fopen64(const char *path, const char *mode);
FILE *libc_freopen(const char *path, const char *mode, FILE *stream);
FILE *libc_freopen64(const char *path, const char *mode, FILE *stream);
int libc_fclose(FILE *stream);

/* FD, or instead of a number of the standard streams, which the program may have closed, a higher
 * one (close-on-exec); -1 with errno set if FD is, or if there is none.  What anybody writes to
 * standard error must not end up in a file of HDF5's. */
int libc_above_streams(int fd);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t monotonic_ns(void);

#endif
