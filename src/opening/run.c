/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/run.h"

#include "hdf5/copies.h"
#include "hdf5/driver.h"
#include "hdf5/errors.h"
#include "hdf5/versions.h"
#include "lock/held.h"
#include "lock/lock.h"
#include "looks/ticket.h"
#include "opening/attempt.h"
#include "opening/bracket.h"
#include "opening/descriptor.h"
#include "opening/failure.h"
#include "opening/handover.h"
#include "opening/looked.h"
#include "opening/lookup.h"
#include "opening/nested.h"
#include "opening/ongoing.h"
#include "opening/policy.h"
#include "opening/weak_lock.h"
#include "report/report.h"
#include "report/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static h5_id call_real_as(const struct opening *o, const char *name)
{
	const struct hdf5_async *a = &o->call.async;

	errno = o->caller_errno;
	switch (o->call.function) {
	case HDF5_Fcreate:
		return o->h5->Fcreate(name, o->call.flags, o->call.fcpl, o->fapl);
	case HDF5_Fcreate_async:
		return o->h5->Fcreate_async(a->file, a->function, a->line, name, o->call.flags,
					    o->call.fcpl, o->fapl, a->events);
	case HDF5_Fopen_async:
		return o->h5->Fopen_async(a->file, a->function, a->line, name, o->call.flags,
					  o->fapl, a->events);
	case HDF5_Fdelete:
		return o->h5->Fdelete(name, o->fapl);
	default:
		return o->h5->Fopen(name, o->call.flags, o->fapl);
	}
}

/* Another thread may close a file that this process has open before HDF5 looks, and then we start
 * over: from 2.0 on, what is set within HDF5's open() is undone (see errors_fail_within()). */
static bool may_start_over(const struct opening *o)
{
	return o->file.target == TARGET_OURS && o->h5->version >= 20000;
}

/* None of the program's functions that print HDF5's errors runs in the middle of this: finish()
 * calls them when all is over, for they may jump (R's rhdf5 does). */
static h5_id call_real(struct opening *o)
{
	if (errors_program_prints() || may_start_over(o))
		errors_printing_off(o->h5, &o->handed.printing);
	return call_real_as(o, lookup_name(o));
}

/* The number may be another file's by now. */
static int lock_late(struct opening *o, int fd)
{
	enum held_lock lock = o->exclusive ? HELD_EXCLUSIVE : HELD_SHARED;

	if (fstat(fd, &o->file.st) || lookup_replaced(o, &o->file.st))
		return -ESTALE;
	o->file.fs = filesystem_of(fd, o->file.st.st_dev);
	if (weak_lock_here(o, o->file.fs, fd, false) ||
	    lock_try(o->file.fs, fd, o->exclusive, false))
		return -EAGAIN;
	return held_add(fd, &o->file.st, o->file.fs, HELD_OPEN, lock, o->h5->base);
}

/* The program called the real function, and HDF5 opened the file where we could not see it: on
 * another thread, or past our open().  Then the lock is taken now, or the file is closed. */
