#include "opening.h"

#include "attempt.h"
#include "driver.h"
#include "failure.h"
#include "files.h"
#include "handover.h"
#include "held.h"
#include "inner.h"
#include "lock.h"
#include "report.h"
#include "settings.h"
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static h5_id call_real(const struct opening *o)
{
	const struct hdf5_async *a = &o->async;

	switch (o->function) {
	case HDF5_FCREATE:
		return o->h5->Fcreate(o->name, o->flags, o->fcpl, o->fapl);
	case HDF5_FCREATE_ASYNC:
		return o->h5->Fcreate_async(a->file, a->function, a->line, o->name, o->flags,
					    o->fcpl, o->fapl, a->events);
	case HDF5_FOPEN_ASYNC:
		return o->h5->Fopen_async(a->file, a->function, a->line, o->name, o->flags, o->fapl,
					  a->events);
	case HDF5_FDELETE:
		return o->h5->Fdelete(o->name, o->fapl);
	default:
		return o->h5->Fopen(o->name, o->flags, o->fapl);
	}
}

static void warn_unlocked(const struct opening *o, const char *driver)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&warned))
		report(REPORT_PROBLEM,
		       "'%s' is opened unlocked, as are others with a driver that is not sec2 "
		       "(%s), "
		       "because of " SETTING_DRIVER "=pass",
		       o->name, driver);
}

/* The program called the real function, and HDF5 opened the file where we could not see it: on
 * another thread, or past our open().  Then the lock is taken now, or the file is closed. */
static void lock_what_is_open(struct opening *o, h5_id id)
{
	int fd = hdf5_descriptor(o->h5, id);
	struct held h;

	if (fd >= 0 && held_get(fd, &h))
		return;
	/* The number may be another file's by now. */
	if (fd >= 0 && fstat(fd, &o->st) == 0 && !wait_replaced(o) &&
	    lock_try(fd, o->exclusive, false) == 0 &&
	    held_add(fd, &o->st, HELD_OPEN, o->exclusive ? HELD_EXCLUSIVE : HELD_SHARED,
		     o->h5->base) == 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return;
	}
	if (settings()->driver == DRIVER_PASS) {
		warn_unlocked(o, "a VOL connector");
		return;
	}
	failure_unreachable(o);
	if (o->h5->Fclose)
		o->h5->Fclose(id);
}

/* HDF5 closed our descriptor, because it had the file open already; that may have been unlocked
 * behind its back (close_range, dup2). */
static bool shares_a_locked_file(const struct opening *o)
{
	struct held h;

	if (o->handed)
		return o->target == TARGET_PLAIN || (o->closed && held_find(&o->st, -1, &h));
	return o->shared;
}

static void settle_success(struct opening *o, h5_id id)
{
	struct held h;

	if (o->read_only_now) {
		/* HDF5 has it in memory, from the file or from an image that the program gave it
		 * (H5Pset_file_image), and then it never opened anything. */
		if (handover_has(o, o->fd))
			held_release(o->fd, &h);
		else if (!o->handed)
			held_drop(&o->fd);
	} else if (handover_has(o, o->fd)) {
		held_change(o->fd, HELD_OPEN, o->lock);
		if ((o->flags & H5_SWMR_WRITE) && o->lock == HELD_EXCLUSIVE)
			handover_share(o->fd);
		report(REPORT_LOCK, "locked '%s' (%s), descriptor %d", o->name,
		       o->exclusive ? "exclusive" : "shared", o->fd);
	} else if (!shares_a_locked_file(o)) {
		if (!o->handed)
			held_drop(&o->fd);
		lock_what_is_open(o, id);
	}
}

static void settle_failure(struct opening *o)
{
	struct held h;

	if (!o->handed)
		held_drop(&o->fd);
	else if (!o->closed)
		held_release(o->fd, &h);
}

