/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/trace/timeline.h"

#include "command/say.h"
#include "command/trace/ends.h"
#include "command/trace/lines.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define NO_ROW	((size_t)-1)
#define NO_SPAN ((size_t)-1)

/* --- looking things up ------------------------------------------------------------------------ */

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Which row it is: of this ID, of this image, on this host. */
struct identity {
	int pid;
	uint64_t image;
	char *host;
	size_t row;
};

static int compare_pids(const void *one, const void *other)
{
	const struct identity *a = one, *b = other;

	return order((uint64_t)a->pid, (uint64_t)b->pid);
}

static int compare_identities(const void *one, const void *other)
{
	const struct identity *a = one, *b = other;
	int result = compare_pids(a, b);

	result = result ? result : order(a->image, b->image);
	return result ? result : strcmp(a->host, b->host);
}

static int compare_files(const void *one, const void *other)
{
	const struct file *a = one, *b = other;
	int result = order(a->ino, b->ino);

	result = result ? result : order(a->dev, b->dev);
	return result ? result : strcmp(a->name, b->name);
}

/* The wait of a thread, or the hold of a descriptor, that has not ended. */
struct open {
	size_t row;
	bool waits;
	int number;
	size_t span; /* or NO_SPAN */
};

static int compare_open(const void *one, const void *other)
{
	const struct open *a = one, *b = other;
	int result = order(a->row, b->row);

	result = result ? result : order(a->waits, b->waits);
	return result ? result : order((uint64_t)a->number, (uint64_t)b->number);
}

/* What is in the tree where KEY, which has SIZE bytes, belongs; else a copy of KEY, which is there
 * now. *NEW says which. */
static void *find_or_add(void **tree, const void *key, size_t size,
			 int (*compare)(const void *, const void *), bool *new)
{
	void **found = tfind(key, tree, compare);

	*new = !found;
	if (*new)
		found = say_must(tsearch(memcpy(say_must(malloc(size)), key, size), tree, compare));
	return *found;
}

static size_t *open_span(struct timeline *t, bool waits, int number)
{
	struct open key = { t->row, waits, number, NO_SPAN }, *open;
	bool new;

	open = find_or_add(&t->open, &key, sizeof(key), compare_open, &new);
	return &open->span;
}

static const struct file *find_file(struct timeline *t, uint64_t dev, uint64_t ino,
				    const char *name)
{
	struct file key = { dev, ino, (char *)name }, *file;
	bool new;

	file = find_or_add(&t->files, &key, sizeof(key), compare_files, &new);
	if (new)
		file->name = say_must(strdup(name));
	return file;
}

/* Room for one more in an array of N things of that SIZE. */
static void *grow(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	return say_must(reallocarray(array, *room, size));
}

/* --- processes and their rows ------------------------------------------------------------------
 */

/* "prog 10 (host)" */
static char *label(const struct event *e)
{
	int program = (int)strlen(e->name) - 1, host = (int)strlen(e->host) - 2;

	return say_text("%.*s %d (%.*s)\"", program, e->name, e->number, host, e->host + 1);
}

/* "user 1000, job slurm 12345_6", as far as it is known. */
static char *more(const struct event *e)
{
	int job = (int)strlen(e->job) - 2;
	char user[32] = "";

	if (e->has_user)
		snprintf(user, sizeof(user), "user %u", (unsigned int)e->user);
	return say_text("\"%s%s%.*s\"", user, job ? ", job " : "", job, e->job + 1);
}

static void add_row(struct timeline *t, const struct event *e, char *host, bool pid_is_used)
{
	t->rows = grow(t->rows, t->n_rows, &t->room_for_rows, sizeof(*t->rows));
	t->rows[t->n_rows] = (struct row){ .pid = e->number,
					   .image = e->image,
					   .host = host,
					   .label = label(e),
					   .more = more(e),
					   .shown_pid = e->number };
	t->n_rows++;
	/* Other hosts have the same numbers; a row of the picture needs one of its own. */
	if (pid_is_used)
		t->rows[t->n_rows - 1].shown_pid = 10000000 + (int)t->n_rows;
}

/* Two threads may both have introduced their process.  The same number with another image is
 * another program: executed by that process, or started when the number was free again. */
static void introduce(struct timeline *t, const struct event *e)
{
	struct identity key = { e->number, e->image, (char *)e->host, t->n_rows }, *identity;
	/* The tree is ordered by the ID first. */
	bool new, pid_is_used = tfind(&key, &t->identities, compare_pids);

	identity = find_or_add(&t->identities, &key, sizeof(key), compare_identities, &new);
	if (new) {
		identity->host = say_must(strdup(e->host));
		add_row(t, e, identity->host, pid_is_used);
	}
	t->row = identity->row;
}

