/* README.md: what people copy from it works, and what it points to is there. */
#include "launcher.h"

#include <stdio.h>
#include <string.h>

#define README TOP_SRCDIR "/README.md"

/* Each block into a file of its own, sh.1, sh.2, bash.1...; says what kind has no meaning. */
#define SPLIT                                                                           \
	"awk '\n"                                                                       \
	"  /^```./ && !/^```(sh|bash|console|text)$/ { print FNR \": what is \" $0 }\n" \
	"  /^```/ { inside = !inside }\n"                                               \
	"  /^```/ { file = inside ? substr($0, 4) \".\" ++n[$0] : \"\"; next }\n"       \
	"  inside { print >file }\n"                                                    \
	"  END { if (inside) print \"a block has no end\" }\n"                          \
	"' " README

static void make_data(void)
{
	struct actor *actor = actor_new();

	actor_ok(actor, "create a data.h5 trunc");
	actor_ok(actor, "write a x 100 7");
	actor_ok(actor, "close a");
	ck_assert_int_eq(actor_end(actor), 0);
}

START_TEST(recipes_for_a_shell_run_as_they_stand)
{
	struct outcome outcome;
	char name[32];
	int n = 0;

	NEEDS("command -v h5copy && command -v h5ls && command -v h5dump", "needs the HDF5 tools");
	make_data();
	prints(SPLIT, "");
	while (snprintf(name, sizeof(name), "sh.%d", n + 1), file_exists(name)) {
		outcome = RUN("sh", "-eu", name);
		ck_assert_msg(outcome.status == 0, "%s: status %d, %s", name, outcome.status,
			      outcome.err);
		ck_assert_msg(!strstr(outcome.err, "unable") && !strstr(outcome.err, "can't"),
			      "%s: %s", name, outcome.err);
		n++;
	}
	ck_assert_int_ge(n, 8);
	/* What failed in the background has no status. */
	outcome = RUN("sh", "-c", "h5ls results.h5 | cut -d ' ' -f 1 | tr '\\n' ' '");
	ck_assert_str_eq(outcome.out, "copy1 copy2 copy3 copy4 copy5 copy6 copy7 copy8 first ");
	prints("grep -q 'locked .data.h5' locks.* && grep -q traced.h5 trace.json", "");
}
END_TEST

START_TEST(job_scripts_have_no_syntax_errors)
{
	NEEDS("command -v bash", "needs bash");
	prints(SPLIT, "");
	prints("[ -e bash.3 ] && for file in bash.*; do bash -n \"$file\" 2>&1; done", "");
}
END_TEST

START_TEST(what_it_links_to_is_there)
{
	prints("tr '\\n' ' ' <" README " | grep -o '](\\([^)]*\\))' | tr -d '()]' |\n"
	       "while read -r link; do\n"
	       "  case $link in\n"
	       "  *://*) ;;\n"
	       "  '#'*) sed -n 's/^##* //p' " README " | tr 'A-Z ' 'a-z-' |"
	       "    grep -q -x -e \"${link#?}\" || echo no heading for $link ;;\n"
	       "  *) [ -e " TOP_SRCDIR "/\"$link\" ] || echo no $link ;;\n"
	       "  esac\n"
	       "done",
	       "");
}
END_TEST

int main(void)
{
	TCase *tests = group("readme");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, recipes_for_a_shell_run_as_they_stand);
	tcase_add_test(tests, job_scripts_have_no_syntax_errors);
	tcase_add_test(tests, what_it_links_to_is_there);
	return group_run();
}
