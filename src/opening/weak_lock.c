/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/weak_lock.h"

#include "opening/failure.h"
#include "report/report.h"
#include "report/settings.h"

#include <stdatomic.h>

int weak_lock_none(struct opening *o, int fd, int error)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;
	const char *name = filesystem_of(fd, o->file.st.st_dev)->name;

	/* Nobody goes on unlocked for a server's trouble. */
	if (settings()->nolocks == NOLOCKS_REFUSE || filesystem_in_trouble(error))
		return failure_nolocks(o, name, error);
	if (!atomic_flag_test_and_set(&warned))
		report(REPORT_PROBLEM,
		       "'%s' is opened unlocked, as are others on file systems that can't lock "
		       "(%s, errno %d), because of " SETTING_NOLOCKS "=pass",
		       o->call.name, name, error);
	return 0;
}

static enum locallocks_policy policy(int here)
{
	enum locallocks_policy policy = settings()->locallocks;

	if (policy != LOCALLOCKS_AUTO)
		return policy;
	return here == FS_HERE ? LOCALLOCKS_REFUSE : LOCALLOCKS_WARN;
}

int weak_lock_here(struct opening *o, const struct filesystem *fs, int fd, bool locked)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;
	int here;

	if (!fs->why || locked != !!(fs->traits & FS_HERE_IF_SHOWN))
		return 0;
	here = filesystem_locks_here(fs, fd);
	if (!here || policy(here) == LOCALLOCKS_PASS)
		return 0;
	if (policy(here) == LOCALLOCKS_REFUSE)
		return failure_locks_here(o, fs);
	if (!atomic_flag_test_and_set(&warned))
		report(REPORT_PROBLEM,
		       "'%s' is locked for the programs of this host alone: its file system (%s) "
		       "%s; %s, or set " SETTING_LOCALLOCKS "=pass if no other host writes to it",
		       o->call.name, fs->name, fs->why, fs->change);
	return 0;
}

void weak_lock_stale(const struct opening *o, const struct filesystem *fs)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (!(fs->traits & FS_STALE) || settings()->coherence != COHERENCE_AUTO ||
	    atomic_flag_test_and_set(&warned))
		return;
	report(REPORT_PROBLEM,
	       "'%s' may be read as it was before another host changed it: its file system (%s) "
	       "%s; "
	       "%s, or set " SETTING_COHERENCE "=local if no other host writes to it",
	       o->call.name, fs->name, fs->why, fs->change);
}
