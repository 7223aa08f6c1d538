/* SPDX-License-Identifier: BSD-3-Clause */
/* The launcher, as people use it: what the program gets, job scripts, and where the library is. */
#include "config.h"
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>

/* --- what the program gets ------------------------------------------------ */

START_TEST(options_set_variables)
{
	static const char *const table[][2] = {
		{ "", "||||" },
		{ "-n 5", "5||||" },
		{ "-n5", "5||||" },
		{ "--count 5", "5||||" },
		{ "--count=inf", "inf||||" },
		{ "-w 0.5", "|0.5|||" },
		{ "-w.5", "|.5|||" },
		{ "--wait=0", "|0|||" },
		{ "-n 1000000000 -w 1000000000", "1000000000|1000000000|||" },
		{ "--driver replace", "||replace||" },
		{ "--driver=pass --", "||pass||" },
		{ "-v", "|||2|" },
		{ "-v --verbose", "|||3|" },
		{ "-vvvvv", "|||3|" },
		{ "--log /x/%p.%h.%%", "||||/x/%p.%h.%%" },
		{ "--log='/a b'", "||||/a b" },
		{ "-vn5", NULL },
	};
	const char *show = "sh -c 'echo \"$LOCKEDH5_COUNT|$LOCKEDH5_WAIT|$LOCKEDH5_DRIVER|"
			   "$LOCKEDH5_VERBOSE|$LOCKEDH5_LOG\"'";
	char script[1024], expected[1024];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(script, sizeof(script), "lockedh5 %s %s", table[i][0], show);
		if (table[i][1]) {
			snprintf(expected, sizeof(expected), "%s\n", table[i][1]);
			prints(script, expected);
		} else {
			refuses(script, 125, "there is no option");
		}
	}
}
END_TEST

START_TEST(verbosity_starts_from_the_variable)
{
	prints("LOCKEDH5_VERBOSE=0 lockedh5 -v sh -c 'echo $LOCKEDH5_VERBOSE'", "1\n");
	prints("LOCKEDH5_VERBOSE=2 lockedh5 -v sh -c 'echo $LOCKEDH5_VERBOSE'", "3\n");
	prints("LOCKEDH5_VERBOSE=0 lockedh5 sh -c 'echo $LOCKEDH5_VERBOSE'", "0\n");
}
END_TEST

START_TEST(a_relative_log_stays_where_the_launcher_was)
{
	prints("mkdir a%b && cd a%b && [ \"$(lockedh5 --log l.%p sh -c 'echo $LOCKEDH5_LOG')\" ="
	       " \"$(cd .. && pwd)/a%%b/l.%p\" ]",
	       "");
	refuses("mkdir gone && cd gone && rmdir ../gone && lockedh5 --log l true", 125,
		"give an absolute name");
}
END_TEST

START_TEST(the_environment_is_as_it_was)
{
	prints("env -i A=mine PATH=\"$PATH\" LOCKEDH5_COUNT=3 B= \"$(command -v lockedh5)\" -w 5"
	       " -- env | sed -e 's/^PATH=.*/PATH/' -e 's/^LD_PRELOAD=.*/LD_PRELOAD/' | sort",
	       "A=mine\nB=\nLD_PRELOAD\nLOCKEDH5_COUNT=3\nLOCKEDH5_WAIT=5\nPATH\n");
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	prints("show='ls -l /proc/self/fd'; names() { sed -n 's,.* \\([0-9]* -> /.*\\),\\1,p'; }\n"
	       "$show </dev/null | names >before; lockedh5 $show </dev/null | names >after\n"
	       "sed 's,/proc/.*,/proc,' before >b; sed 's,/proc/.*,/proc,' after | diff b -",
	       "");
}
END_TEST

START_TEST(pid_and_exit_status_survive)
{
	struct process *process = START("lockedh5", "sh", "-c", "echo $$; exit 42");
	int pid = (int)process_pid(process);
	struct outcome outcome = finish(process);

	ck_assert_int_eq(outcome.status, 42);
	ck_assert_int_eq(atoi(outcome.out), pid);
	ck_assert_str_eq(outcome.err, "");
	ck_assert_int_eq(RUN("lockedh5", "sh", "-c", "kill -9 $$").status, 128 + 9);
}
END_TEST

START_TEST(arguments_arrive_as_they_are)
{
	struct outcome outcome = RUN("lockedh5", "printf", "[%s]", "a b", "c\nd\n", "", "-n", "--",
				     "*", "it's", "$HOME");

	ck_assert_str_eq(outcome.out, "[a b][c\nd\n][][-n][--][*][it's][$HOME]");
}
END_TEST

