/* SPDX-License-Identifier: BSD-3-Clause */
/* What another program finds that does not wait for data.h5. */
#ifndef OTHERS_H
#define OTHERS_H

#include "support.h"

/* Fails unless it is kept out, opening in this mode ("r", "rw"). */
void others_are_kept_out(const char *mode);
/* Fails unless nobody has the file locked, and it opens it for writing and finds numbers from
 * VALUE. */
void others_find(int value);
/* It fills the file with numbers from VALUE. */
void others_write(int value);

#endif
