/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/failure.h"

#include "lock/filesystem.h"
#include "lock/describe.h"
#include "opening/phrases.h"
#include "report/report.h"
#include "report/settings.h"
#include "system/hash.h"
#include "system/libc.h"
#include "system/proc.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4))) static int fail(struct opening *o, int error,
						      const char *format, ...)
{
	const char *verb = o->create ? "create" : o->deletes ? "delete" : "open";
	const char *what = o->create || o->deletes ? ""
			   : o->exclusive	   ? " for writing"
						   : " for reading";
	char *reason = NULL;
	va_list args;

	if (o->failure.error)
		return -o->failure.error;
	o->failure.error = error;
	va_start(args, format);
	if (vasprintf(&reason, format, args) < 0)
		reason = NULL;
	va_end(args);
	if (!reason || asprintf(&o->failure.sentence, "can't %s '%s'%s: %s", verb, o->call.name,
				what, reason) < 0)
		o->failure.sentence = NULL;
	free(reason);
	return -error;
}

void failure_tell(struct opening *o, enum report_level level)
{
	if (!o->failure.sentence || o->failure.told)
		return;
	report(level, "%s", o->failure.sentence);
	o->failure.told = true;
}

int failure_setting(struct opening *o)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc = fail(o, EINVAL, "%s", settings()->error);

	if (!atomic_flag_test_and_set(&told))
		failure_tell(o, REPORT_PROBLEM);
	return rc;
}

/* The name that this thread tries to open, as a number; 0: none. */
static _Thread_local uint64_t tried;

static uint64_t number_of(const char *name)
{
	return hash_name(0, name, strlen(name));
}

void failure_expect_tries(const char *name)
{
	tried = number_of(name);
}

/* What lies in how the program is set up, and will be so with the next file, is a message once:
 * netCDF and the h5* tools don't show HDF5's errors. */
static void tell_once(struct opening *o, atomic_flag *told)
{
	if (tried != number_of(o->call.name) && !atomic_flag_test_and_set(told))
		failure_tell(o, REPORT_PROBLEM);
	else
		failure_tell(o, REPORT_LOCK);
	tried = number_of(o->call.name);
}

int failure_driver(struct opening *o, const char *driver)
{
	static const char replace[] =
		SETTING_DRIVER "=replace to use sec2 where that reads and writes the same file "
			       "(stdio, log, direct), or ";
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc = fail(o, EINVAL,
		      "the file driver is %s, and only files of the sec2 and core drivers can be "
		      "locked; set %s" SETTING_DRIVER "=pass to go on unlocked (MPI-IO)",
		      driver, settings()->driver == DRIVER_REPLACE ? "" : replace);

	tell_once(o, &told);
	return rc;
}

void failure_who(const struct opening *o, char *text, size_t size)
{
	if (o->file.fd < 0)
		snprintf(text, size, "held by another thread of this process");
	else if (o->file.guarded)
		snprintf(text, size,
			 "in use by another process that goes on under the same flock(), which "
			 "both have inherited");
	else
		describe_holders(o->file.fd, text, size);
}

/* h5py turns a text with "errno = 11" into a BlockingIOError, as it does with HDF5's own. */
int failure_held(struct opening *o)
{
	const struct settings *s = settings();
	int64_t waited = o->began ? monotonic_ns() - o->began : 0;
	int64_t attempts =
		s->wait_ns && waited < s->patience_ns ? 1 + waited / s->wait_ns : s->count;
	char advice[128], own[1024];
	char who[1024];

	if (s->patience_ns == 0)
		attempts = 1;
	phrase_advice(advice, sizeof(advice));
	phrase_own_files(own, sizeof(own));
	failure_who(o, who, sizeof(who));
	return fail(o, EAGAIN,
		    "it is %s, errno = %d, error message = '%s', after %lld attempt%s in %lld.%lld "
		    "s; to wait longer, raise %s%s",
		    who, EAGAIN, strerror(EAGAIN), (long long)attempts, attempts == 1 ? "" : "s",
		    (long long)(waited / 1000000000), (long long)(waited / 100000000 % 10), advice,
		    own);
}

int failure_stopped(struct opening *o)
{
	return fail(
		o, EINTR,
		"the wait for its lock was interrupted by a signal, errno = %d, error message = "
		"'%s'",
		EINTR, strerror(EINTR));
}

int failure_waits_here(struct opening *o)
{
	return fail(o, EDEADLK,
		    "this thread is in the middle of opening it, in the call that was interrupted "
		    "for a signal handler, or that has called this; open it when that call is "
		    "over, errno = %d, error message = '%s'",
		    EDEADLK, strerror(EDEADLK));
}

int failure_nolocks(struct opening *o, const char *filesystem, int error)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc = fail(o, error,
		      "its file system (%s) can't lock it, errno = %d, error message = '%s'; %s",
		      filesystem, error, strerror(error), filesystem_advice(error));

	tell_once(o, &told);
	return rc;
}

int failure_locks_here(struct opening *o, const struct filesystem *fs)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc =
		fail(o, ENOLCK,
		     "its file system (%s) %s: a lock would keep out the programs of this host "
		     "alone; %s, or set " SETTING_LOCALLOCKS "=pass if no other host uses the file",
		     fs->name, fs->why, fs->change);

	tell_once(o, &told);
	return rc;
}

int failure_open_here(struct opening *o)
{
	return fail(o, EBUSY,
		    "this process has it open itself; close it first, with everything that is open "
		    "in it");
}

