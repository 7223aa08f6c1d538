/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/looked.h"

#include "lock/filesystem.h"
#include "lock/held.h"
#include "looks/known.h"
#include "looks/looks.h"
#include "looks/missed.h"
#include "looks/ticket.h"
#include "opening/failure.h"
#include "opening/lookup.h"
#include "opening/wait.h"
#include "report/settings.h"
#include "system/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

static bool is_ignored(void)
{
	return settings()->looked == LOOKED_IGNORE;
}

static bool has_time(struct opening *o)
{
	int64_t patience = settings()->patience_ns, now = monotonic_ns();

	if (!o->began)
		o->began = now;
	return !o->impatient && now - o->began < (patience < LOOKER_NS ? patience : LOOKER_NS);
}

/* Between its bind() and its listen(), or its close() and our bind(), nobody can be asked. */
static int look_again(void)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };

	nanosleep(&moment, NULL);
	return AFRESH;
}

int looked_in_vain(struct opening *o)
{
	struct ticket_name name;
	int looker;

	if (!o->inner)
		looks_missed(AT_FDCWD, o->call.name);
	if (!o->exclusive || is_ignored() || ticket_name(lookup_folder(o), o->call.name, &name))
		return 0;
	/* With a ticket HDF5's own look comes next, and sees who was faster. */
	if (ticket_take(&name) != -EADDRINUSE || !has_time(o))
		return 0;
	looker = ticket_watch(&name);
	return looker < 0 ? look_again() : wait_for_looker(o, looker);
}

int looked_at_newborn(struct opening *o)
{
	struct ticket_name name;
	int looker;

	if (is_ignored() || ticket_name(lookup_folder(o), o->call.name, &name) ||
	    ticket_mine(&name))
		return 0;
	looker = ticket_watch(&name);
	if (looker < 0)
		return 0;
	if (!has_time(o)) {
		libc_close(looker);
		return 0;
	}
	held_drop(&o->file.fd);
	return wait_for_looker(o, looker);
}

int looked_and_found(struct opening *o)
{
	struct missed_file file = { .fd = o->file.fd, .name = o->call.name, .st = &o->file.st };
	int age;

	if (o->looks) {
		looked_and_called(o);
		if (looks_any() && !o->inner)
			known_seen(&o->file.st);
	}
	if (!o->replaces || !looks_any() || is_ignored())
		return 0;
	if (!o->file.looked_at)
		o->file.looked_at = looks_now();
	file.local = filesystem_is_local(o->file.fs);
	if (!missed_file(&file, o->file.looked_at, &age))
		return 0;
	/* The next call means it. */
	known_seen(&o->file.st);
	return failure_looked(o, age);
}

bool looked_before(const struct opening *o)
{
	return ticket_taken_by(o->call.name);
}

void looked_and_made(const struct opening *o)
{
	looked_and_called(o);
	if (looks_any())
		known_seen(&o->file.st);
}

void looked_and_called(const struct opening *o)
{
	ticket_give_back(lookup_folder(o), o->call.name);
}
