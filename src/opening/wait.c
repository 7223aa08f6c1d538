/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/wait.h"

#include "lock/held.h"
#include "lock/interrupt.h"
#include "lock/line.h"
#include "lock/lock.h"
#include "lock/python.h"
#include "lock/turnstile.h"
#include "opening/failure.h"
#include "opening/lookup.h"
#include "report/report.h"
#include "report/settings.h"
#include "report/trace.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

/* What a thread may need to open a file that nobody else has. */
#define MOMENT_NS 1000000000

/* How often one looks where there is no timer. */
enum { POLL_NS = 10000000 };

/* Beside AFRESH: see wait_in_line(). */
enum { REOPEN = AFRESH + 1 };

struct wait {
	struct opening *o;
	struct interrupt interrupt;
	bool polls; /* there is no timer: it looks by itself */
	struct python interpreter;
	int64_t deadline; /* when the patience is over */
	int64_t attempt;  /* when the next attempt is due */
	int64_t notice;	  /* when the next notice is due */
	int64_t look;	  /* when line.c wants to look */
	int64_t reopen;	  /* when the file is to be opened anew */
	unsigned int notices;
	int looker; /* the socket that is waited for, or -1 */
};

/* The first notice after a second, the next ones at growing intervals. */
static const int64_t notice_intervals[] = { 1, 10, 60, 600, 6000 };

