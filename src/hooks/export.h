/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in this folder is exported, and nothing else is. */
#ifndef EXPORT_H
#define EXPORT_H

#include <fcntl.h>
#include <stdarg.h>

#define EXPORT __attribute__((visibility("default")))

/* For hooks of libc's functions, whose own names are given to the linker alone: the headers'
 * declarations may be macros, inline functions (stat() before glibc 2.33), or stand for the
 * functions for large files. */
#define EXPORT_AS(name) __asm__(#name) EXPORT

/* The last argument of open() and its kin, which is there only if a file may be created. */
#define MODE_OF(flags, args) ((flags) & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0)

#endif