/* The lowest lane of the row that is free at TIME. */
static uint32_t take_lane(struct row *row, int64_t time)
{
	uint32_t lane = 0;

	while (lane < row->n_lanes && (row->lanes[lane].busy || row->lanes[lane].end > time))
		lane++;
	if (lane == row->n_lanes) {
		row->n_lanes++;
		row->lanes = say_must(reallocarray(row->lanes, row->n_lanes, sizeof(*row->lanes)));
		row->lanes[lane].end = 0;
	}
	row->lanes[lane].busy = true;
	return lane;
}

static void leave_lane(struct timeline *t, const struct span *span, int64_t time)
{
	struct lane *lane = &t->rows[span->row].lanes[span->lane];

	lane->busy = false;
	if (time > lane->end)
		lane->end = time;
}

/* --- spans: waits and holds ---------------------------------------------------------------------
 */

/* A clock that was set back must not give a negative duration. */
static void end(struct timeline *t, size_t *open, int64_t time, enum result result)
{
	struct span *span;

	if (*open == NO_SPAN)
		return;
	span = &t->spans[*open];
	span->end = time < span->begin ? span->begin : time;
	span->result = (uint8_t)result;
	span->ended = true;
	leave_lane(t, span, span->end);
	*open = NO_SPAN;
}

/* Something else begins at TIME where this one must have ended unseen. */
static void lose(struct timeline *t, size_t *open, int64_t time)
{
	struct span *span;

	if (*open == NO_SPAN)
		return;
	span = &t->spans[*open];
	span->end = time;
	leave_lane(t, span, time);
	*open = NO_SPAN;
}

/* SPAN has what is known of it.  Its end is that of all, for now. */
static void begin(struct timeline *t, size_t *open, struct span span)
{
	lose(t, open, span.begin);
	t->spans = grow(t->spans, t->n_spans, &t->room_for_spans, sizeof(*t->spans));
	span.row = (uint32_t)t->row;
	span.lane = take_lane(&t->rows[t->row], span.begin);
	span.end = INT64_MAX;
	*open = t->n_spans;
	t->spans[t->n_spans++] = span;
}

static void change(struct timeline *t, const struct event *e)
{
	size_t *open = open_span(t, false, e->descriptor);
	const struct file *file;

	if (*open == NO_SPAN)
		return;
	file = t->spans[*open].file;
	end(t, open, e->time, e->exclusive ? RESULT_NOW_EXCLUSIVE : RESULT_NOW_SHARED);
	begin(t, open,
	      (struct span){ .begin = e->after,
			     .file = file,
			     .thread = e->number,
			     .exclusive = e->exclusive });
}

static void begin_event(struct timeline *t, const struct event *e, bool waits)
{
	begin(t, open_span(t, waits, waits ? e->number : e->descriptor),
	      (struct span){ .begin = e->time,
			     .file = find_file(t, waits ? 0 : e->dev, waits ? 0 : e->ino, e->name),
			     .thread = e->number,
			     .waits = waits,
			     .exclusive = e->exclusive });
}

static void add(struct timeline *t, const struct event *e)
{
	if (e->kind != EVENT_PROCESS && t->row == NO_ROW)
		return;
	switch (e->kind) {
	case EVENT_PROCESS:
		introduce(t, e);
		break;
	case EVENT_WAIT:
		begin_event(t, e, true);
		break;
	case EVENT_OVER:
		end(t, open_span(t, true, e->number), e->time, e->result);
		break;
	case EVENT_HOLD:
		begin_event(t, e, false);
		break;
	case EVENT_CHANGE:
		change(t, e);
		break;
	case EVENT_RELEASE:
		end(t, open_span(t, false, e->descriptor), e->time, RESULT_RELEASED);
		break;
	}
	if (e->time > t->last)
		t->last = e->time;
}

void timeline_read(struct timeline *t, FILE *file)
{
	struct line line;

	t->row = NO_ROW;
	while (lines_next(&line, file))
		add(t, &line.event);
}

/* --- the end ---------------------------------------------------------------------------------- */

void timeline_finish(struct timeline *t)
{
	size_t lanes = 0;

	ends_guess(t);
	for (size_t i = 0; i < t->n_rows; i++) {
		t->rows[i].lanes_above = lanes;
		lanes += t->rows[i].n_lanes ? t->rows[i].n_lanes - 1 : 0;
	}
}

static void free_file(void *file)
{
	free(((struct file *)file)->name);
	free(file);
}

void timeline_free(struct timeline *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		free(t->rows[i].host);
		free(t->rows[i].label);
		free(t->rows[i].more);
		free(t->rows[i].lanes);
	}
	tdestroy(t->files, free_file);
	tdestroy(t->identities, free);
	tdestroy(t->open, free);
	free(t->rows);
	free(t->spans);
	*t = (struct timeline){ .rows = NULL };
}
