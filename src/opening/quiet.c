/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/quiet.h"

#include "hdf5/errors.h"
#include "opening/bracket.h"

#include <errno.h>
#include <stdlib.h>

struct quiet {
	const struct hdf5 *h5;
	struct errors_printing printing;
	int bracket;
};

static void abandon(void *data)
{
	struct quiet *q = data;

	errors_printing_on(q->h5, &q->printing);
	free(q);
}

struct quiet *quiet_begin(const struct hdf5 *h5, enum bracket_kind kind, struct bracket_mark *mark)
{
	struct quiet *q = calloc(1, sizeof(*q));
	int saved_errno = errno;

	if (!q)
		return NULL;
	q->h5 = h5;
	errors_printing_off(h5, &q->printing);
	q->bracket = bracket_begin(kind, mark, q, abandon);
	errno = saved_errno;
	return q;
}

void quiet_end(struct quiet *q, int result)
{
	struct quiet was = *q;
	int saved_errno = errno;

	bracket_end(q->bracket);
	free(q);
	if (result < 0)
		errors_print_failure(was.h5, &was.printing);
	else
		errors_printing_on(was.h5, &was.printing);
	errno = saved_errno;
}
