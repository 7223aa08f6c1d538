/* SPDX-License-Identifier: BSD-3-Clause */
/* Names as numbers, by words of eight bytes: what this takes is added to each look of each program.
 * The same in every process that has this library. */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/* These read LENGTH bytes at NAME.  Any thread; async-signal-safe. */

/* Of the whole name; one name has another number with each SEED. */
uint64_t hash_name(uint64_t seed, const char *name, size_t length);
/* Of the last eight bytes of its last part. */
uint32_t hash_end(const char *name, size_t length);

#endif
