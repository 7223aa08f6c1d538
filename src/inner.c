#include "inner.h"

#include "attempt.h"
#include "driver.h"
#include "failure.h"
#include "files.h"
#include "handover.h"
#include "held.h"
#include "interrupt.h"
#include "libc.h"
#include "report.h"
#include "settings.h"
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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
	struct hdf5_printing printing; /* what when_call_fails() stands in for */
} refused;

/* Whose failure it is there; HDF5 has no such function. */
static const char teller[] = "locked_open";

static const char failed[] = "unable to open file";

static _Thread_local unsigned int unlocked, calls;

/* Files whose drivers make them of parts are open unlocked: new parts are, too. */
static _Atomic bool unlocked_parts;

static int when_call_fails(h5_id stack, void *data);

static void forget_refusal(void)
{
	if (refused.h5 && refused.printing.off)
		hdf5_on_failure_end(refused.h5, &refused.printing, when_call_fails);
	free(refused.sentence);
	refused.sentence = NULL;
	refused.h5 = NULL;
}

/* Fails the call as one that could not have its file. */
static void fail_as_refused(const struct hdf5 *h5, const char *function)
{
	char *sentence = refused.sentence;
	int error = refused.error;

	refused.sentence = NULL;
	forget_refusal();
	hdf5_fail(h5, function, failed, sentence);
	free(sentence);
	errno = error;
}

/* What a link leads to is opened in extern_traverse(). */
static bool failed_for_it(const struct hdf5 *h5)
{
	return calls || hdf5_failed_in(h5, "extern_traverse") || hdf5_failed_in(h5, "sec2_open");
}

/* Called by HDF5 when a call of the program's has failed, with the error stack complete: only now
 * can it be said why, because HDF5 clears the stack between the paths at which it looks for a file
 * (H5F_prefix_open_file(), 1.8 to 1.14; for later ones see hdf5_fail_within()). */
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
		hdf5_printing_on(h5, &refused.printing);
	forget_refusal();
	return hdf5_print(&refused.printing);
}

static bool still_told(void)
{
	return refused.told && hdf5_failed_in(refused.h5, teller);
}

static bool same_search(void)
{
	if (refused.h5 && !calls &&
	    (refused.told ? !still_told() : monotonic_ns() - refused.when > SAME_SEARCH_NS))
		forget_refusal();
	return refused.h5;
}

/* Keeps why the file could not be had. */
static void refuse(struct opening *o)
{
	bool pushes = o->h5->Epush2;

	if (!refused.h5 && o->sentence && !o->told)
		report(pushes ? REPORT_LOCK : REPORT_PROBLEM, "%s", o->sentence);
	if (refused.h5 || !pushes) {
		free(o->sentence);
		return;
	}
	refused.h5 = o->h5;
	refused.error = o->error;
	refused.sentence = o->sentence;
	refused.when = monotonic_ns();
	refused.told = hdf5_fail_within(o->h5, teller, o->sentence);
	if (!refused.told)
		hdf5_on_failure(o->h5, &refused.printing, when_call_fails);
}

/* One round: lock, then open. */
static int one_round(struct opening *o, int flags, mode_t mode)
{
	int fd, saved_errno;

	handover_reset(o);
	if (!(flags & O_EXCL) && attempt(o))
		return -1;
	handover_begin(o);
	errno = o->caller_errno;
	fd = handover_open(flags, mode);
	saved_errno = errno;
	handover_end(o);
	if (!o->handed) {
		held_drop(&o->fd);
	} else if (o->target == TARGET_LOCKED) {
		held_change(fd, HELD_OPEN, o->lock);
		/* Threads that wait for it outside of HDF5 have it, too, by this. */
		interrupt_all();
	}
	hdf5_printing_on(o->h5, &o->printing);
	errno = saved_errno;
	return fd;
}

static int locked_open(struct opening *o, int flags, mode_t mode)
{
	int fd, saved_errno;

	if (settings()->error[0]) {
		failure_setting(o);
		return -1;
	}
	do
		fd = one_round(o, flags, mode);
	while (handover_again(o));
	saved_errno = errno;
	if (fd >= 0 && o->handed && o->target == TARGET_LOCKED)
		report(REPORT_LOCK, "locked '%s' (%s), descriptor %d, for HDF5 itself", o->name,
		       o->exclusive ? "exclusive" : "shared", fd);
	held_wake();
	errno = saved_errno;
	return fd;
}

int inner_open(const struct hdf5 *h5, const char *path, int flags, mode_t mode)
{
	bool exclusive = (flags & O_ACCMODE) != O_RDONLY;
	struct opening o = { .h5 = h5,
			     .name = path,
			     .flags = exclusive ? H5_RDWR : H5_RDONLY,
			     .exclusive = exclusive,
			     .inner = true,
			     .impatient = same_search(),
			     .caller_errno = errno };
	int cancel, fd;

	if (unlocked || (unlocked_parts && (flags & O_CREAT)) || !files_covered(path))
		return libc_open(path, flags, mode);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	fd = locked_open(&o, flags, mode);
	pthread_setcancelstate(cancel, NULL);
	if (o.error) {
		refuse(&o);
		errno = o.error;
		return -1;
	}
	/* The last path at which HDF5 looks is not always the one that was refused. */
	if (fd < 0 && o.impatient && refused.told)
		errno = refused.error;
	return fd;
}

void inner_unlocked_begin(void)
{
	unlocked++;
}

void inner_unlocked_end(void)
{
	unlocked--;
}

void inner_parts_unlocked(void)
{
	unlocked_parts = true;
}

void inner_prepare(const struct hdf5 *h5)
{
	/* An opening that has failed already: HDF5's open() in it touches nothing. */
	struct opening o = { .h5 = h5, .name = "/lockedh5", .again = true, .fd = -1 };
	h5_id list;

	if (site_known(h5) || !h5->FDopen)
		return;
	hdf5_printing_off(h5, &o.printing);
	list = driver_sec2_copy(h5, H5_DEFAULT);
	if (list > 0) {
		handover_begin(&o);
		h5->FDopen(o.name, H5_RDONLY, list, UINT64_MAX);
		handover_end(&o);
		driver_close_copy(h5, list);
	}
	hdf5_printing_on(h5, &o.printing);
}

void inner_call_begin(void)
{
	if (!calls++)
		forget_refusal();
}

h5_id inner_call_end(const struct hdf5 *h5, enum hdf5_function function, h5_id result)
{
	calls--;
	if (!refused.h5)
		return result;
	if (result < 0 && still_told()) {
		errno = refused.error;
		return result;
	}
	fail_as_refused(h5, libhdf5_function_name(function));
	return -1;
}

void inner_errors_read(const struct hdf5 *h5)
{
	if (refused.h5 != h5 || !still_told() || !failed_for_it(h5))
		return;
	hdf5_set_failure(h5, "open", failed, refused.sentence);
	forget_refusal();
}
