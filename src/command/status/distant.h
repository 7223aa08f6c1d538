/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file on another host, or outside of this container, as the timelines in
 * LOCKEDH5_TRACE's folder say. */
#ifndef COMMAND_DISTANT_H
#define COMMAND_DISTANT_H

#include "command/status/overview.h"

/* Puts a line for each of them into the table, and a sentence below it, if the file of this NAME
 * behind FD may be held by somebody whom OVERVIEW does not name.  Returns how many they are. */
int distant_put(int fd, const char *name, const struct overview *overview);

#endif
