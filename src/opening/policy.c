/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/policy.h"

#include "hdf5/driver.h"
#include "opening/failure.h"
#include "report/patterns.h"
#include "report/report.h"
#include "report/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* A folder and a name in it: neither the kernel nor getcwd() takes or gives longer ones. */
enum { ABSOLUTE_BYTES = 2 * PATH_MAX };

/* Adds the names in PATH to the absolute path of *USED bytes in BUFFER, without ".", ".." and
 * doubled slashes. */
static void add_names(char *buffer, size_t *used, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (*used > 0 && buffer[--*used] != '/')
				;
		} else if (length > 1 || (length == 1 && path[0] != '.')) {
			buffer[(*used)++] = '/';
			memcpy(buffer + *used, path, length);
			*used += length;
		}
		path += length;
		path += *path == '/';
	}
	buffer[*used] = 0;
}

/* PATH from the root on.  Links stay as they are: what stands at the path may change, and that must
 * not change whether it is locked. */
static bool make_absolute(char *buffer, const char *path)
{
	char folder[PATH_MAX] = "";
	size_t used = 0;

	if (strlen(path) >= PATH_MAX)
		return false;
	if (path[0] != '/') {
		if (!getcwd(folder, sizeof(folder)))
			return false;
		add_names(buffer, &used, folder);
	}
	add_names(buffer, &used, path);
	if (!used)
		strcpy(buffer, "/");
	return true;
}

bool policy_covers(const char *path)
{
	const char *patterns = settings()->files;
	char absolute[ABSOLUTE_BYTES];
	int saved_errno = errno;
	bool covered;

	if (!patterns || settings()->error[0])
		return true;
	/* Whose path can't be told is locked rather than not. */
	covered = !make_absolute(absolute, path) || patterns_name(patterns, absolute);
	if (!covered)
		report(REPORT_LOCK, "leaves '%s' alone, because of " SETTING_FILES, absolute);
	errno = saved_errno;
	return covered;
}

void policy_warn_unlocked(const struct opening *o, const char *driver)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&warned))
		report(REPORT_PROBLEM,
		       "'%s' is opened unlocked, as are others with a driver that is not sec2 "
		       "(%s), "
		       "because of " SETTING_DRIVER "=pass",
		       o->call.name, driver);
}

/* It would open the file on a thread of its own, at a time when nobody holds its lock. */
static enum policy of_one_that_opens_later(struct opening *o, const char **driver)
{
	if (settings()->driver != DRIVER_PASS) {
		failure_opens_later(o);
		return POLICY_REFUSE;
	}
	*driver = "an asynchronous VOL connector";
	return POLICY_UNLOCKED;
}

static enum policy of_driver(struct opening *o, const struct driver *driver)
{
	switch (driver->action) {
	case DRIVER_LOCK:
		return POLICY_LOCK;
	case DRIVER_LOCK_READ:
		if (o->create || o->deletes)
			return POLICY_LEAVE_ALONE;
		o->exclusive = false;
		o->read_only_now = true;
		return POLICY_LOCK_CORE;
	case DRIVER_LOCK_CORE:
		return POLICY_LOCK_CORE;
	case DRIVER_NO_FILE:
		return POLICY_LEAVE_ALONE;
	case DRIVER_MAKE_SEC2:
		return POLICY_LOCK_AS_SEC2;
	case DRIVER_GO_UNLOCKED:
		return POLICY_UNLOCKED;
	case DRIVER_FAIL:
	default:
		failure_driver(o, driver->name);
		return POLICY_REFUSE;
	}
}

enum policy policy_of(struct opening *o, const char **name)
{
	struct driver driver;

	if (settings()->error[0]) {
		failure_setting(o);
		return POLICY_REFUSE;
	}
	if (!policy_covers(o->call.name))
		return POLICY_LEAVE_ALONE;
	if (o->call.async.events && driver_opens_later(o->h5, o->fapl))
		return of_one_that_opens_later(o, name);
	driver = driver_of(o->h5, o->fapl, settings()->driver);
	*name = driver.name;
	return of_driver(o, &driver);
}
