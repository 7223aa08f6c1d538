#include "wait.h"

#include "failure.h"
#include "held.h"
#include "holders.h"
#include "interpreter.h"
#include "interrupt.h"
#include "libc.h"
#include "lock.h"
#include "report.h"
#include "settings.h"
#include "trace.h"

#include <errno.h>
#include <sys/stat.h>

/* What a thread may need to open a file that nobody else has. */
#define MOMENT_NS 1000000000

struct wait {
	struct opening *o;
	struct interrupt interrupt;
	void *interpreter;
	int64_t deadline; /* when the patience is over */
	int64_t attempt;  /* when the next attempt is due */
	int64_t notice;	  /* when the next notice is due */
	unsigned int notices;
};

/* The first notice after a second, the next ones at growing intervals. */
static const int64_t notice_intervals[] = { 1, 10, 60, 600, 6000 };

static int64_t add(int64_t when, int64_t ns)
{
	int64_t sum;

	return __builtin_add_overflow(when, ns, &sum) ? DEADLINE_NEVER : sum;
}

bool wait_replaced(const struct opening *o)
{
	struct stat now;

	return stat(o->name, &now) || now.st_dev != o->st.st_dev || now.st_ino != o->st.st_ino;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Sets the timer to what is due next. */
static int set_timer(struct wait *w)
{
	return interrupt_deadline(&w->interrupt,
				  earlier(earlier(w->attempt, w->notice), w->deadline));
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
	char who[512] = "held by another thread of this process";

	if (w->o->fd >= 0)
		holders_describe(w->o->fd, who, sizeof(who));
	report(REPORT_PROBLEM, "has waited %lld s to open '%s' (%s), which is %s",
	       (long long)(waited / 1000000000), w->o->name, mode(w->o), who);
	w->notices++;
	plan_notice(w);
}

/* What is due when a signal has interrupted the wait.  The next attempt is the look whether the
 * path still leads to this file; if it does, the place in the queue is kept. */
static int interrupted(void *arg)
{
	struct wait *w = arg;
	int64_t now = monotonic_ns();
	struct held h;

	if (interrupt_stopped(&w->interrupt))
		return -EINTR;
	/* Another thread got it, for a file that HDF5 opened by itself: HDF5 has it to share. */
	if (w->o->fd >= 0 && held_find(&w->o->st, w->o->fd, &h) && h.state == HELD_OPEN &&
	    !h.inherited)
		return -ESTALE;
	if (now < w->attempt && now < w->notice)
		return set_timer(w);
	if (now >= w->attempt) {
		if (wait_replaced(w->o))
			return -ESTALE;
		if (now >= w->deadline)
			return -EAGAIN;
		plan_attempt(w);
	}
	if (now >= w->notice)
		give_notice(w);
	return set_timer(w);
}

static int end(struct wait *w, int rc)
{
	int64_t waited = monotonic_ns() - w->o->began;

	trace_wait_over(rc);
	interrupt_end(&w->interrupt);
	interpreter_take(w->interpreter);
	/* Whoever read a notice wants to know how it ended; the h5* tools don't show errors.  After
	 * another thread's opening the next attempt tells. */
	if (rc == -EAGAIN || (rc == 0 && w->o->fd >= 0))
		report(w->notices ? REPORT_PROBLEM : REPORT_WAIT,
		       "%s '%s' (%s) after %lld.%03lld s", rc ? "gives up opening" : "got",
		       w->o->name, mode(w->o), (long long)(waited / 1000000000),
		       (long long)(waited / 1000000 % 1000));
	if (rc == -EAGAIN)
		return failure_held(w->o);
	return rc == -EINTR ? failure_stopped(w->o) : rc;
}

static int begin(struct wait *w, struct opening *o, int64_t patience)
{
	int rc;

	*w = (struct wait){ .o = o };
	if (!o->began)
		o->began = monotonic_ns();
	w->deadline = add(o->began, patience);
	if (o->impatient || monotonic_ns() >= w->deadline)
		return failure_held(o);
	rc = interrupt_begin(&w->interrupt);
	if (rc)
		return failure_no_timer(o, -rc);
	report(REPORT_WAIT, "waits to open '%s' (%s)", o->name, mode(o));
	trace_wait(o->name, o->exclusive);
	/* Another Python thread could ask for HDF5's mutex, with the interpreter lock in hand; this
	 * one has the mutex then, and would never get the interpreter lock again. */
	w->interpreter = o->inner ? NULL : interpreter_give();
	plan_attempt(w);
	plan_notice(w);
	rc = set_timer(w);
	return rc ? end(w, failure_no_timer(o, -rc)) : 0;
}

int wait_for_lock(struct opening *o, bool in_turn)
{
	struct wait w;
	int rc = begin(&w, o, settings()->patience_ns);

	if (rc)
		return rc;
	rc = end(&w, lock_wait(o->fd, o->exclusive, in_turn, interrupted, &w));
	lock_waited(monotonic_ns() - o->began);
	return rc;
}

static int thread_done(struct wait *w, uint32_t version)
{
	while (held_version() == version) {
		int rc = held_sleep(version) ? interrupted(w) : 0;

		if (rc)
			return rc == -ESTALE ? 0 : rc;
	}
	/* The other thread may have been stopped by a signal that is for all of them. */
	return interrupt_stopped(&w->interrupt) ? -EINTR : 0;
}

int wait_for_thread(struct opening *o, uint32_t version)
{
	struct wait w;
	int64_t patience = settings()->patience_ns;
	/* With LOCKEDH5_COUNT=1, too: that thread waits for nobody then, it is opening the file. */
	int rc = begin(&w, o, patience < MOMENT_NS ? MOMENT_NS : patience);

	if (rc)
		return rc;
	return end(&w, thread_done(&w, version));
}
