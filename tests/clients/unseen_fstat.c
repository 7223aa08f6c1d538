/* SPDX-License-Identifier: BSD-3-Clause */
/* The library looks at descriptors that other threads may be closing, by intention, and
 * ThreadSanitizer's fstat() takes that for a fault.  To suppress one by the name of its function it
 * reads the program's symbols, through the open() of the library inside, in the middle of its
 * report: what it sees there may be the next fault, for which it waits for ever.  So it does not
 * get to see these looks. */
#include "instead_of_fstat.h"

INSTEAD_OF_FSTAT(fd, status)
{
	return real_fstat(fd, status);
}
