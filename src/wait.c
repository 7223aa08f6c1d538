#include "wait.h"

#include "failure.h"
#include "held.h"
#include "interpreter.h"
#include "interrupt.h"
#include "libc.h"
#include "lock.h"
#include "report.h"
#include "settings.h"

#include <errno.h>
#include <sys/stat.h>

struct wait {
	struct opening *o;
	struct interrupt interrupt;
	void *interpreter;
	int64_t deadline; /* when the patience is over */
	int64_t attempt;  /* when the next attempt is due */
};

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

static int next_attempt(struct wait *w)
{
	w->attempt = add(monotonic_ns(), settings()->wait_ns);
	if (w->attempt > w->deadline)
		w->attempt = w->deadline;
	return interrupt_deadline(&w->interrupt, w->attempt);
}

/* What is due when a signal has interrupted the wait: the next attempt is the look whether the path
 * still leads to this file; if it does, the place in the queue is kept. */
static int interrupted(void *arg)
{
	struct wait *w = arg;
	int64_t now = monotonic_ns();

	if (interrupt_stopped(&w->interrupt))
		return -EINTR;
	if (now < w->attempt)
		return 0;
	if (wait_replaced(w->o))
		return -ESTALE;
	if (now >= w->deadline)
		return -EAGAIN;
	return next_attempt(w);
}

static int begin(struct wait *w, struct opening *o)
{
	int rc;

	*w = (struct wait){ .o = o };
	if (!o->began)
		o->began = monotonic_ns();
	w->deadline = add(o->began, settings()->patience_ns);
	if (settings()->patience_ns == 0 || monotonic_ns() >= w->deadline)
		return failure_held(o);
	rc = interrupt_begin(&w->interrupt);
	if (rc)
		return failure_no_timer(o, -rc);
	w->interpreter = interpreter_give();
	return 0;
}

static int end(struct wait *w, int rc)
{
	interrupt_end(&w->interrupt);
	interpreter_take(w->interpreter);
	if (rc == -EAGAIN)
		return failure_held(w->o);
	if (rc == -EINTR)
		return failure_stopped(w->o);
	return rc;
}

int wait_for_lock(struct opening *o, bool in_turn)
{
	struct wait w;
	int rc = begin(&w, o);

	if (rc)
		return rc;
	report(REPORT_WAIT, "waits to open '%s' (%s)", o->name,
	       o->exclusive ? "exclusive" : "shared");
	rc = next_attempt(&w);
	if (!rc)
		rc = lock_wait(o->fd, o->exclusive, in_turn, interrupted, &w);
	return end(&w, rc);
}

static int thread_done(struct wait *w, uint32_t version)
{
	while (held_version() == version) {
		int rc = held_sleep(version) ? interrupted(w) : 0;

		if (rc)
			return rc == -ESTALE ? 0 : rc;
	}
	return 0;
}

int wait_for_thread(struct opening *o, uint32_t version)
{
	struct wait w;
	int rc = begin(&w, o);

	if (rc)
		return rc;
	rc = next_attempt(&w);
	if (!rc)
		rc = thread_done(&w, version);
	return end(&w, rc);
}