/* One round: lock, then HDF5 once. */
static h5_id one_round(struct opening *o)
{
	bool never_waits = o->create && !(o->flags & H5_TRUNC);
	int saved_errno;
	h5_id id;

	handover_reset(o);
	if (!never_waits && attempt(o))
		return -1;
	/* Another thread may close the file before HDF5 looks, and then we start over. */
	if (o->target == TARGET_OURS)
		hdf5_printing_off_before(o->h5, &o->printing);
	handover_begin(o);
	errno = o->caller_errno;
	id = call_real(o);
	saved_errno = errno;
	handover_end(o);
	if (o->deletes)
		held_drop(&o->fd);
	else if (hdf5_widen(o->h5, id) >= 0)
		settle_success(o, id);
	else
		settle_failure(o);
	if (o->printing.off && !o->again && !o->error && hdf5_widen(o->h5, id) < 0)
		hdf5_print(&o->printing);
	hdf5_printing_on(o->h5, &o->printing);
	errno = saved_errno;
	return o->error ? -1 : id;
}

static h5_id locked_call(struct opening *o)
{
	h5_id id;

	do
		id = one_round(o);
	while (handover_again(o));
	held_wake();
	return id;
}

static h5_id call_with_sec2(struct opening *o)
{
	h5_id copy = driver_sec2_copy(o->h5, o->fapl), id;

	if (copy < 0) {
		failure_driver(o, "one that could not be replaced");
		return -1;
	}
	o->fapl = copy;
	id = locked_call(o);
	driver_close_copy(o->h5, copy);
	return id;
}

static h5_id call_unlocked(struct opening *o, const char *driver)
{
	int saved_errno;
	h5_id id;

	warn_unlocked(o, driver);
	inner_prepare(o->h5);
	inner_parts_unlocked();
	inner_unlocked_begin();
	errno = o->caller_errno;
	id = call_real(o);
	saved_errno = errno;
	inner_unlocked_end();
	errno = saved_errno;
	return id;
}

static h5_id call_by_policy(struct opening *o)
{
	struct driver driver;

	if (settings()->error[0]) {
		failure_setting(o);
		return -1;
	}
	if (!files_covered(o->name)) {
		inner_prepare(o->h5);
		errno = o->caller_errno;
		return call_real(o);
	}
	/* It would open the file on a thread of its own, at a time when nobody holds its lock. */
	if (o->async.events && hdf5_opens_later(o->h5, o->fapl)) {
		if (settings()->driver == DRIVER_PASS)
			return call_unlocked(o, "an asynchronous VOL connector");
		failure_opens_later(o);
		return -1;
	}
	driver = driver_of(o->h5, o->fapl, settings()->driver);
	switch (driver.action) {
	case DRIVER_LOCK:
		return locked_call(o);
	case DRIVER_LOCK_READ:
		inner_prepare(o->h5);
		errno = o->caller_errno;
		if (o->create || o->deletes)
			return call_real(o);
		o->exclusive = false;
		o->read_only_now = true;
		return locked_call(o);
	case DRIVER_MAKE_SEC2:
		return call_with_sec2(o);
	case DRIVER_GO_UNLOCKED:
		return call_unlocked(o, driver.name);
	case DRIVER_FAIL:
	default:
		failure_driver(o, driver.name);
		return -1;
	}
}

h5_id opening_run(struct opening *o)
{
	int cancel;
	h5_id id;

	o->caller_errno = errno;
	o->h5 = libhdf5_of_caller(o->function, o->hook, o->caller);
	if (!o->h5)
		return -1;
	o->fapl = hdf5_widen(o->h5, o->fapl);
	o->create = o->function == HDF5_FCREATE || o->function == HDF5_FCREATE_ASYNC;
	o->deletes = o->function == HDF5_FDELETE;
	o->exclusive = o->create || o->deletes || (o->flags & H5_RDWR);
	errno = o->caller_errno;
	/* Within an opening of the same file (a VOL connector's, say) its lock is the lock. */
	if (!o->name || !*o->name || handover_expects(o->name))
		return call_real(o);
	/* As within HDF5's thread-safe builds: a thread must not end with a lock in hand. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	id = call_by_policy(o);
	pthread_setcancelstate(cancel, NULL);
	if (o->error) {
		/* The h5* tools and netCDF don't show HDF5's errors. */
		if (o->sentence && !o->told)
			report(REPORT_LOCK, "%s", o->sentence);
		hdf5_fail(o->h5, libhdf5_function_name(o->function),
			  o->deletes ? "unable to delete file" : "unable to open file",
			  o->sentence);
		free(o->sentence);
		errno = o->error;
	}
	return id;
}