static void lock_what_is_open(struct opening *o, h5_id id)
{
	int fd = driver_descriptor(o->h5, id);
	struct held h;

	if (fd >= 0 && held_get(fd, &h))
		return;
	if (fd >= 0 && lock_late(o, fd) == 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return;
	}
	if (settings()->driver == DRIVER_PASS) {
		policy_warn_unlocked(o, "a VOL connector");
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

	if (o->handed.has_fd)
		return o->file.target == TARGET_PLAIN ||
		       (o->handed.closed && held_find(&o->file.st, -1, &h));
	return o->handed.shared;
}

static void settle_success(struct opening *o, h5_id id)
{
	struct held h;

	if (o->read_only_now) {
		/* HDF5 has it in memory, from the file or from an image that the program gave it
		 * (H5Pset_file_image), and then it never opened anything. */
		if (handover_has(o, o->file.fd))
			held_release(o->file.fd, &h);
		else if (!o->handed.has_fd)
			held_drop(&o->file.fd);
	} else if (handover_has(o, o->file.fd)) {
		held_change(o->file.fd, HELD_OPEN, o->file.lock);
		if ((o->call.flags & H5_SWMR_WRITE) && o->file.lock == HELD_EXCLUSIVE)
			descriptor_share(o->file.fd);
		report(REPORT_LOCK, "locked '%s' (%s), descriptor %d", o->call.name,
		       o->exclusive ? "exclusive" : "shared", o->file.fd);
	} else if (!shares_a_locked_file(o)) {
		if (!o->handed.has_fd)
			held_drop(&o->file.fd);
		lock_what_is_open(o, id);
	}
}

static void settle_failure(struct opening *o)
{
	struct held h;

	if (!o->handed.has_fd)
		held_drop(&o->file.fd);
	else if (!o->handed.closed)
		held_release(o->file.fd, &h);
}

/* One round: lock, then HDF5 once. */
static h5_id locked_once(struct opening *o)
{
	bool never_waits = o->create && !(o->call.flags & H5_TRUNC);
	int saved_errno;
	h5_id id;

	handover_reset(o);
	if (!never_waits && attempt(o))
		return -1;
	o->handed.answers = true;
	id = call_real(o);
	saved_errno = errno;
	o->handed.answers = false;
	if (o->deletes)
		held_drop(&o->file.fd);
	else if (hdf5_widen(o->h5, id) >= 0)
		settle_success(o, id);
	else
		settle_failure(o);
	errno = saved_errno;
	return o->failure.error ? -1 : id;
}

static h5_id locked_call(struct opening *o)
{
	h5_id id;

	do
		id = locked_once(o);
	while (handover_again(o));
	held_wake();
	if (o->create)
		looked_and_called(o);
	if (hdf5_widen(o->h5, id) < 0)
		failure_expect_tries(o->call.name);
	return id;
}

static h5_id call_with_sec2(struct opening *o)
{
	h5_id id;

	o->handed.copy = driver_sec2_copy(o->h5, o->fapl);
	if (o->handed.copy < 0) {
		failure_driver(o, "one that could not be replaced");
		return -1;
	}
	o->fapl = o->handed.copy;
	id = locked_call(o);
	driver_close_copy(o->h5, o->handed.copy);
	o->handed.copy = 0;
	return id;
}

static h5_id call_unlocked(struct opening *o, const char *driver)
{
	struct bracket_mark mark;
	int bracket;
	h5_id id;

	policy_warn_unlocked(o, driver);
	nested_prepare(o->h5);
	nested_parts_unlocked();
	bracket = bracket_begin(BRACKET_UNLOCKED, &mark, NULL, NULL);
	id = call_real(o);
	bracket_end(bracket);
	return id;
}

static h5_id call_by_policy(struct opening *o)
{
	const char *driver;

	switch (policy_of(o, &driver)) {
	case POLICY_LOCK:
		return locked_call(o);
	case POLICY_LOCK_CORE:
		nested_prepare(o->h5);
		o->h5 = o->h5->core;
		return locked_call(o);
	case POLICY_LOCK_AS_SEC2:
		return call_with_sec2(o);
	case POLICY_LEAVE_ALONE:
		nested_prepare(o->h5);
		return call_real(o);
	case POLICY_UNLOCKED:
		return call_unlocked(o, driver);
	case POLICY_REFUSE:
	default:
		return -1;
	}
}

/* Within an opening of the same file (by a callback of the program's, or a VOL connector) HDF5
 * opens it as one that it opens by itself (nested.c), and that takes the lock, also from that
 * opening (sibling.c).  What it has opened where we could not see it is locked now. */
static h5_id call_within(struct opening *o)
{
	h5_id id = call_real(o);
	int saved_errno = errno;

	if (hdf5_widen(o->h5, id) >= 0 && !o->deletes &&
	    driver_of(o->h5, o->fapl, settings()->driver).action == DRIVER_LOCK)
		lock_what_is_open(o, id);
	errno = saved_errno;
	return o->failure.error ? -1 : id;
}

/* Ends it, and then says what the program gets to hear: its functions for that may jump. */
static h5_id finish(struct opening *o, h5_id id)
{
	const char *what = o->deletes ? "unable to delete file" : "unable to open file";
	const char *function = copies_function_name(o->call.function);
	struct errors_printing printing = o->handed.printing;
	const struct hdf5 *h5 = o->h5;
	char *sentence = o->failure.sentence;
	int error = o->failure.error;

	if (error)
		failure_tell(o, REPORT_LOCK);
	ongoing_end(o);
	if (error) {
		errors_printing_on(h5, &printing);
		errors_fail(h5, function, what, sentence);
		errno = error;
	} else if (hdf5_widen(h5, id) < 0) {
		errors_print_failure(h5, &printing);
	} else {
		errors_printing_on(h5, &printing);
	}
	return id;
}

static h5_id begin(const struct opening *start, struct bracket_mark *mark)
{
	const struct call *call = &start->call;
	bool within = handover_expects(call->name);
	struct opening *o;

	if (!call->name || !*call->name)
		return call_real_as(start, call->name);
	o = ongoing_begin(start, mark);
	if (!o) {
		errors_fail(start->h5, copies_function_name(call->function), "unable to open file",
			    NULL);
		errno = ENOMEM;
		return -1;
	}
	return finish(o, within ? call_within(o) : call_by_policy(o));
}

h5_id run_opening(const struct call *call)
{
	struct opening start = { .call = *call, .caller_errno = errno };
	struct bracket_mark mark;

	bracket_sweep(call);
	ticket_give_back_old();
	start.h5 = copies_of_caller(call->function, call->hook, call->caller);
	if (!start.h5)
		return -1;
	start.fapl = hdf5_widen(start.h5, call->fapl);
	start.create = call->function == HDF5_Fcreate || call->function == HDF5_Fcreate_async;
	start.deletes = call->function == HDF5_Fdelete;
	start.looks = !start.create && !start.deletes;
	start.replaces = start.create && (call->flags & H5_TRUNC);
	start.exclusive = start.create || start.deletes || (call->flags & H5_RDWR);
	return begin(&start, &mark);
}
