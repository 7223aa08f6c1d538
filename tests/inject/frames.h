/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose a system call is. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether the first function outside of libc on the stack of PID, which is stopped, is in
 * liblockedh5; CHAIN gets the names of the functions of liblockedh5 from there on, or of the object
 * that it is in.  One process at a time. */
bool frames_ours(pid_t pid, char *chain, size_t size);

#endif
