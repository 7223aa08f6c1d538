/* The launcher, as people use it: from a shell, found in PATH. */
#include "config.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The launcher does the preloading here. */
static void launcher_in_path(void)
{
	char path[16384];

	preload(false);
	setting("LD_PRELOAD", NULL);
	snprintf(path, sizeof(path), "%s:%s", SCRIPTS, getenv("PATH"));
	setting("PATH", path);
}

static struct outcome shell(const char *script)
{
	return RUN("sh", "-c", script);
}

static void prints(const char *script, const char *expected)
{
	struct outcome outcome = shell(script);

	ck_assert_msg(outcome.status == 0, "%s: status %d, %s", script, outcome.status,
		      outcome.err);
	ck_assert_msg(!strcmp(outcome.out, expected), "%s: \"%s\" instead of \"%s\"", script,
		      outcome.out, expected);
}

/* It ends with STATUS, says SENTENCE on standard error, and prints nothing. */
static void refuses(const char *script, int status, const char *sentence)
{
	struct outcome outcome = shell(script);

	ck_assert_msg(outcome.status == status, "%s: status %d instead of %d, %s", script,
		      outcome.status, status, outcome.err);
	ck_assert_msg(!strncmp(outcome.err, "lockedh5: ", 10) && strstr(outcome.err, sentence),
		      "%s: \"%s\" instead of \"%s\"", script, outcome.err, sentence);
	ck_assert_msg(!*outcome.out, "%s: %s", script, outcome.out);
}

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
}
END_TEST

START_TEST(its_own_variables_do_not_leak_into_the_program)
{
	prints("for v in $(sed -n 's/.*[[:blank:]]\\([a-z]*\\)=.*/\\1/p'"
	       " \"$(command -v lockedh5)\") x; do export $v=mine; done\n"
	       "unset path\n"
	       "normal() { grep -v -e ^_= -e ^SHLVL= -e ^LD_PRELOAD= | sort; }\n"
	       "env | normal >before; lockedh5 -- env | normal >after; diff before after\n"
	       "grep -c -e ^file=mine -e ^list=mine -e ^said=mine after",
	       "3\n");
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
		   " LOCKEDH5_FILES='*.h5:!a*'"
		   " lockedh5 -n 5 -w 0.5 -v --driver=pass --log \"/it's\\n a\" env)\"\n"
		   "eval \"$(lockedh5 env)\"\n"
		   "sh -c 'printf \"%s|\" \"$LOCKEDH5_COUNT\" \"$LOCKEDH5_WAIT\""
		   " \"$LOCKEDH5_DRIVER\" \"$LOCKEDH5_NOLOCKS\" \"$LOCKEDH5_VERBOSE\""
		   " \"$LOCKEDH5_PYTHON\" \"$LOCKEDH5_LOG\" \"$LOCKEDH5_TRACE\""
		   " \"$LOCKEDH5_FILES\"'\n"
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
				       "r|*.h5:!a*|loaded\nreally\nunset\n");
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
	       "\"$launcher\" check sh | grep -c shell\n"
	       "! grep -e '@[a-zA-Z_]*@' -e '[$]{.*prefix}' \"$launcher\"",
	       "1\n6\n1\n1\n");
	refuses("rm $(find stage -name lockedh5-check);"
		" $(find stage -path '*/bin/lockedh5') check sh",
		2, "lockedh5-check is missing");
	refuses("$(find stage -path '*/bin/lockedh5') true", 125, "lockedh5-check is missing");
	refuses("rm $(find stage -name liblockedh5.so); $(find stage -path '*/bin/lockedh5') true",
		125, "liblockedh5.so is missing");
	refuses("rm $(find stage -name lockedh5-status);"
		" $(find stage -path '*/bin/lockedh5') status some.h5",
		2, "lockedh5-status is missing");
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
}
END_TEST

/* --- what the library can't reach ----------------------------------------- */

#define PROGRAM(how) "echo 'int main(void) { return 0; }' | cc -x c - -o prog " how

