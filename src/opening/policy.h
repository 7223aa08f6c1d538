/* SPDX-License-Identifier: BSD-3-Clause */
/* What the settings, the file's name and its driver ask for. */
#ifndef POLICY_H
#define POLICY_H

#include "opening/opening.h"

#include <stdbool.h>

enum policy {
	POLICY_LOCK,	     /* sec2 */
	POLICY_LOCK_CORE,    /* as a file of the core driver */
	POLICY_LOCK_AS_SEC2, /* with another driver instead of the program's */
	POLICY_LEAVE_ALONE,  /* a file that is not to be locked, or no file at all */
	POLICY_UNLOCKED,     /* to be told: policy_warn_unlocked() */
	POLICY_REFUSE	     /* the failure is set */
};

/* What is to become of O; sets in it which lock a file of the core driver needs, and *NAME to its
 * driver's.  Any thread; not in a signal handler. */
enum policy policy_of(struct opening *o, const char **name);

/* Says once in a process that O, by DRIVER, is opened unlocked.  Any thread. */
void policy_warn_unlocked(const struct opening *o, const char *driver);

/* Whether the file that the program calls PATH is to be locked; says so (LOCKEDH5_VERBOSE=3) if it
 * is to be left alone.  With a bad setting every file is to be locked: its opening then fails.
 * Preserves errno; any thread; async-signal-safe once settings() has been called. */
bool policy_covers(const char *path);

#endif