static int64_t add(int64_t when, int64_t ns)
{
	int64_t sum;

	return __builtin_add_overflow(when, ns, &sum) ? DEADLINE_NEVER : sum;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Sets the timer to what is due next. */
static void set_timer(struct wait *w)
{
	int64_t due = earlier(earlier(w->attempt, w->notice), earlier(w->look, w->deadline));

	if (!w->polls)
		interrupt_deadline(&w->interrupt, due);
}

static void look_at(void *arg, int64_t when)
{
	struct wait *w = arg;

	w->look = when;
	set_timer(w);
}

static void plan_attempt(struct wait *w)
{
	int64_t wait = settings()->wait_ns;

	w->attempt = wait ? earlier(add(monotonic_ns(), wait), w->deadline) : w->deadline;
}

static void plan_notice(struct wait *w)
{
	unsigned int last = sizeof(notice_intervals) / sizeof(notice_intervals[0]) - 1;

	w->notice = DEADLINE_NEVER;
	if (report_wanted(REPORT_PROBLEM))
		w->notice =
			add(monotonic_ns(),
			    notice_intervals[w->notices < last ? w->notices : last] * 1000000000);
}

static const char *mode(const struct opening *o)
{
	return o->exclusive ? "exclusive" : "shared";
}

static void give_notice(struct wait *w)
{
	int64_t waited = monotonic_ns() - w->o->began;
	char who[1024];

	failure_who(w->o, who, sizeof(who));
	report(REPORT_PROBLEM, "has waited %lld s to open '%s' (%s), which is %s",
	       (long long)(waited / 1000000000), w->o->call.name, mode(w->o), who);
	w->notices++;
	plan_notice(w);
}

/* The files for which this thread's waits are at a signal handler of Python's, the innermost last.
 * No pointers to these waits: a handler may switch to another stack (greenlets). */
enum { MOST_NESTED = 8 };
static _Thread_local struct {
	dev_t dev;
	ino_t ino;
} handling[MOST_NESTED];
static _Thread_local int nested;

bool wait_is_interrupted_for(const struct stat *st)
{
	for (int i = 0; i < nested; i++)
		if (handling[i].ino == st->st_ino && handling[i].dev == st->st_dev)
			return true;
	return false;
}

static int handle_signals(struct wait *w)
{
	int rc, level = nested;

	/* They run when the call is over. */
	if (level == MOST_NESTED)
		return -EINTR;
	handling[level].dev = w->o->file.fd >= 0 ? w->o->file.st.st_dev : 0;
	handling[level].ino = w->o->file.fd >= 0 ? w->o->file.st.st_ino : 0;
	nested = level + 1;
	do
		rc = python_handle_signals(&w->interpreter);
	while (!rc && interrupt_look_again());
	nested = level;
	return rc;
}

/* What is due when a signal has interrupted the wait.  The next attempt is the look whether the
 * path still leads to this file; if it does, the place in the queue is kept. */
static int interrupted(void *arg)
{
	struct wait *w = arg;
	int64_t now;
	struct held h;

	if (interrupt_noted(&w->interrupt) && handle_signals(w))
		return -EINTR;
	if (interrupt_stopped(&w->interrupt))
		return -EINTR;
	now = monotonic_ns();
	/* Another thread got it, for a file that HDF5 opened by itself: HDF5 has it to share. */
	if (w->o->file.fd >= 0 && held_find(&w->o->file.st, w->o->file.fd, &h) &&
	    h.state == HELD_OPEN && !h.inherited)
		return AFRESH;
	if (now >= w->attempt) {
		if (lookup_replaced(w->o, &w->o->file.st))
			return AFRESH;
		if (now >= w->deadline)
			return -EAGAIN;
		plan_attempt(w);
	}
	if (now >= w->notice)
		give_notice(w);
	if (now >= w->reopen)
		return REOPEN;
	/* Else line.c says when it will look next. */
	if (now < w->look)
		set_timer(w);
	return 0;
}

static void forget(struct opening *o)
{
	if (o->wait->looker >= 0)
		libc_close(o->wait->looker);
	free(o->wait);
	o->wait = NULL;
}

static int end(struct wait *w, int rc)
{
	struct opening *o = w->o;
	int64_t waited = monotonic_ns() - w->o->began;

	trace_wait_over(rc == AFRESH ? -ESTALE : rc);
	interrupt_end(&w->interrupt);
	python_take(&w->interpreter);
	/* Whoever read a notice wants to know how it ended; the h5* tools don't show errors.  After
	 * another thread's opening the next attempt tells. */
	if (rc == -EAGAIN || (rc == 0 && w->o->file.fd >= 0))
		report(w->notices ? REPORT_PROBLEM : REPORT_WAIT,
		       "%s '%s' (%s) after %lld.%03lld s", rc ? "gives up opening" : "got",
		       w->o->call.name, mode(w->o), (long long)(waited / 1000000000),
		       (long long)(waited / 1000000 % 1000));
	forget(o);
	if (rc == -EAGAIN)
		return failure_held(o);
	return rc == -EINTR ? failure_stopped(o) : rc;
}

/* A signal handler of the program's has left it by siglongjmp(). */
static void leave(struct opening *o)
{
	trace_wait_over(-EINTR);
	interrupt_end(&o->wait->interrupt);
	python_take(&o->wait->interpreter);
	forget(o);
}

/* -ETIME: it is too late. */
static int begin_in_time(struct opening *o, int64_t patience)
{
	struct wait *w;
	int rc;

	if (!o->began)
		o->began = monotonic_ns();
	if (o->impatient || monotonic_ns() >= add(o->began, patience))
		return -ETIME;
	if (lookup_keep_folder(o))
		return AFRESH;
	w = calloc(1, sizeof(*w));
	if (!w)
		return failure_no_entry(o, ENOMEM);
	*w = (struct wait){ .o = o,
			    .deadline = add(o->began, patience),
			    .look = DEADLINE_NEVER,
			    .reopen = DEADLINE_NEVER,
			    .looker = -1 };
	o->leave_wait = leave;
	o->wait = w;
	python_begin(&w->interpreter, o->call.caller, o->inner);
	w->polls = interrupt_begin(&w->interrupt);
	report(REPORT_WAIT, "waits to open '%s' (%s)", o->call.name, mode(o));
	trace_wait(o->call.name, o->exclusive);
	/* A signal may have come since Python last looked. */
	rc = w->interpreter.has_lock ? handle_signals(w) : 0;
	if (!rc)
		rc = python_give(&w->interpreter);
	if (rc)
		return end(w, rc);
	plan_attempt(w);
	plan_notice(w);
	set_timer(w);
	return 0;
}

static int begin(struct opening *o, int64_t patience)
{
	int rc = begin_in_time(o, patience);

	return rc == -ETIME ? failure_held(o) : rc;
}

/* Lets go of the file for a moment, so that the server does, too. */
static int open_anew(struct opening *o)
{
	static const struct timespec moment = { .tv_nsec = 30000000 };
	struct stat st;
	int rc;

	held_drop(&o->file.fd);
	nanosleep(&moment, NULL);
	o->file.fd = lookup_open_alone(o, o->file.writable ? O_RDWR : O_RDONLY);
	if (o->file.fd < 0 || fstat(o->file.fd, &st) || st.st_ino != o->file.st.st_ino)
		return AFRESH;
	rc = held_add(o->file.fd, &st, o->file.fs, o->inner ? HELD_INSIDE : HELD_WAITING,
		      HELD_UNLOCKED, o->h5->base);
	return rc ? failure_no_entry(o, -rc) : 0;
}

#define REOPEN_NS 1000000000

/* Where a lock that has ended may still be there as long as somebody has the file open (CIFS),
 * those who wait don't, every now and then. */
static int wait_in_line(struct wait *w, bool in_turn)
{
	struct lock_waiter waiter = { .interrupted = interrupted, .look_at = look_at, .arg = w };
	struct opening *o = w->o;
	const struct filesystem *fs = o->file.fs;
	bool polls = w->polls || fs->traits & FS_POLLS;
	int rc;

	do {
		if (fs->traits & FS_CLOSES)
			w->reopen = monotonic_ns() + REOPEN_NS;
		rc = (polls ? line_poll : line_wait)(fs, o->file.fd, o->exclusive, in_turn,
						     &waiter);
		if (rc != REOPEN)
			return rc;
		rc = open_anew(o);
	} while (!rc);
	return rc;
}

int wait_for_lock(struct opening *o, bool in_turn)
{
	int rc = begin(o, settings()->patience_ns);

	if (rc)
		return rc;
	rc = end(o->wait, wait_in_line(o->wait, in_turn));
	lock_waited(monotonic_ns() - o->began);
	return rc;
}

/* Where there is no timer. */
static int nap(void)
{
	static const struct timespec pause = { .tv_nsec = POLL_NS };

	nanosleep(&pause, NULL);
	return -EINTR;
}

static int stand_guarded(struct wait *w)
{
	const struct opening *o = w->o;
	int rc;

	while ((rc = turnstile_try(o->file.fs, o->file.fd, PLACE_GUARDED, o->exclusive)) ==
	       -EAGAIN) {
		rc = w->polls ? nap() : turnstile_wait(o->file.fd, PLACE_GUARDED, o->exclusive);
		if (rc == -EINTR)
			rc = interrupted(w);
		else
			return rc;
		if (rc)
			return rc;
	}
	return rc;
}

int wait_for_guarded(struct opening *o)
{
	int rc = turnstile_try(o->file.fs, o->file.fd, PLACE_GUARDED, o->exclusive);

	if (rc != -EAGAIN)
		return rc;
	rc = begin(o, settings()->patience_ns);
	return rc ? rc : end(o->wait, stand_guarded(o->wait));
}

static int thread_done(struct wait *w, uint32_t version)
{
	while (held_version() == version) {
		int rc = (w->polls ? nap() : held_sleep(version)) ? interrupted(w) : 0;

		if (rc)
			return rc == AFRESH ? 0 : rc;
	}
	/* The other thread may have been stopped by a signal that is for all of them. */
	return interrupt_stopped(&w->interrupt) ? -EINTR : 0;
}

int wait_for_thread(struct opening *o, uint32_t version)
{
	int64_t patience = settings()->patience_ns;
	/* With LOCKEDH5_COUNT=1, too: that thread waits for nobody then, it is opening the file. */
	int rc = begin(o, patience < MOMENT_NS ? MOMENT_NS : patience);

	if (rc)
		return rc == AFRESH ? 0 : rc;
	return end(o->wait, thread_done(o->wait, version));
}

/* 0: there is something to be looked at. */
static int looker_done(struct wait *w)
{
	struct pollfd looker = { .fd = w->looker };
	int rc;

	do {
		rc = poll(&looker, 1, w->polls ? 1 : LOOKER_NS / 1000000);
		if (rc < 0)
			rc = errno == EINTR ? interrupted(w) : -errno;
		else if (rc > 0 || monotonic_ns() >= w->deadline)
			return 0;
	} while (!rc);
	return rc == -EINTR ? rc : 0;
}

int wait_for_looker(struct opening *o, int looker)
{
	int64_t patience = settings()->patience_ns;
	int rc;

	rc = begin_in_time(o, patience < LOOKER_NS ? patience : LOOKER_NS);
	if (rc) {
		libc_close(looker);
		/* Whoever has waited for so long looks whether it is there now. */
		return rc == -ETIME ? AFRESH : rc;
	}
	o->wait->looker = looker;
	rc = end(o->wait, looker_done(o->wait));
	return rc ? rc : AFRESH;
}