static void static_is_refused(void)
{
	refuses("lockedh5 ./prog", 125, "./prog is a static executable");
	file_write("script", "#! ./prog\n");
	refuses("chmod +x script; lockedh5 ./script", 125,
		"./script is run by ./prog, which is a static executable");
	file_write("script", "#!/usr/bin/env -S A=b prog -x\n");
	refuses("PATH=$PWD:$PATH; lockedh5 ./script", 125, "/prog, which is a static executable");
	file_write("script", "#!/usr/bin/env -SA=b prog\n");
	refuses("PATH=$PWD:$PATH; lockedh5 ./script", 125, "/prog, which is a static executable");
	file_write("script2", "#!./script");
	refuses("chmod +x script2; PATH=$PWD:$PATH; lockedh5 ./script2", 125,
		"./script2 is run by ");
}

START_TEST(static_executables_are_refused)
{
	NEEDS(PROGRAM("-static"), "needs a C compiler with static libraries");
	static_is_refused();
}
END_TEST

START_TEST(static_pies_are_refused)
{
	NEEDS(PROGRAM("-static-pie"), "needs a C compiler with static libraries for PIE");
	static_is_refused();
}
END_TEST

START_TEST(dynamic_executables_are_not)
{
	NEEDS(PROGRAM("-pie -fPIE"), "needs a C compiler");
	prints("lockedh5 ./prog", "");
	prints(PROGRAM("-no-pie") "; lockedh5 ./prog", "");
	file_write("script", "#!/usr/bin/env -S A=b sh\necho $A $1\n");
	prints("chmod +x script; lockedh5 ./script x", "b x\n");
	file_write("script", "echo no first line\n");
	prints("lockedh5 ./script x", "no first line\n");
	prints("chmod u+s script; lockedh5 ./script x", "no first line\n");
}
END_TEST

#define COPY_OF_CAT "cp -L \"$(command -v cat)\" prog\n"

START_TEST(setuid_and_setgid_are_refused)
{
	refuses(COPY_OF_CAT "chmod u+s prog; lockedh5 ./prog", 125, "./prog is setuid or setgid");
	refuses("chmod u-s,g+s prog; lockedh5 ./prog", 125, "./prog is setuid or setgid");
	file_write("script", "#!./prog");
	refuses("chmod +x script; lockedh5 ./script", 125, "run by ./prog, which is setuid");
	prints("chmod g-s prog; echo works | lockedh5 ./prog", "works\n");
}
END_TEST

START_TEST(file_capabilities_are_refused)
{
	NEEDS("PATH=$PATH:/sbin:/usr/sbin; " COPY_OF_CAT
	      "setcap cap_net_raw=ep prog && getcap prog",
	      "needs setcap, and the right to use it");
	refuses("lockedh5 ./prog", 125, "./prog has file capabilities");
	prints("cp prog copy; echo works | lockedh5 ./copy", "works\n");
}
END_TEST

START_TEST(other_machines_are_refused)
{
	/* The processor in the ELF header: 0x7777 is nobody's. */
	refuses(COPY_OF_CAT "printf ww | dd of=prog bs=1 seek=18 conv=notrunc 2>/dev/null\n"
			    "lockedh5 ./prog",
		125, "./prog is for another kind of machine");
}
END_TEST

START_TEST(hdf5_inside_without_a_name_is_refused)
{
	NEEDS("test -x " CLIENTS "/counter_stripped", "no libhdf5.a");
	refuses("lockedh5 " CLIENTS "/counter_stripped data.h5 create", 125,
		"/counter_stripped has HDF5 inside (libhdf5.a) and no symbol table");
	ck_assert(!file_exists("data.h5"));
	prints("LOCKEDH5_FILES='*.h5' lockedh5 " CLIENTS "/counter_stripped data.h5 create", "");
	prints("lockedh5 " CLIENTS "/counter_static data.h5 1", "");
	prints("lockedh5 " CLIENTS "/counter_fixed data.h5 show", "1\n");
}
END_TEST