int failure_two_copies(struct opening *o)
{
	int rc = fail(
		o, EDEADLK,
		"this process has it open already, through another copy of the HDF5 library than "
		"%s, and two copies don't know of each other's changes; close it there first",
		o->h5->path);

	/* Nobody will wait and be told. */
	failure_tell(o, REPORT_PROBLEM);
	return rc;
}

int failure_two_drivers(struct opening *o)
{
	int rc = fail(
		o, EDEADLK,
		"this process has it open already, with another file driver (core or sec2), and "
		"HDF5 does not share a file between two of them; close it there first");

	failure_tell(o, REPORT_PROBLEM);
	return rc;
}

int failure_own_reader(struct opening *o)
{
	return fail(o, EDEADLK,
		    "this process has it open for reading, and would wait for itself; close it "
		    "there first");
}

int failure_own_lock(struct opening *o, int fd, bool exclusive, pid_t pid)
{
	const char *how = exclusive ? "exclusive" : "shared";
	int rc;

	if (pid == getpid())
		rc = fail(o, EDEADLK,
			  "this process has locked it itself (flock() on descriptor %d, %s), and "
			  "would wait for itself; unlock it there first, or lock another file",
			  fd, how);
	else
		rc = fail(o, EDEADLK,
			  "it is locked by a descriptor that this process has inherited (%d, %s, "
			  "locked by %d), so that it would wait for itself; close that before, or "
			  "lock another file",
			  fd, how, (int)pid);
	/* Nobody will wait and be told. */
	failure_tell(o, REPORT_PROBLEM);
	return rc;
}

int failure_inherited(struct opening *o)
{
	return fail(
		o, ESTALE,
		"HDF5 has had it open since before this process was forked, and would go on with "
		"that, while the parent writes it or has closed it; close it before fork(), or in "
		"the child before opening it again");
}

int failure_created_meanwhile(struct opening *o)
{
	return fail(o, EEXIST,
		    "%s, and it is left alone, errno = %d, error message = '%s'; call again to "
		    "replace it",
		    o->file.was_absent
			    ? "there was no such file when the call began, but somebody else has "
			      "created it since"
			    : "somebody else was just creating it when the call began",
		    EEXIST, strerror(EEXIST));
}

int failure_looked(struct opening *o, int age)
{
	char when[32];
	int rc;

	phrase_time(when, sizeof(when), o);
	rc = fail(o, EEXIST,
		  "it was not there when this program looked for it, %d.%03d s ago, and somebody "
		  "else (user %u) has made it since, at %s; nothing in it was touched, errno = %d, "
		  "error message = '%s'; the same call again replaces it, and a program that "
		  "appends to what is there does so when it is run again",
		  age / 1000, age % 1000, (unsigned int)o->file.st.st_uid, when, EEXIST,
		  strerror(EEXIST));
	/* netCDF and the h5* tools don't show HDF5's errors. */
	failure_tell(o, REPORT_PROBLEM);
	return rc;
}

int failure_given_up(struct opening *o)
{
	return fail(o, EAGAIN,
		    "it was in use when this program failed to open it just before, and it is left "
		    "alone, errno = %d, error message = '%s'; call again to replace it",
		    EAGAIN, strerror(EAGAIN));
}

int failure_no_entry(struct opening *o, int error)
{
	return fail(o, error, "its lock can't be noted (errno = %d, error message = '%s'): %s",
		    error, strerror(error),
		    error == EMFILE ? "descriptor numbers from 1048576 on are not supported"
				    : "there is no memory");
}

int failure_no_look(struct opening *o, int error)
{
	return fail(
		o, error,
		"what stands at its name can't be looked at, and so not locked, errno = %d, error "
		"message = '%s'; call again",
		error, strerror(error));
}

int failure_unreachable(struct opening *o)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc = fail(
		o, ENOTSUP,
		"%s opened it, but its descriptor could not be locked, and it was closed again: "
		"a VOL connector, another preloaded library or a statically bound libc may have "
		"opened it, or the program closed the descriptor behind HDF5's back; "
		"set " SETTING_DRIVER "=pass to go on unlocked",
		o->h5->path);

	tell_once(o, &told);
	return rc;
}

int failure_opens_later(struct opening *o)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int rc = fail(
		o, ENOTSUP,
		"the VOL connector is an asynchronous one, which would open it later, when its "
		"lock can't be waited for; unset HDF5_VOL_CONNECTOR, use %s without _async or "
		"without an event set, or set " SETTING_DRIVER "=pass to go on unlocked",
		o->create ? "H5Fcreate" : "H5Fopen");

	tell_once(o, &told);
	return rc;
}

void failure_heir(int fd, enum heirs_verdict why)
{
	static const char *const reasons[] = {
		[HEIRS_UNKNOWN] = "its parent did not know of it (it was opened while fork() was "
				  "under way, or the process was made without fork())",
		[HEIRS_HELD] = "its parent has closed it, and it is in use elsewhere by now",
		[HEIRS_CHANGED] = "its parent has closed it, and it has been changed since",
		[HEIRS_UNCERTAIN] = "its parent has closed it, and whether it has been changed "
				    "since can't be told",
	};
	int saved_errno = errno;
	char path[PATH_MAX];

	if (proc_path(fd, path, sizeof(path)) < 0)
		strcpy(path, "?");
	report(REPORT_PROBLEM,
	       "this forked process can't go on with '%s', which its parent opened: %s, errno = "
	       "%d, error message = '%s'; open it after fork(), or use it in the child before the "
	       "parent closes it",
	       path, reasons[why], ESTALE, strerror(ESTALE));
	errno = saved_errno;
}
