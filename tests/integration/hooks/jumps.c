/* SPDX-License-Identifier: BSD-3-Clause */
/* A callback of the program's leaves HDF5 by longjmp() or a C++ exception: nothing of the call is
 * left behind, and the next ones are as ever. */
#include "programs.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static const char *const places[] = { "open",	     "bad-flags",   "create",  "create-nowhere",
				      "our-refusal", "wait",	    "is_hdf5", "is_accessible",
				      "delete",	     "probe",	    "image",   "unlocked",
				      "read",	     "failed-read", "link",    "exists",
				      "start_swmr" };
enum { PLACES = sizeof(places) / sizeof(places[0]) };

static void jumps(const char *program, const char *place)
{
	static const char *const ways[] = { "kept", "overwritten" };
	char alone[256];
	struct outcome o;

	/* HDF5 2.2 with its assertions does not: H5D_close() expects no selection of H5Dread()'s.
	 */
	snprintf(alone, sizeof(alone), "%s kept read >read.log 2>&1; test $? -lt 128", program);
	if (!strcmp(place, "read") &&
	    !needs("a_jump_out_of_reading", alone, "this HDF5 does not survive it"))
		return;
	for (int i = 0; i < 2; i++) {
		setting("HDF5_USE_FILE_LOCKING", i ? NULL : "FALSE");
		o = RUN(program, ways[i], place);
		ck_assert_msg(o.status == 0 || o.status == 77, "%s %s %s: %s%s", program, ways[i],
			      place, o.out, o.err);
	}
}

START_TEST(longjmp_leaves_nothing_behind)
{
	jumps(CLIENTS "/jump", places[_i]);
}
END_TEST

START_TEST(an_exception_leaves_nothing_behind)
{
	NEEDS("test -x " CLIENTS "/jump_cc", "there is no h5c++");
	jumps(CLIENTS "/jump_cc", places[_i]);
}
END_TEST

int main(void)
{
	TCase *tests = group("jumps");

	tcase_add_loop_test(tests, longjmp_leaves_nothing_behind, 0, PLACES);
	tcase_add_loop_test(tests, an_exception_leaves_nothing_behind, 0, PLACES);
	return group_run();
}
