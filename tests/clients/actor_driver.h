/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's own file driver. */
#ifndef ACTOR_DRIVER_H
#define ACTOR_DRIVER_H

#include <hdf5.h>

/* Makes the driver of LIST one of the program's own, which it registers as NAME at the first call.
 */
herr_t set_own_driver(hid_t list, const char *name);

#endif
