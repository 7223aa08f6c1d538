/* SPDX-License-Identifier: BSD-3-Clause */
/* The system calls that the tracer knows by name. */
#ifndef CALLS_H
#define CALLS_H

/* The number of the call of this name, or -1. */
int call_number(const char *name);
/* The name of the call with this number, or NULL. */
const char *call_name(int number);

#endif
