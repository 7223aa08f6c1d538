/* SPDX-License-Identifier: BSD-3-Clause */
/* README.md and the other documents: what people copy from them works, what they point to is there,
 * and what two of them say is the same. */
#include "launcher.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS TOP_SRCDIR "/tests/links "

/* Each block of $document into a file of its own, sh.1, sh.2, bash.1...; says what kind has no
 * meaning. */
#define SPLIT                                                                           \
	"awk '\n"                                                                       \
	"  /^```./ && !/^```(sh|bash|console|text)$/ { print FNR \": what is \" $0 }\n" \
	"  /^```/ { inside = !inside }\n"                                               \
	"  /^```/ { file = inside ? substr($0, 4) \".\" ++n[$0] : \"\"; next }\n"       \
	"  inside { print >file }\n"                                                    \
	"  END { if (inside) print \"a block has no end\" }\n"                          \
	"' \"$document\""

static void make_data(void)
{
	struct actor *actor = actor_new();

	actor_ok(actor, "create a data.h5 trunc");
	actor_ok(actor, "write a x 100 7");
	actor_ok(actor, "close a");
	ck_assert_int_eq(actor_end(actor), 0);
}

static void find_documents(glob_t *documents)
{
	ck_assert_int_eq(glob(TOP_SRCDIR "/*.md", 0, NULL, documents), 0);
	ck_assert_int_eq(glob(TOP_SRCDIR "/doc/*.md", GLOB_APPEND, NULL, documents), 0);
	ck_assert_uint_ge(documents->gl_pathc, 8);
}

/* Goes into a new folder, in which the blocks of the document are, and a data.h5. */
static void enter(const char *document)
{
	const char *folder = strrchr(document, '/') + 1;

	ck_assert_int_eq(mkdir(folder, 0777), 0);
	ck_assert_int_eq(chdir(folder), 0);
	setting("document", document);
	prints(SPLIT, "");
	make_data();
}

/* Runs all of a document's, in order; returns how many. */
static int run_blocks(const char *document)
{
	struct outcome outcome;
	char name[32];
	int n = 0;

	while (snprintf(name, sizeof(name), "sh.%d", n + 1), file_exists(name)) {
		outcome = RUN("sh", "-eu", name);
		ck_assert_msg(outcome.status == 0, "%s, %s: status %d, %s", document, name,
			      outcome.status, outcome.err);
		ck_assert_msg(!strstr(outcome.err, "unable") && !strstr(outcome.err, "can't"),
			      "%s, %s: %s", document, name, outcome.err);
		n++;
	}
	return n;
}

START_TEST(recipes_for_a_shell_run_as_they_stand)
{
	struct outcome outcome;
	glob_t documents;
	int n = 0;

	NEEDS("command -v h5copy && command -v h5ls && command -v h5dump", "needs the HDF5 tools");
	find_documents(&documents);
	for (size_t i = 0; i < documents.gl_pathc; i++) {
		enter(documents.gl_pathv[i]);
		n += run_blocks(documents.gl_pathv[i]);
		ck_assert_int_eq(chdir(".."), 0);
	}
	globfree(&documents);
	ck_assert_int_ge(n, 10);
	/* What failed in the background has no status. */
	outcome = RUN("sh", "-c", "h5ls README.md/results.h5 | cut -d ' ' -f 1 | tr '\\n' ' '");
	ck_assert_str_eq(outcome.out, "copy1 copy2 copy3 copy4 copy5 copy6 copy7 copy8 ");
	prints("cd guide.md && grep -q 'locked .data.h5' locks.* && grep -q traced.h5 trace.json",
	       "");
}
END_TEST

START_TEST(job_scripts_have_no_syntax_errors)
{
	glob_t documents;

	NEEDS("command -v bash", "needs bash");
	find_documents(&documents);
	for (size_t i = 0; i < documents.gl_pathc; i++) {
		enter(documents.gl_pathv[i]);
		prints("for file in bash.*; do [ ! -e \"$file\" ] || bash -n \"$file\" 2>&1; done",
		       "");
		ck_assert_int_eq(chdir(".."), 0);
	}
	globfree(&documents);
	prints("[ -e guide.md/bash.3 ] && [ -e README.md/bash.1 ]", "");
}
END_TEST

START_TEST(what_they_point_to_is_there)
{
	prints(LINKS TOP_SRCDIR, "");
	/* It can tell. */
	prints("mkdir -p bad/doc && printf '%s\\n' '# A b' '[x](doc/y.md#c) [x](#a-b)' >bad/a.md "
	       "&&\n"
	       "printf '%s\\n' '# D' '[x](../a.md) [x](z.svg)' >bad/doc/y.md && " LINKS "bad",
	       "a.md points to doc/y.md#c, which is no heading\n"
	       "doc/y.md points to z.svg, which is not there\n");
}
END_TEST