START_TEST(the_library_is_loaded)
{
	prints("lockedh5 grep -q /liblockedh5.so /proc/self/maps", "");
	prints("LD_PRELOAD=$(lockedh5 --library) grep -q /liblockedh5.so /proc/self/maps", "");
	prints("! grep -q /liblockedh5.so /proc/self/maps", "");
}
END_TEST

START_TEST(ld_preload_is_kept_and_nothing_is_doubled)
{
	/* LIB is the library; the other names are for show, ld.so only complains about them. */
	static const char *const table[][2] = {
		{ "", "LIB" },
		{ "/a.so", "LIB:/a.so" },
		{ "/a.so  /b.so", "LIB:/a.so:/b.so" },
		{ "LIB", "LIB" },
		{ "LIB:LIB LIB", "LIB" },
		{ "liblockedh5.so:/a.so", "LIB:/a.so" },
		{ "/first.so:LIB:/last.so", "/first.so:LIB:/last.so" },
		{ "/a.so:/old/liblockedh5.so", "/a.so:LIB" },
		{ "/a*.so:/notliblockedh5.so", "LIB:/a*.so:/notliblockedh5.so" },
	};
	char script[1024], expected[1024];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(script, sizeof(script),
			 "library=$(lockedh5 --library)\n"
			 "export LD_PRELOAD=\"$(echo '%s' | sed \"s|LIB|$library|g\")\"\n"
			 "lockedh5 lockedh5 sh -c 'echo \"$LD_PRELOAD\"' 2>/dev/null |"
			 " sed \"s|$library|LIB|g\"",
			 table[i][0]);
		snprintf(expected, sizeof(expected), "%s\n", table[i][1]);
		prints(script, expected);
	}
}
END_TEST

/* --- job scripts ---------------------------------------------------------- */

static const char *const shells[] = { "sh", "dash", "bash", "ksh", "zsh" };

START_TEST(env_is_for_eval)
{
	/* A backslash, too: shells differ in what their echo makes of it. */
	file_write("job",
		   "eval \"$(LOCKEDH5_NOLOCKS=pass LOCKEDH5_PYTHON=keep LOCKEDH5_TRACE='/t r'"
		   " LOCKEDH5_FILES='*.h5:!a*' LOCKEDH5_LOOKED=ignore"
		   " lockedh5 -n 5 -w 0.5 -v --driver=pass --log \"/it's\\n a\" env)\"\n"
		   "eval \"$(lockedh5 env)\"\n"
		   "sh -c 'printf \"%s|\" \"$LOCKEDH5_COUNT\" \"$LOCKEDH5_WAIT\""
		   " \"$LOCKEDH5_DRIVER\" \"$LOCKEDH5_NOLOCKS\" \"$LOCKEDH5_VERBOSE\""
		   " \"$LOCKEDH5_PYTHON\" \"$LOCKEDH5_LOG\" \"$LOCKEDH5_TRACE\""
		   " \"$LOCKEDH5_FILES\" \"$LOCKEDH5_LOOKED\"'\n"
		   "[ \"$LD_PRELOAD\" = \"$(lockedh5 --library)\" ] && echo loaded\n"
		   "grep -q /liblockedh5.so /proc/self/maps && echo really\n"
		   "eval \"$(lockedh5 env --unset)\"\n"
		   "echo \"${LD_PRELOAD-unset}\"\n");
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		char script[64];

		snprintf(script, sizeof(script), "command -v %s", shells[i]);
		if (shell(script).status == 0) {
			snprintf(script, sizeof(script), "%s ./job", shells[i]);
			prints(script, "5|0.5|pass|pass|2|keep|/it's\\n a|/t "
				       "r|*.h5:!a*|ignore|loaded\nreally\nunset\n");
		}
	}
}
END_TEST

START_TEST(env_keeps_other_libraries)
{
	prints("export LD_PRELOAD=\"/it's.so\"\n"
	       "eval \"$(lockedh5 env)\"\n"
	       "[ \"$LD_PRELOAD\" = \"$(lockedh5 --library):/it's.so\" ] && echo yes\n"
	       "eval \"$(lockedh5 env --unset)\"\n"
	       "echo \"$LD_PRELOAD\"",
	       "yes\n/it's.so\n");
}
END_TEST

START_TEST(env_unset_works_when_the_library_is_gone)
{
	prints("LD_PRELOAD=/gone/liblockedh5.so:/a.so lockedh5 env --unset 2>/dev/null",
	       "export LD_PRELOAD='/a.so'\n");
}
END_TEST

START_TEST(env_is_also_a_program)
{
	refuses("lockedh5 env A=b true", 125, "lockedh5 -- env");
	refuses("lockedh5 env -n 5", 125, "options go before it");
	prints("lockedh5 -- env A=b sh -c 'echo $A'", "b\n");
}
END_TEST

