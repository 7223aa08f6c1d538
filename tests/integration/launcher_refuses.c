/* What the launcher refuses to start: programs that the library can't reach, and any with bad
 * settings. */
#include "launcher.h"
#include "programs.h"

#include <stdio.h>

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
	NEEDS_STATIC();
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
	refuses("LOCKEDH5_FILES='*.h5:' lockedh5 env", 125, "its pattern 2 is empty");
	refuses("LOCKEDH5_FILES='~/*.h5' lockedh5 echo started", 125, "its pattern 1 begins with");
	refuses("LOCKEDH5_TRACE= lockedh5 env", 125, "LOCKEDH5_TRACE=''");
	prints("LOCKEDH5_TRACE=/no/such/folder lockedh5 echo started", "started\n");
	refuses("LOCKEDH5_WAIT=0 lockedh5 -n inf echo started", 125, "never give up");
	prints("LOCKEDH5_COUNT=abc lockedh5 -n 5 echo started", "started\n");
}
END_TEST

START_TEST(the_launcher_checks_every_setting)
{
	prints(FOR_EACH_SETTING
	       "  (export $name= && ! lockedh5 true 2>said) || echo $name is not checked\n"
	       "  grep -q \"^lockedh5: $name='' is not a valid\" said || cat said\n"
	       "done",
	       "");
}
END_TEST

int main(void)
{
	TCase *tests = group("launcher_refuses");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
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
	return group_run();
}