START_TEST(what_cannot_be_read_is_refused)
{
	NEEDS("[ $(id -u) != 0 ]", "root reads everything");
	refuses(COPY_OF_CAT "chmod 111 prog; lockedh5 ./prog", 125, "./prog can't be read");
}
END_TEST

START_TEST(programs_that_cannot_be_executed)
{
	refuses("lockedh5 no-such-program", 127, "'no-such-program' is not found");
	refuses("lockedh5 ./no-such-program", 127, "'./no-such-program' is not found");
	refuses("lockedh5 ''", 127, "'' is not found");
	refuses("lockedh5 -- -x", 127, "'-x' is not found");
	file_write("plain", "text");
	refuses("lockedh5 ./plain", 126, "./plain can't be executed");
	refuses("PATH=$PATH: lockedh5 plain", 126, "./plain can't be executed");
	refuses("lockedh5 /", 126, "/ can't be executed");
	/* One that can be, later in PATH, is what exec takes. */
	prints("mkdir d; echo 'echo ok' >d/plain; chmod +x d/plain; PATH=$PWD:$PWD/d:$PATH\n"
	       "lockedh5 plain",
	       "ok\n");
}
END_TEST

/* --- bad settings --------------------------------------------------------- */

START_TEST(bad_settings_are_refused)
{
	static const char *const table[][2] = {
		{ "-n 0", "LOCKEDH5_COUNT='0' is not a valid setting: it must be an integer" },
		{ "-n 000", "LOCKEDH5_COUNT='000'" },
		{ "-n ''", "LOCKEDH5_COUNT=''" },
		{ "-n -1", "LOCKEDH5_COUNT='-1'" },
		{ "-n +1", "LOCKEDH5_COUNT='+1'" },
		{ "-n 1.5", "LOCKEDH5_COUNT='1.5'" },
		{ "-n ' 1'", "LOCKEDH5_COUNT=' 1'" },
		{ "-n 5x", "LOCKEDH5_COUNT='5x'" },
		{ "-n INF", "LOCKEDH5_COUNT='INF'" },
		{ "-n 1000000001", "LOCKEDH5_COUNT='1000000001'" },
		{ "-n 18446744073709551617", "LOCKEDH5_COUNT='18446744073709551617'" },
		{ "--count=", "LOCKEDH5_COUNT=''" },
		{ "-w -1", "LOCKEDH5_WAIT='-1' is not a valid setting: it must be seconds" },
		{ "-w ''", "LOCKEDH5_WAIT=''" },
		{ "-w .", "LOCKEDH5_WAIT='.'" },
		{ "-w 1.2.3", "LOCKEDH5_WAIT='1.2.3'" },
		{ "-w 0,5", "LOCKEDH5_WAIT='0,5'" },
		{ "-w nan", "LOCKEDH5_WAIT='nan'" },
		{ "-w inf", "LOCKEDH5_WAIT='inf'" },
		{ "-w 1e3", "LOCKEDH5_WAIT='1e3'" },
		{ "-w 0x10", "LOCKEDH5_WAIT='0x10'" },
		{ "-w 1000000001.0", "LOCKEDH5_WAIT='1000000001.0'" },
		{ "-n inf -w 0", "would never wait and never give up" },
		{ "-n inf -w 0.00", "would never wait and never give up" },
		{ "--driver all", "LOCKEDH5_DRIVER='all' is not a valid setting: it must be 'ref" },
		{ "--driver=", "LOCKEDH5_DRIVER=''" },
		{ "--log=", "LOCKEDH5_LOG='' is not a valid setting: it must be a file name" },
		{ "--log=/a%d", "LOCKEDH5_LOG='/a%d'" },
		{ "--log=/a%", "LOCKEDH5_LOG='/a%'" },
		{ "--log=/a%%%", "LOCKEDH5_LOG='/a%%%'" },
		{ "--wrong", "there is no option --wrong" },
		{ "-x", "there is no option -x" },
	};
	char script[256];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(script, sizeof(script), "lockedh5 %s echo started", table[i][0]);
		refuses(script, 125, table[i][1]);
		snprintf(script, sizeof(script), "lockedh5 %s env", table[i][0]);
		refuses(script, 125, table[i][1]);
	}
	refuses("lockedh5 -n", 125, "option -n needs a value");
	refuses("lockedh5 --log", 125, "option --log needs a value");
}
END_TEST