START_TEST(a_job_script_ends_if_env_fails)
{
	struct outcome outcome = shell("eval \"$(lockedh5 -n 0 env || echo exit 125)\"; echo on");

	ck_assert_int_eq(outcome.status, 125);
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

START_TEST(help_and_version)
{
	prints("lockedh5 --help | head -n 1 | cut -c 1-15", "usage: lockedh5\n");
	prints("for word in env status check trace; do lockedh5 $word --help | head -n 1; done |\n"
	       "uniq | cut -c 1-15",
	       "usage: lockedh5\n");
	prints("lockedh5 --version", "lockedh5 (liblockedh5) " PACKAGE_VERSION "\n");
	refuses("lockedh5", 125, "which program?");
	refuses("lockedh5 -n 5 --", 125, "which program?");
	prints("lockedh5 --help | awk 'length > 80'", "");
}
END_TEST

/* --- where the library is ------------------------------------------------- */

/* A folder NAME with the launcher and the library in it as in a build tree. */
#define COPY(name)                                         \
	"mkdir -p " name "/scripts " name "/src/.libs\n"   \
	"cp \"$(command -v lockedh5)\" " name "/scripts\n" \
	"cp \"$(lockedh5 --library)\" " name "/src/.libs\n"

START_TEST(found_through_symbolic_links)
{
	prints("ln -s \"$(command -v lockedh5)\" one && mkdir bin && ln -s ../one bin/two\n"
	       "[ \"$(./one --library)\" = \"$(lockedh5 --library)\" ] || exit\n"
	       "[ \"$(PATH=$PWD/bin:$PATH two --library)\" = \"$(lockedh5 --library)\" ] || exit\n"
	       "cd / && \"$OLDPWD/bin/two\" true",
	       "");
}
END_TEST

START_TEST(found_in_a_build_tree_that_was_moved)
{
	prints(COPY("tree") "mv tree moved; moved/scripts/lockedh5 --library | sed "
			    "'s|.*/moved|moved|'",
	       "moved/src/.libs/liblockedh5.so\n");
}
END_TEST

START_TEST(found_when_installed)
{
	prints("unset MAKEFLAGS MAKELEVEL MFLAGS\n"
	       "for part in src scripts man; do\n"
	       "  make -C " TOP_BUILDDIR "/$part install DESTDIR=\"$PWD/stage\" >log 2>&1 ||"
	       "  { cat log; exit 1; }\n"
	       "done\n"
	       "launcher=$(find \"$PWD/stage\" -path '*/bin/lockedh5')\n"
	       "[ \"$(\"$launcher\" --library)\" ="
	       " \"$(find \"$PWD/stage\" -name liblockedh5.so)\" ] || exit\n"
	       "\"$launcher\" sh -c 'echo \"$LD_PRELOAD\"' | grep -c /stage/\n"
	       "find stage -name '*lockedh5*' -type f | wc -l\n"
	       "printf '\\211HDF\\r\\n\\032\\n%010d' 0 >some.h5\n"
	       "\"$launcher\" status some.h5 | grep -c free\n"
	       "\"$launcher\" check sh | grep -c shell\n",
	       "1\n4\n1\n1\n");
	/* The prefix, without the folders that it was in. */
	prints("mv \"$(dirname $(dirname $(find stage -path '*/bin/lockedh5')))\" moved\n"
	       "[ \"$(moved/bin/lockedh5 --library)\" ="
	       " \"$PWD/$(find moved -name liblockedh5.so)\" ] || exit\n"
	       "moved/bin/lockedh5 grep -c /moved/.*/liblockedh5.so /proc/self/maps >/dev/null",
	       "");
	refuses("mkdir -p stage" BINDIR " && cp moved/bin/lockedh5 stage" BINDIR "\n"
		"stage" BINDIR "/lockedh5 true",
		125, "liblockedh5.so is missing");
	refuses("stage" BINDIR "/lockedh5 --library", 125, "liblockedh5.so is missing");
	refuses("stage" BINDIR "/lockedh5 check true", 2, "liblockedh5.so is missing");
}
END_TEST

START_TEST(a_library_that_cannot_be_named_is_refused)
{
	refuses(COPY("'a b'") "'a b'/scripts/lockedh5 true", 125, "has a space or colon");
	refuses("'a b'/scripts/lockedh5 --library", 125, "has a space or colon");
	refuses("'a b'/scripts/lockedh5 env", 125, "has a space or colon");
	refuses(COPY("a:b") "a:b/scripts/lockedh5 true", 125, "has a space or colon");
}
END_TEST

START_TEST(a_library_that_cannot_be_loaded_is_refused)
{
	refuses(COPY("tree") "rm tree/src/.libs/*; echo junk >tree/src/.libs/liblockedh5.so\n"
			     "tree/scripts/lockedh5 true",
		125, "can't be loaded on this machine");
	/* As a full disk leaves it. */
	refuses("head -c 100000 \"$(lockedh5 --library)\" >tree/src/.libs/liblockedh5.so\n"
		"tree/scripts/lockedh5 true",
		125, "can't be loaded on this machine");
	refuses("printf ww | dd of=tree/src/.libs/liblockedh5.so bs=1 seek=18 conv=notrunc "
		"2>/dev/null\n"
		"tree/scripts/lockedh5 true",
		125, "it is for another kind of machine");
	refuses("tree/scripts/lockedh5 check true", 2, "it is for another kind of machine");
}
END_TEST

#define NOEXEC(command)                                                                \
	"unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o noexec none " \
	"tree/src/.libs && cp \"$0\" tree/src/.libs && " command "' \"$(lockedh5 --library)\""

START_TEST(a_library_where_nothing_may_be_executed_is_refused)
{
	prints(COPY("tree"), "");
	NEEDS(NOEXEC("true"), "no file system can be mounted here");
	refuses(NOEXEC("tree/scripts/lockedh5 true"), 125, "(noexec)");
}
END_TEST

/* Neither in a build tree nor installed: it names the library that is to be installed. */
START_TEST(a_copy_of_the_launcher_alone)
{
	prints("mkdir alone; cp \"$(command -v lockedh5)\" alone\n"
	       "alone/lockedh5 --library 2>&1 | grep -c '/liblockedh5.so'",
	       "1\n");
}
END_TEST

START_TEST(a_library_that_cannot_be_read_is_refused)
{
	NEEDS("[ $(id -u) = 0 ] && setpriv --reuid 65534 true", "needs root, and setpriv");
	refuses(COPY("tree") "chmod 755 .; chmod 600 tree/src/.libs/liblockedh5.so\n"
			     "setpriv --reuid 65534 --clear-groups tree/scripts/lockedh5 true",
		125, "Permission denied");
}
END_TEST

#define WITHOUT_PROC(command) "unshare -m sh -c 'mount -t tmpfs none /proc; " command "'"

START_TEST(without_proc)
{
	NEEDS(WITHOUT_PROC("true"), "nothing can be mounted here");
	prints("[ \"$(" WITHOUT_PROC("lockedh5 --library") ")\" = \"$(lockedh5 --library)\" ]", "");
	prints(WITHOUT_PROC("lockedh5 check cat") " | grep -c 'it links no HDF5'", "1\n");
	h5_file("data.h5", 1);
	prints(WITHOUT_PROC("lockedh5 status data.h5 || [ $? = 2 ]") " | tail -n 1",
	       "data.h5: whether somebody else has it can't be told from here (/proc can't be "
	       "read)\n");
}
END_TEST

int main(void)
{
	TCase *tests = group("launcher");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, options_set_variables);
	tcase_add_test(tests, verbosity_starts_from_the_variable);
	tcase_add_test(tests, a_relative_log_stays_where_the_launcher_was);
	tcase_add_test(tests, the_environment_is_as_it_was);
	tcase_add_test(tests, no_descriptor_is_left_behind);
	tcase_add_test(tests, pid_and_exit_status_survive);
	tcase_add_test(tests, arguments_arrive_as_they_are);
	tcase_add_test(tests, the_library_is_loaded);
	tcase_add_test(tests, ld_preload_is_kept_and_nothing_is_doubled);
	tcase_add_test(tests, env_is_for_eval);
	tcase_add_test(tests, env_keeps_other_libraries);
	tcase_add_test(tests, env_unset_works_when_the_library_is_gone);
	tcase_add_test(tests, env_is_also_a_program);
	tcase_add_test(tests, a_job_script_ends_if_env_fails);
	tcase_add_test(tests, help_and_version);
	tcase_add_test(tests, found_through_symbolic_links);
	tcase_add_test(tests, found_in_a_build_tree_that_was_moved);
	tcase_add_test(tests, found_when_installed);
	tcase_add_test(tests, a_library_that_cannot_be_named_is_refused);
	tcase_add_test(tests, a_library_that_cannot_be_loaded_is_refused);
	tcase_add_test(tests, a_library_where_nothing_may_be_executed_is_refused);
	tcase_add_test(tests, a_copy_of_the_launcher_alone);
	tcase_add_test(tests, a_library_that_cannot_be_read_is_refused);
	tcase_add_test(tests, without_proc);
	return group_run();
}
