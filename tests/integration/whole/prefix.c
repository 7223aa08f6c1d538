/* SPDX-License-Identifier: BSD-3-Clause */
/* What "make check-clients" says of an HDF5_PREFIX in which there is no HDF5 to test with. */
#include "programs.h"
#include "support.h"

#include <string.h>

static const struct {
	const char *make, *prefix, *sentence;
} cases[] = {
	{ "true", NULL, "HDF5_PREFIX is not set; make it the folder of an HDF5" },
	{ "true", "", "HDF5_PREFIX is not set; make it the folder of an HDF5" },
	{ "true", "nowhere", "there is no folder HDF5_PREFIX=nowhere" },
	{ "mkdir empty", "empty", "there is no include/hdf5.h in HDF5_PREFIX=" },
	{ "mkdir -p static/include static/lib && touch static/include/hdf5.h static/lib/libhdf5.a",
	  "static", "there is no libhdf5.so in " },
};

START_TEST(without_hdf5_it_says_what_is_missing)
{
	struct outcome o;

	ck_assert_int_eq(RUN("sh", "-c", cases[_i].make).status, 0);
	setting("HDF5_PREFIX", cases[_i].prefix);
	o = RUN(SCRIPT("../with-prefix"), "source", "build", "library", "tests");
	ck_assert_int_eq(o.status, 2);
	ck_assert_msg(strstr(o.err, cases[_i].sentence), "%s", o.err);
	ck_assert_msg(!strncmp(o.err, "check-clients: ", 15) &&
			      strchr(o.err, '\n') == o.err + strlen(o.err) - 1,
		      "more than a line: %s", o.err);
	ck_assert(!file_exists("build"));
}
END_TEST

int main(void)
{
	TCase *tests = group("prefix");

	tcase_add_loop_test(tests, without_hdf5_it_says_what_is_missing, 0,
			    sizeof(cases) / sizeof(cases[0]));
	return group_run();
}
