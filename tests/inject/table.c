/* SPDX-License-Identifier: BSD-3-Clause */
/* The scenarios. */
#include "scenarios.h"

#include <stddef.h>

/* The patience is long enough for all who let go, and ends soon enough for a test. */
#define PATIENT "LOCKEDH5_COUNT=3", "LOCKEDH5_WAIT=0.4"
#define HASTY	"LOCKEDH5_COUNT=2", "LOCKEDH5_WAIT=0.05"
#define QUIET	"HDF5_USE_FILE_LOCKING=FALSE"

const struct scenario scenarios[] = {
	{ "open-r", NULL, open_to_read, { NULL }, false, true },
	{ "open-rw", NULL, open_to_write, { NULL }, false, true },
	{ "open-rw-unlocking", NULL, open_to_write, { QUIET }, false, true },
	{ "open-verbose", NULL, open_to_write, { "LOCKEDH5_VERBOSE=3" }, false, true },
	{ "open-log",
	  NULL,
	  open_to_write,
	  { "LOCKEDH5_VERBOSE=3", "LOCKEDH5_LOG=log.%p" },
	  false,
	  true },
	{ "open-trace", NULL, open_to_write, { "LOCKEDH5_TRACE=." }, false, true },
	{ "open-files", NULL, open_to_write, { "LOCKEDH5_FILES=*.h5" }, false, true },
	{ "open-missing", NULL, open_missing, { NULL }, true, false },
	{ "miss-create", NULL, miss_and_create, { NULL }, false, true },
	{ "miss-create-behind-another", another_looks, miss_and_create, { NULL }, false, true },
	{ "miss-open", another_makes_it, open_what_another_makes, { NULL }, true, false },
	{ "miss-create-too-late", NULL, create_what_was_missing, { NULL }, true, false },
	{ "open-nolocks", NULL, open_without_lock, { "LOCKEDH5_NOLOCKS=pass" }, false, true },
	{ "create-over", NULL, create_over, { NULL }, false, true },
	{ "create-new", NULL, create_new, { NULL }, false, true },
	{ "create-exclusively", NULL, create_exclusively, { NULL }, false, true },
	{ "create-what-is-there", NULL, create_what_is_there, { NULL }, true, false },
	{ "create-behind-link", NULL, create_behind_link, { NULL }, false, true },
	{ "open-twice", have_it_open, open_twice, { NULL }, false, true },
	{ "close", have_it_open, close_only, { NULL }, false, false },
	{ "close-with-child", have_it_open_and_a_child, close_only, { NULL }, false, false },
	{ "is-hdf5", NULL, is_hdf5, { NULL }, false, true },
	{ "driver-refused", NULL, other_driver, { NULL }, true, false },
	{ "driver-replaced", NULL, other_driver, { "LOCKEDH5_DRIVER=replace" }, false, true },
	{ "driver-in-memory", NULL, in_memory, { NULL }, false, true },
	{ "wait-r", held_for_a_moment, open_to_read, { PATIENT }, false, true },
	{ "wait-rw", held_for_a_moment, open_to_write, { PATIENT }, false, true },
	{ "wait-for-reader", read_for_a_moment, open_to_write, { PATIENT }, false, true },
	{ "wait-verbose",
	  held_for_a_moment,
	  open_to_write,
	  { PATIENT, "LOCKEDH5_VERBOSE=3", "LOCKEDH5_TRACE=." },
	  false,
	  true },
	{ "wait-create", held_for_a_moment, create_over, { PATIENT }, false, true },
	{ "wait-in-crowd", crowd, open_to_write, { PATIENT }, false, true },
	{ "wait-in-crowd-r", crowd, open_to_read, { PATIENT }, false, true },
	{ "give-up", held_for_ever, give_up_open, { HASTY }, true, false },
	{ "give-up-at-once", held_for_ever, give_up_open, { "LOCKEDH5_COUNT=1" }, true, false },
	{ "give-up-create", held_for_ever, give_up_create, { HASTY }, true, false },
	{ "fork-exit", have_it_open, child_exits, { NULL }, false, false },
	{ "fork-close", have_it_open, child_closes, { NULL }, false, false },
	{ "fork-open", NULL, child_opens, { NULL }, false, false },
	{ "spawn", have_it_open, spawn_a_program, { NULL }, false, false },
	{ "link", have_the_link_open, follow_link, { NULL }, false, true },
	{ "link-in-vain", link_to_what_is_held, follow_link_in_vain, { HASTY }, true, false },
#if H5_VERSION_GE(1, 10, 0)
	{ "virtual", have_the_link_open, read_virtual, { NULL }, false, true },
	{ "swmr-start", have_latest_open, start_swmr, { NULL }, false, false },
	{ "swmr-open", NULL, open_swmr, { NULL }, false, false },
	{ "swmr-open-unlocking", NULL, open_swmr, { QUIET }, false, false },
#endif
#if H5_VERSION_GE(1, 12, 0)
	{ "delete", NULL, delete_it, { NULL }, false, true },
	{ "delete-in-vain", held_for_ever, delete_in_vain, { HASTY }, true, false },
#endif
	{ NULL, NULL, NULL, { NULL }, false, false },
};