START_TEST(bad_settings_of_the_environment_are_refused)
{
	refuses("LOCKEDH5_COUNT=abc lockedh5 echo started", 125, "LOCKEDH5_COUNT='abc'");
	refuses("LOCKEDH5_VERBOSE= lockedh5 -v echo started", 125, "LOCKEDH5_VERBOSE=''");
	refuses("LOCKEDH5_VERBOSE=7 lockedh5 -v echo started", 125, "LOCKEDH5_VERBOSE='7'");
	refuses("LOCKEDH5_NOLOCKS=posix lockedh5 echo started", 125, "'posix' is not available");
	refuses("LOCKEDH5_PYTHON=off lockedh5 echo started", 125,
		"LOCKEDH5_PYTHON='off' is not a valid setting: it must be 'release' or 'keep'\n");
	refuses("LOCKEDH5_FILES='*.h5:' lockedh5 env", 125, "LOCKEDH5_FILES='*.h5:'");
	refuses("LOCKEDH5_TRACE= lockedh5 env", 125, "LOCKEDH5_TRACE=''");
	prints("LOCKEDH5_TRACE=/no/such/folder lockedh5 echo started", "started\n");
	refuses("LOCKEDH5_WAIT=0 lockedh5 -n inf echo started", 125, "never give up");
	prints("LOCKEDH5_COUNT=abc lockedh5 -n 5 echo started", "started\n");
}
END_TEST

/* --- the documentation ---------------------------------------------------- */

/* For each NAME that the library reads from the environment. */
#define FOR_EACH_SETTING                                                        \
	"set -- $(sed -n 's/^#define SETTING_.*\"\\(.*\\)\"/\\1/p' " TOP_SRCDIR \
	"/src/settings.h)\n"                                                    \
	"[ $# -ge 8 ] || echo no settings\n"                                    \
	"for name; do\n"

START_TEST(the_launcher_checks_every_setting)
{
	prints(FOR_EACH_SETTING
	       "  (export $name= && ! lockedh5 true 2>said) || echo $name is not checked\n"
	       "  grep -q \"^lockedh5: $name='' is not a valid\" said || cat said\n"
	       "done",
	       "");
}
END_TEST

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
	TCase *tests = group("launcher");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, options_set_variables);
	tcase_add_test(tests, verbosity_starts_from_the_variable);
	tcase_add_test(tests, a_relative_log_stays_where_the_launcher_was);
	tcase_add_test(tests, its_own_variables_do_not_leak_into_the_program);
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
	tcase_add_test(tests, static_executables_are_refused);
	tcase_add_test(tests, static_pies_are_refused);
	tcase_add_test(tests, dynamic_executables_are_not);
	tcase_add_test(tests, setuid_and_setgid_are_refused);
	tcase_add_test(tests, file_capabilities_are_refused);
	tcase_add_test(tests, other_machines_are_refused);
	tcase_add_test(tests, hdf5_inside_without_a_name_is_refused);
	tcase_add_test(tests, what_cannot_be_read_is_refused);
	tcase_add_test(tests, programs_that_cannot_be_executed);
	tcase_add_test(tests, bad_settings_are_refused);
	tcase_add_test(tests, bad_settings_of_the_environment_are_refused);
	tcase_add_test(tests, the_launcher_checks_every_setting);
	tcase_add_test(tests, every_setting_is_documented);
	tcase_add_test(tests, the_manual_has_every_option);
	tcase_add_test(tests, the_examples_of_the_manual_work);
	return group_run();
}
