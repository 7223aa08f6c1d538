/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting a program the way all of a test's programs are started; for support/ only. */
#ifndef START_H
#define START_H

#include <sys/types.h>

/* Starts ARGV[0] with the test's settings and these descriptors as its standard ones (-1: leave the
 * test program's own). */
pid_t spawn(const char *const argv[], int in, int out, int err);
/* Waits for it; returns its exit status, or 128 + signal. */
int reap(pid_t pid);

#endif
