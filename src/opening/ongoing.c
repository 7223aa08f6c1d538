/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/ongoing.h"

#include "hdf5/driver.h"
#include "hdf5/errors.h"
#include "lock/held.h"
#include "opening/bracket.h"
#include "opening/lookup.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void end(struct opening *o)
{
	lookup_end(o);
	pthread_setcancelstate(o->cancel, NULL);
	free(o);
}

/* The call was left by a jump.  What HDF5 has got stays its: it may well have the file open.  (Not
 * if it was only to read it; it never closes that descriptor, but has no more use for it.) */
static void abandon(void *data)
{
	struct opening *o = data;
	struct held h;

	if (o->wait)
		o->leave_wait(o);
	if (!o->handed.has_fd)
		held_drop(&o->file.fd);
	else if (o->read_only_now)
		held_release(o->file.fd, &h);
	else if (!o->handed.closed && o->file.target == TARGET_LOCKED)
		held_change(o->file.fd, HELD_OPEN, o->file.lock);
	held_wake();
	errors_printing_on(o->h5, &o->handed.printing);
	if (o->handed.copy > 0)
		driver_close_copy(o->h5, o->handed.copy);
	free(o->failure.sentence);
	end(o);
}

struct opening *ongoing_begin(const struct opening *start, struct bracket_mark *mark)
{
	size_t size = strlen(start->call.name) + 1;
	struct opening *o = malloc(sizeof(*o) + size);

	if (!o)
		return NULL;
	*o = *start;
	o->call.name = memcpy(o + 1, start->call.name, size);
	o->folder = o->file.fd = o->handed.passed = -1;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o->cancel);
	o->bracket = bracket_begin(BRACKET_OPENING, mark, o, abandon);
	return o;
}

void ongoing_end(struct opening *o)
{
	int saved_errno = errno;

	bracket_end(o->bracket);
	end(o);
	errno = saved_errno;
}

bool ongoing_has(const struct opening *o, int fd)
{
	const struct opening *outer;
	int bracket = o->bracket;

	while ((outer = bracket_around(BRACKET_OPENING, &bracket)))
		if (outer->file.fd == fd)
			return true;
	return false;
}

struct opening *ongoing_that_answers(void)
{
	struct opening *o = bracket_innermost(BRACKET_OPENING);

	return o && o->handed.answers ? o : NULL;
}
