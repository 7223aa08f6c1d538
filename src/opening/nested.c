/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/nested.h"

#include "hdf5/copies.h"
#include "hdf5/driver.h"
#include "hdf5/errors.h"
#include "hdf5/site.h"
#include "lock/held.h"
#include "lock/interrupt.h"
#include "opening/attempt.h"
#include "opening/bracket.h"
#include "opening/failure.h"
#include "opening/handover.h"
#include "opening/looked.h"
#include "opening/ongoing.h"
#include "opening/policy.h"
#include "report/report.h"
#include "report/settings.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Between two paths at which HDF5 looks for one file lie microseconds. */
#define SAME_SEARCH_NS 1000000000

/* This thread's last file that could not be had, until the call of HDF5 that wanted it fails. */
static _Thread_local struct {
	const struct hdf5 *h5; /* NULL: none */
	int error;
	char *sentence;
	bool told; /* it is on HDF5's error stack until the next call */
	int64_t when;
	struct errors_printing printing; /* what when_call_fails() stands in for */
} refused;

/* Whose failure it is there; HDF5 has no such function. */
static const char teller[] = "locked_open";

static const char failed[] = "unable to open file";

/* Files whose drivers make them of parts are open unlocked: new parts are, too. */
static _Atomic bool unlocked_parts;

static int when_call_fails(h5_id stack, void *data);

/* The program may have unloaded the HDF5 that was refused the file. */
static bool still_loaded(void)
{
	return copies_contain(refused.h5, (const void *)refused.h5->Epush2);
}

static void forget_refusal(void)
{
	if (refused.h5 && refused.printing.off && still_loaded())
		errors_on_failure_end(refused.h5, &refused.printing, when_call_fails);
	refused.printing.off = false;
	free(refused.sentence);
	refused.sentence = NULL;
	refused.h5 = NULL;
}

static bool within_call(void)
{
	return bracket_innermost(BRACKET_CALL);
}

/* Fails the call as one that could not have its file. */
static void fail_as_refused(const struct hdf5 *h5, const char *function)
{
	char *sentence = refused.sentence;
	int error = refused.error;

	refused.sentence = NULL;
	forget_refusal();
	errors_fail(h5, function, failed, sentence);
	errno = error;
}

/* What a link leads to is opened in extern_traverse(). */
static bool failed_for_it(const struct hdf5 *h5)
{
	return within_call() || errors_failed_in(h5, "extern_traverse") ||
	       errors_failed_in(h5, "sec2_open");
}

/* Called by HDF5 when a call of the program's has failed, with the error stack complete: only now
 * can it be said why, because HDF5 clears the stack between the paths at which it looks for a file
 * (H5F_prefix_open_file(), 1.8 to 1.14; for later ones see errors_fail_within()). */
static int when_call_fails(h5_id stack, void *data)
{
	const struct hdf5 *h5 = refused.h5;

	(void)stack;
	(void)data;
	if (h5 && failed_for_it(h5)) {
		fail_as_refused(h5, "open");
		return 0;
	}
	/* Another call of HDF5 did without the file, and this one's error is its own. */
	if (h5)
		errors_printing_on(h5, &refused.printing);
	forget_refusal();
	return errors_print(&refused.printing);
}

static bool still_told(void)
{
	return refused.told && errors_failed_in(refused.h5, teller);
}

static bool same_search(void)
{
	if (refused.h5 && !still_loaded())
		forget_refusal();
	if (refused.h5 && !within_call() &&
	    (refused.told ? !still_told() : monotonic_ns() - refused.when > SAME_SEARCH_NS))
		forget_refusal();
	return refused.h5;
}

/* Keeps why the file could not be had. */
static void refuse(struct opening *o)
{
	bool pushes = o->h5->Epush2;

	if (!refused.h5)
		failure_tell(o, pushes ? REPORT_LOCK : REPORT_PROBLEM);
	if (refused.h5 || !pushes) {
		free(o->failure.sentence);
		return;
	}
	refused.h5 = o->h5;
	refused.error = o->failure.error;
	refused.sentence = o->failure.sentence;
	refused.when = monotonic_ns();
	refused.told = errors_fail_within(o->h5, teller, o->failure.sentence);
	if (!refused.told)
		errors_on_failure(o->h5, &refused.printing, when_call_fails);
}

/* One round: lock, then open. */
static int nested_once(struct opening *o, int flags, mode_t mode)
{
	int fd, saved_errno;

	handover_reset(o);
	if (!(flags & O_EXCL) && attempt(o))
		return -1;
	o->handed.answers = true;
	errno = o->caller_errno;
	fd = handover_open(flags, mode);
	saved_errno = errno;
	o->handed.answers = false;
	if (!o->handed.has_fd) {
		held_drop(&o->file.fd);
	} else if (o->file.target == TARGET_LOCKED) {
		held_change(fd, HELD_OPEN, o->file.lock);
		/* Threads that wait for it outside of HDF5 have it, too, by this. */
		interrupt_all();
	}
	errors_printing_on(o->h5, &o->handed.printing);
	errno = saved_errno;
	return fd;
}