START_TEST(so_it_is_where_they_are_installed)
{
	prints("unset MAKEFLAGS MAKELEVEL MFLAGS\n"
	       "make -C " TOP_BUILDDIR " docdir=$PWD/installed install-dist_docDATA"
	       " install-dist_pagesDATA >log 2>&1 || { cat log; exit 1; }\n"
	       "[ -e installed/README.md ] && [ -e installed/doc/guide.md ] && " LINKS "installed",
	       "");
}
END_TEST

START_TEST(the_first_page_is_read_to_its_end)
{
	prints("awk 'END { if (NR > 250) print NR \" lines\" }' " TOP_SRCDIR "/README.md\n"
	       "sed -n '/^<!-- benchmarks/,/^<!-- .benchmarks/p' " TOP_SRCDIR "/README.md |\n"
	       "awk '/^[|]/ { n++ } END { if (n < 3 || n > 10) print n \" rows\" }'",
	       "");
}
END_TEST

/* In the manual, a comment names each limit as the list does. */
START_TEST(the_limits_are_those_of_the_manual)
{
	prints("cd " TOP_SRCDIR "\n"
	       "listed() { sed -n 's/^\\* \\*\\*\\([^*]*[^*\\\\]\\)\\\\*\\**.*/\\1/p' "
	       "doc/limits.md; }\n"
	       "[ $(listed | wc -l) -gt 20 ] || echo no list\n"
	       "listed | while IFS= read -r limit; do\n"
	       "  grep -q -x -F -e \".\\\\\\\" limit: $limit\" man/*.[17] ||"
	       "    echo \"no manual has: $limit\"\n"
	       "done\n"
	       "sed -n 's/^[.].\" limit: //p' man/*.[17] | while IFS= read -r limit; do\n"
	       "  listed | grep -q -x -F -e \"$limit\" || echo \"the list lacks: $limit\"\n"
	       "done",
	       "");
}
END_TEST

START_TEST(who_cites_it_gets_the_version_that_there_is)
{
	prints("cd " TOP_SRCDIR "\n"
	       "version=$(sed -n 's/^AC_INIT([^,]*, *.\\([0-9.]*\\).*/\\1/p' configure.ac)\n"
	       "date=$(sed -n \"s/^$version (\\([0-9-]*\\))$/\\1/p\" NEWS)\n"
	       "[ -n \"$version\" ] && [ -n \"$date\" ] || echo no version, or no date in NEWS\n"
	       "for line in 'cff-version: 1.2.0' \"version: $version\" \"date-released: $date\"; "
	       "do\n"
	       "  grep -q -x -F -e \"$line\" CITATION.cff || echo \"no $line\"\n"
	       "done\n"
	       "for key in message title authors license; do\n"
	       "  grep -q \"^$key:\" CITATION.cff || echo no $key\n"
	       "done",
	       "");
}
END_TEST

/* section NAME: what .editorconfig says under [NAME]; value KEY: what .clang-format does. */
START_TEST(editors_do_as_the_formatter)
{
	prints("cd " TOP_SRCDIR "\n"
	       "section() { awk -v name=\"[$1]\" '/^\\[/ { in_it = $0 == name } in_it' "
	       ".editorconfig; }\n"
	       "value() { sed -n \"s/^$1: //p\" .clang-format; }\n"
	       "says() { section \"$1\" | grep -q -x -e \"$2\" || echo \"[$1] has no $2\"; }\n"
	       "says '*.{c,h}' \"tab_width = $(value TabWidth)\"\n"
	       "says '*.{c,h}' \"max_line_length = $(value ColumnLimit)\"\n"
	       "[ $(value UseTab) = Always ] && says '*.{c,h}' 'indent_style = tab'\n"
	       "says '*.py' 'indent_style = space'\n"
	       "says '*.py' 'indent_size = 4'\n"
	       /* And the files as it says. */
	       "find src tests bench -name '*.py' -exec grep -l '^\t' {} +\n"
	       "for file in $(grep -l '^#!.*python' -r scripts tests bench doc | grep -v "
	       "'[.]py$'); do\n"
	       "  grep -q \"^\\[.*$file\" .editorconfig || echo \"$file is not in .editorconfig\"\n"
	       "done\n"
	       "grep -l '^    ' scripts/check scripts/install-packages tests/links tests/matrix;"
	       " true",
	       "");
}
END_TEST

int main(void)
{
	TCase *tests = group("documents");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, recipes_for_a_shell_run_as_they_stand);
	tcase_add_test(tests, job_scripts_have_no_syntax_errors);
	tcase_add_test(tests, what_they_point_to_is_there);
	tcase_add_test(tests, so_it_is_where_they_are_installed);
	tcase_add_test(tests, the_first_page_is_read_to_its_end);
	tcase_add_test(tests, the_limits_are_those_of_the_manual);
	tcase_add_test(tests, who_cites_it_gets_the_version_that_there_is);
	tcase_add_test(tests, editors_do_as_the_formatter);
	return group_run();
}
