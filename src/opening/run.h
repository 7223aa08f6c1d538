/* SPDX-License-Identifier: BSD-3-Clause */
/* One call from its start to success or error: attempts, the real call, what must hold afterwards.
 */
#ifndef RUN_H
#define RUN_H

#include "opening/opening.h"

/* Does what the program called us for: returns what the real function returned, or -1 with errno
 * set and one sentence on HDF5's error stack, which is printed as the program wants it.  Any
 * thread; not in a signal handler. */
h5_id run_opening(const struct call *call);

#endif
