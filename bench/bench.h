/* SPDX-License-Identifier: BSD-3-Clause */
/* What the bench's programs share: a clock, a start signal, lines that don't mix. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* CLOCK_MONOTONIC: the same in all processes, and Python's time.monotonic_ns(). */
int64_t now_ns(void);

/* CPU time that this process has used so far, in nanoseconds. */
int64_t cpu_ns(void);

/* A sleep of FROM to TO microseconds, evenly spread. */
void sleep_between(long from, long to);

/* Says "ready" and waits until standard input ends: the driver holds its other end. */
void wait_for_start(void);

/* One line on standard output in one write(), so that many processes can share a pipe. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Ends the program with a message and errno's meaning. */
__attribute__((noreturn)) void die(const char *what);

/* Opens FILE with HDF5, reading or writing, or ends the program. */
int64_t h5_open(const char *file, int writing);
void h5_close(int64_t id);

#endif