static int locked_open(struct opening *o, int flags, mode_t mode)
{
	int fd, saved_errno;

	do
		fd = nested_once(o, flags, mode);
	while (handover_again(o));
	saved_errno = errno;
	if (flags & O_CREAT)
		looked_and_called(o);
	if (fd >= 0 && o->handed.has_fd && o->file.target == TARGET_LOCKED)
		report(REPORT_LOCK, "locked '%s' (%s), descriptor %d, for HDF5 itself",
		       o->call.name, o->exclusive ? "exclusive" : "shared", fd);
	held_wake();
	errno = saved_errno;
	return fd;
}

/* The settings are good: HDF5's open() is known by an opening that they have allowed, or they have
 * been looked at before.  INSIDE: HDF5 is, and this may be what the program has called for. */
static int open_as(const struct hdf5 *h5, const char *path, int flags, mode_t mode, bool inside)
{
	bool exclusive = (flags & O_ACCMODE) != O_RDONLY;
	struct opening start = { .call = { .name = path, .flags = exclusive ? H5_RDWR : H5_RDONLY },
				 .h5 = h5,
				 .exclusive = exclusive,
				 .inner = true,
				 .looks = inside && !(flags & O_CREAT),
				 .replaces = flags & O_TRUNC,
				 .impatient = same_search(),
				 .caller_errno = errno };
	struct bracket_mark mark;
	struct opening *o;
	int fd, error;

	if (bracket_innermost(BRACKET_UNLOCKED) || (unlocked_parts && (flags & O_CREAT)) ||
	    !policy_covers(path))
		return libc_open(path, flags, mode);
	o = ongoing_begin(&start, &mark);
	if (!o)
		return -1;
	fd = locked_open(o, flags, mode);
	error = o->failure.error;
	if (error)
		refuse(o);
	ongoing_end(o);
	if (error) {
		errno = error;
		return -1;
	}
	/* The last path at which HDF5 looks is not always the one that was refused. */
	if (fd < 0 && start.impatient && refused.told)
		errno = refused.error;
	return fd;
}

int nested_open(const struct hdf5 *h5, const char *path, int flags, mode_t mode)
{
	return open_as(h5, path, flags, mode, false);
}

int nested_open_by(const struct hdf5 *h5, const char *driver, const char *path, int flags,
		   mode_t mode)
{
	struct driver d = driver_named(driver, settings()->driver);
	struct opening o = { .call.name = path,
			     .h5 = h5,
			     .exclusive = (flags & O_ACCMODE) != O_RDONLY,
			     .inner = true };
	int fd;

	if (bracket_innermost(BRACKET_UNLOCKED) || !policy_covers(path))
		return libc_open(path, flags, mode);
	if (settings()->error[0])
		failure_setting(&o);
	else if (d.action == DRIVER_GO_UNLOCKED) {
		policy_warn_unlocked(&o, d.name);
		return libc_open(path, flags, mode);
	} else if (d.action == DRIVER_FAIL)
		failure_driver(&o, d.name);
	else {
		fd = open_as(h5, path, flags, mode, true);
		if (fd < 0)
			failure_expect_tries(path);
		return fd;
	}
	refuse(&o);
	errno = o.failure.error;
	return -1;
}

void nested_parts_unlocked(void)
{
	unlocked_parts = true;
}

void nested_prepare(const struct hdf5 *h5)
{
	/* An opening that has failed already: HDF5's open() in it touches nothing. */
	struct opening start = { .call.name = "/lockedh5",
				 .h5 = h5,
				 .handed = { .again = true, .answers = true } };
	struct bracket_mark mark;
	struct opening *o;
	h5_id list;

	if (site_known(h5) || !h5->FDopen || !(o = ongoing_begin(&start, &mark)))
		return;
	errors_printing_off(h5, &o->handed.printing);
	list = driver_sec2_copy(h5, H5_DEFAULT);
	if (list > 0) {
		h5->FDopen(o->call.name, H5_RDONLY, list, UINT64_MAX);
		driver_close_copy(h5, list);
	}
	errors_printing_on(h5, &o->handed.printing);
	ongoing_end(o);
}

int nested_call_begin(struct bracket_mark *mark)
{
	bracket_sweep(mark);
	if (!within_call())
		forget_refusal();
	return bracket_begin(BRACKET_CALL, mark, NULL, NULL);
}

h5_id nested_call_end(int bracket, const struct hdf5 *h5, enum hdf5_function function, h5_id result)
{
	bracket_end(bracket);
	if (!refused.h5)
		return result;
	if (result < 0 && still_told()) {
		errno = refused.error;
		return result;
	}
	fail_as_refused(h5, copies_function_name(function));
	return -1;
}

void nested_errors_read(const struct hdf5 *h5)
{
	if (!refused.h5 || refused.h5->object != h5->object || !still_loaded() || !still_told() ||
	    !failed_for_it(h5))
		return;
	errors_set_failure(h5, "open", failed, refused.sentence);
	forget_refusal();
}
