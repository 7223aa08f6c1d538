/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a process is covered: what it has mapped. */
#ifndef PROCESS_H
#define PROCESS_H

#include "command/say.h"

#include <sys/types.h>

/* Says it of the process PID. */
enum verdict process_check(pid_t pid);

#endif
