/* SPDX-License-Identifier: BSD-3-Clause */
/* The manual: it has every setting and option, and what people copy from it works. */
#include "launcher.h"

#include <stdio.h>
#include <sys/stat.h>

START_TEST(every_setting_is_documented)
{
	prints(FOR_EACH_SETTING
	       "  for page in README.md man/lockedh5.1 man/liblockedh5.7; do\n"
	       "    grep -q $name " TOP_SRCDIR "/$page || echo $name $page\n"
	       "  done\n"
	       "  option=$(echo ${name#*_} | tr A-Z a-z)\n"
	       "  lockedh5 --help | grep -q -e $name -e \"--$option \" || echo $name --help\n"
	       "done",
	       "");
}
END_TEST

START_TEST(the_manual_has_every_option)
{
	prints("for option in $(lockedh5 --help | grep -o -e '--[a-z][a-z]*'); do\n"
	       "  grep -q -e \"\\\\\\\\-${option#--}\" " TOP_SRCDIR
	       "/man/lockedh5.1 || echo $option\n"
	       "done",
	       "");
}
END_TEST

START_TEST(the_examples_of_the_manual_work)
{
	struct actor *actor;
	struct stat status;
	char name[32];
	int n = 0;

	NEEDS("command -v h5copy && command -v h5ls", "needs the HDF5 tools");
	actor = actor_new();
	actor_ok(actor, "create a input.h5 trunc");
	actor_ok(actor, "write a x 100 7");
	actor_ok(actor, "close a");
	actor_ok(actor, "create a results.h5 trunc");
	actor_ok(actor, "close a");
	ck_assert_int_eq(actor_end(actor), 0);
	/* Each block is marked as one that can be run or one that can only be read. */
	prints("awk '\n"
	       "  /^[.]Sh/ { inside = $2 == \"EXAMPLES\" }\n"
	       "  /^[.].\" run/ { mark = \"run\"; next }\n"
	       "  /^[.].\" read/ { mark = \"read\"; next }\n"
	       "  /^[.]Ed/ { file = mark = \"\" }\n"
	       "  /^[.]Bd/ && inside && !mark { print \"not marked: \" NR }\n"
	       "  /^[.]Bd/ { if (mark == \"run\") file = \"example.\" ++n; next }\n"
	       "  file { gsub(/\\\\-/, \"-\"); print >file }\n"
	       "' " TOP_SRCDIR "/man/lockedh5.1",
	       "");
	while (snprintf(name, sizeof(name), "example.%d", n + 1), stat(name, &status) == 0) {
		struct outcome outcome = RUN("sh", "-eu", name);

		ck_assert_msg(outcome.status == 0, "%s: %s", name, outcome.err);
		n++;
	}
	ck_assert_int_ge(n, 6);
	prints("h5ls results.h5 | cut -d ' ' -f 1 | tr '\\n' ' '",
	       "from_a from_b from_c x1 x2 x3 x4 x5 x6 x7 x8 ");
}
END_TEST

int main(void)
{
	TCase *tests = group("manual");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, every_setting_is_documented);
	tcase_add_test(tests, the_manual_has_every_option);
	tcase_add_test(tests, the_examples_of_the_manual_work);
	return group_run();
}
