/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/trace/ends.h"

#include "command/say.h"

#include <stdlib.h>
#include <string.h>

static int compare_begins(const void *one, const void *other)
{
	const struct span *a = *(const struct span *const *)one;
	const struct span *b = *(const struct span *const *)other;

	if (a->file->ino != b->file->ino)
		return a->file->ino < b->file->ino ? -1 : 1;
	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

/* All holds, each inode's together and in the order of their begins. */
static const struct span **sort_holds(const struct timeline *t, size_t *n)
{
	const struct span **holds = say_must(calloc(t->n_spans + 1, sizeof(*holds)));

	*n = 0;
	for (size_t i = 0; i < t->n_spans; i++)
		if (!t->spans[i].waits)
			holds[(*n)++] = &t->spans[i];
	qsort(holds, *n, sizeof(*holds), compare_begins);
	return holds;
}

/* The first of HOLDS that is of this span's inode and begins no earlier; the last may be before it.
 */
static size_t find_begin(const struct span **holds, size_t n, const struct span *span)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_begins(&holds[middle], &span) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether two holds of one inode number are of one file.  Other hosts number their devices
 * otherwise, other names lead to the same file on the same host. */
static bool same_file(const struct timeline *t, const struct span *a, const struct span *b)
{
	return !strcmp(a->file->name, b->file->name) ||
	       (a->file->dev == b->file->dev &&
		!strcmp(t->rows[a->row].host, t->rows[b->row].host));
}

/* When a hold whose end was not recorded must have been over: before somebody else got a lock that
 * does not go with it. */
static int64_t latest_end(const struct timeline *t, const struct span **holds, size_t n,
			  const struct span *span)
{
	for (size_t i = find_begin(holds, n, span); i < n; i++) {
		const struct span *other = holds[i];

		if (other->file->ino != span->file->ino || other->begin >= span->end)
			break;
		if (other != span && (span->exclusive || other->exclusive) &&
		    same_file(t, span, other))
			return other->begin;
	}
	return span->end;
}

void ends_guess(struct timeline *t)
{
	const struct span **holds = NULL;
	size_t n = 0;

	for (size_t i = 0; i < t->n_spans; i++) {
		struct span *span = &t->spans[i];

		if (span->ended)
			continue;
		if (span->end > t->last)
			span->end = t->last;
		if (!span->waits && !holds)
			holds = sort_holds(t, &n);
		if (!span->waits)
			span->end = latest_end(t, holds, n, span);
		if (span->end < span->begin)
			span->end = span->begin;
	}
	free(holds);
}
