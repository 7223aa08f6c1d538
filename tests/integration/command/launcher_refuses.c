/* SPDX-License-Identifier: BSD-3-Clause */
/* What the launcher refuses to start: programs that the library can't reach, and any with bad
 * settings. */
#include "launcher.h"
#include "programs.h"
#include "waiting.h"

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
	NEEDS("[ $(id -u) != 0 ] || setpriv --reuid 65534 true", "root reads everything");
	prepare(COPY_OF_CAT "chmod 755 .; chmod 711 prog");
	refuses("[ $(id -u) != 0 ] || become='setpriv --reuid 65534 --clear-groups'\n"
		"$become lockedh5 ./prog",
		125, "./prog can't be read");
}
END_TEST

/* --- what has others started where the library is not ---------------------- */

/* Programs of these names, that run what follows their options as it is; NAMES in the shell. */
static void make_programs(const char *names)
{
	setting("NAMES", names);
	prepare("mkdir -p bin; for name in $NAMES; do\n"
		"  printf '#!/bin/sh\\necho ran\\n' >bin/$name; chmod +x bin/$name\n"
		"done");
}

#define WITH_BIN "PATH=$PWD/bin:$PATH; "

static const struct {
	const char *command, *sentence;
} elsewhere[] = {
	{ "bwrap --dev-bind / / --tmpfs /usr/lib h5ls a.h5",
	  "bwrap starts programs among other files, where the library may be missing" },
	{ "apptainer exec image.sif h5ls a.h5",
	  "as in 'apptainer exec --bind FOLDER IMAGE lockedh5 PROGRAM'" },
	{ "singularity exec image.sif h5ls a.h5",
	  "as in 'singularity exec --bind FOLDER IMAGE lockedh5 PROGRAM'" },
	/* By another name, and a file that is run by it. */
	{ "ln -s apptainer bin/container; lockedh5 container run", "container starts programs" },
	{ "printf '#!/usr/bin/env run-singularity\\n' >a.sif; chmod +x a.sif; lockedh5 ./a.sif",
	  "./a.sif starts programs among other files" },
	{ "docker run image h5ls", "docker starts programs among other files" },
	{ "podman run image h5ls", "IMAGE lockedh5 PROGRAM'" },
	{ "tmux new-session h5ls", "tmux has programs started by a server" },
	{ "systemd-run h5ls", "systemd-run has programs started by a server" },
	{ "sbatch --export=NONE job", "in the job script'" },
	{ "sbatch --export NONE job", "in the job script'" },
	{ "export SBATCH_EXPORT=NONE; lockedh5 sbatch job", "in the job script'" },
	{ "srun --export=A,B h5ls", "as in 'srun OPTIONS lockedh5 PROGRAM'" },
	{ "qsub job", "in the job script'" },
	{ "ssh host h5ls", "ssh starts programs on another host" },
	{ "sudo h5ls", "as in 'sudo lockedh5 PROGRAM'" },
	{ "doas h5ls", "doas starts programs as another user" },
	{ "pkexec h5ls", "pkexec starts programs as another user" },
	{ "chroot bin h5ls", "chroot starts programs among other files" },
	{ "chroot --userspec 0:0 -- bin h5ls", "chroot starts programs among other files" },
	{ "/bin/su -c h5ls", "su starts programs as another user" },
	{ "chroot no-such-folder h5ls", "chroot starts programs among other files" },
	{ "unshare -R bin h5ls", "unshare starts programs among other files" },
	{ "unshare -mrR bin h5ls", "unshare starts programs among other files" },
	{ "unshare --fork --root=bin h5ls", "unshare starts programs among other files" },
	{ "nsenter --mount=ns h5ls", "nsenter starts programs among other files" },
	{ "-- env -i h5ls", "env starts programs without the library's variables" },
	{ "-- env -uLD_PRELOAD h5ls", "env starts programs without" },
	{ "-- env A=b LD_PRELOAD= h5ls", "env starts programs without" },
	{ "-- env - h5ls", "env starts programs without" },
	{ "setpriv --reset-env h5ls", "setpriv starts programs without" },
	{ "runuser --login -c h5ls", "runuser starts programs as another user" },
	/* Behind those that pass it on. */
	{ "nice -n 5 docker run image h5ls", "docker starts programs among other files" },
	{ "srun -n 4 apptainer exec image h5ls", "apptainer starts programs" },
	{ "-- env A=b timeout 5 sudo h5ls", "sudo starts programs as another user" },
};

START_TEST(what_starts_programs_elsewhere_is_refused)
{
	const char *command = elsewhere[_i].command;
	char script[512];

	make_programs("bwrap apptainer singularity run-singularity docker podman tmux systemd-run "
		      "sbatch srun qsub ssh sudo doas pkexec setpriv runuser");
	snprintf(script, sizeof(script), WITH_BIN "%s%s",
		 strstr(command, "lockedh5 ") ? "" : "lockedh5 ", command);
	refuses(script, 125, elsewhere[_i].sentence);
}
END_TEST

