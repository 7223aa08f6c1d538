/* The libc functions behind our hooks.  Everything in this library that opens, locks or closes a
 * descriptor of its own comes here, so that no hook ever sees it. */
#ifndef LIBC_H
#define LIBC_H

#include <stdint.h>
#include <sys/types.h>

/* Each is the next definition in the global scope (another preloaded library's, or libc's), with
 * that function's contract.  Any thread; async-signal-safe. */
int libc_open(const char *path, int flags, mode_t mode);
int libc_open64(const char *path, int flags, mode_t mode);
int libc_flock(int fd, int operation);
int libc_close(int fd);

/* FD, or instead of a number of the standard streams, which the program may have closed, a higher
 * one (close-on-exec); -1 with errno set if FD is, or if there is none.  What anybody writes to
 * standard error must not end up in a file of HDF5's. */
int libc_above_streams(int fd);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t monotonic_ns(void);

#endif
