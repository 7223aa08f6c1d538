/* SPDX-License-Identifier: BSD-3-Clause */
/* A bracket in which HDF5 prints no errors: what it calls for that is the program's, and may jump.
 */
#ifndef QUIET_H
#define QUIET_H

#include "hdf5/versions.h"
#include "opening/bracket.h"

struct quiet;

/* Begins a bracket of this KIND around a call of H5.  Returns NULL, with errno ENOMEM, if there is
 * no memory; preserves errno else.  Any thread; not in a signal handler. */
struct quiet *quiet_begin(const struct hdf5 *h5, enum bracket_kind kind, struct bracket_mark *mark);

/* Ends it after the call has returned RESULT, and prints the error stack, as the program wants it,
 * if that is a failure.  Preserves errno, if it returns. */
void quiet_end(struct quiet *q, int result);

#endif