static const char *const here[] = {
	"sbatch job",
	"sbatch --export=ALL,A=b job",
	"srun --export=LD_PRELOAD h5ls",
	"srun ./ran --export=NONE",
	"qsub -V job",
	"systemd-run --scope h5ls",
	"unshare ./ran",
	"unshare -- ./ran -R /",
	"nsenter --net ./ran",
	"-- env A=b ./ran",
	"-- env A=b ./ran -i",
	"setpriv ./ran",
	"runuser -u root ./ran",
	"nice ./ran",
	/* What is called so by somebody. */
	"./batch",
	"./screen",
	/* It is about the program and not its arguments. */
	"./ran docker",
	"./ran sudo",
};

START_TEST(what_starts_programs_here_is_not)
{
	char script[512];

	NEEDS("unshare --user true", "this user can make no namespaces");
	make_programs("sbatch srun qsub systemd-run nsenter setpriv runuser docker sudo");
	prepare("for name in ran batch screen; do cp bin/qsub $name; done");
	snprintf(script, sizeof(script), WITH_BIN "lockedh5 %s | tail -n 1", here[_i]);
	prints(script, "ran\n");
}
END_TEST

/* Where the root folder has the library. */
START_TEST(what_is_seen_in_another_root_folder)
{
	NEEDS("chroot / true && unshare --root=/ true", "no right to change the root folder");
	prints("lockedh5 chroot / printenv LD_PRELOAD | grep -o liblockedh5.so",
	       "liblockedh5.so\n");
	prints("lockedh5 chroot --userspec=root:root / echo ran", "ran\n");
	prints("lockedh5 unshare -R / echo ran", "ran\n");
	prints("lockedh5 nsenter --net --root --target $$ echo ran", "ran\n");
	/* Links in it lead to where they do from inside: not to the library outside. */
	prepare("library=$(lockedh5 --library); folder=$(dirname $library)\n"
		"mkdir -p root$(dirname $folder); ln -s $folder root$folder-1\n"
		"ln -s ${folder##*/}-1 root$folder");
	refuses("lockedh5 chroot root true", 125, "chroot starts programs among other files");
	prepare("folder=$(dirname $(lockedh5 --library)); rm root$folder; mkdir root$folder\n"
		": >root$(lockedh5 --library)");
	prints("lockedh5 chroot root /true 2>/dev/null || echo started", "started\n");
}
END_TEST

/* The one that it would be about: what it starts does not find the library. */
START_TEST(a_container_without_the_library)
{
	struct actor *holder;

	NEEDS("bwrap --dev-bind / / true", "no bwrap, or no right to make namespaces");
	NEEDS("command -v h5ls", "needs the HDF5 tools");
	holder = holder_of_data();
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setting("LOCKEDH5_COUNT", "1");
	refuses("lockedh5 bwrap --dev-bind / / --tmpfs $(dirname $(lockedh5 --library)) h5ls "
		"data.h5",
		125, "as in 'bwrap OPTIONS lockedh5 PROGRAM'");
	/* What it says is right: there is no data without the lock. */
	prints("bwrap --dev-bind / / --dev-bind $PWD $PWD lockedh5 h5ls data.h5 2>/dev/null || "
	       "echo locked",
	       "locked\n");
	actor_end(holder);
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
	refuses("printf '#!/no/such\\n' >script; chmod +x script; lockedh5 ./script", 127,
		"./script can't be executed (");
	/* What is a program by its first bytes only is left to the shell, as without. */
	prints("printf '\\177ELF' >plain; chmod +x plain; lockedh5 ./plain 2>/dev/null; with=$?\n"
	       "sh ./plain 2>/dev/null; [ $with = $? ] && echo same",
	       "same\n");
	prepare("chmod -x plain");
	/* One that can be, later in PATH, is what exec takes. */
	prints("mkdir d; echo 'echo ok' >d/plain; chmod +x d/plain; PATH=$PWD:$PWD/d:$PATH\n"
	       "lockedh5 plain",
	       "ok\n");
	/* And what is no folder at all is passed over. */
	prints("long=$(printf %05000d 0); PATH=/$long:$PATH lockedh5 echo ok", "ok\n");
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
	refuses("LOCKEDH5_LOOKED=off lockedh5 echo started", 125,
		"LOCKEDH5_LOOKED='off' is not a valid setting: it must be 'refuse' or 'ignore'\n");
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
	tcase_add_loop_test(tests, what_starts_programs_elsewhere_is_refused, 0,
			    sizeof(elsewhere) / sizeof(elsewhere[0]));
	tcase_add_loop_test(tests, what_starts_programs_here_is_not, 0,
			    sizeof(here) / sizeof(here[0]));
	tcase_add_test(tests, what_is_seen_in_another_root_folder);
	tcase_add_test(tests, a_container_without_the_library);
	tcase_add_test(tests, programs_that_cannot_be_executed);
	tcase_add_test(tests, bad_settings_are_refused);
	tcase_add_test(tests, bad_settings_of_the_environment_are_refused);
	tcase_add_test(tests, the_launcher_checks_every_setting);
	return group_run();
}
