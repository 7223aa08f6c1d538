/* SPDX-License-Identifier: BSD-3-Clause */
/* lockedh5 check PROGRAM: whether the library will reach it, asked of programs of every kind.  That
 * its answer is true is what the other tests show. */
#include "programs.h"
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#define CC(how) "echo 'int main(void) { return 0; }' | cc -x c - -o prog " how

/* It says what the launcher says that refuses to start it. */
static void as_the_launcher_says(const char *program)
{
	char script[512];

	setting("PROGRAM", program);
	snprintf(script, sizeof(script),
		 "! lockedh5 \"$PROGRAM\" 2>refusal\n"
		 "sentence=$(sed \"s|^lockedh5: $PROGRAM ||\" refusal)\n"
		 "lockedh5 check \"$PROGRAM\" | grep -F \"$PROGRAM: not covered: it $sentence\"");
	ck_assert_msg(RUN("sh", "-c", script).status == 0, "%s: %s", program,
		      RUN("sh", "-c", "cat refusal; lockedh5 check \"$PROGRAM\"").out);
}

/* --- programs that use HDF5 ------------------------------------------------------------------- */

START_TEST(a_program_that_links_hdf5)
{
	const char *out = says("lockedh5 check " CLIENT("counter"), COVERED, "it links libhdf5");
	const char *path = strstr(out, "(/");

	/* The file that it names is HDF5, and of the version that it says. */
	ck_assert_ptr_nonnull(path);
	setting("OUT", out);
	prepare("file=${OUT#*\\(}; version=${file#*, HDF5 }; version=${version%%)*}\n"
		"file=${file%%,*}\n"
		"ldd " CLIENT("counter") " | grep -qF \"$file\"\n"
					 "grep -q \"HDF5 library version: $version\" \"$file\"");
	has(says("cp " CLIENT("counter") " h5; PATH=$PWD:$PATH lockedh5 check h5", COVERED,
		 "it links libhdf5"),
	    "h5: covered: ");
}
END_TEST

/* Builds prog, which links libmid.so, which links HDF5. */
static void prepare_middle(void)
{
	prepare("hdf5=$(ldd " CLIENT(
		"counter") " | awk '/libhdf5/ { print $3; exit }')\n"
			   "echo 'int H5open(void); int mid(void) { return H5open(); }' >mid.c\n"
			   "cc -shared -fPIC mid.c -o libmid.so \"$hdf5\" "
			   "-Wl,-rpath,\"${hdf5%/*}\"\n"
			   "echo 'int mid(void); int main(void) { return mid(); }' >p.c\n"
			   "cc p.c -o prog -L. -lmid");
}

START_TEST(a_program_that_links_a_library_that_links_hdf5)
{
	NEEDS_CC();
	prepare_middle();
	says("LD_LIBRARY_PATH=$PWD lockedh5 check ./prog", COVERED,
	     "it links libmid.so, which links libhdf5");
	says("lockedh5 check ./prog", UNKNOWN, "it does not start here (");
	says("lockedh5 check ./prog", UNKNOWN, "libmid.so");
	/* $ORIGIN is where the program is, not a link to it. */
	prepare("cc p.c -o prog -L. -lmid -Wl,-rpath,'$ORIGIN'; mkdir d; ln -s ../prog d/link");
	says("lockedh5 check d/link", COVERED, "it links libmid.so, which links libhdf5");
}
END_TEST

START_TEST(two_copies_of_hdf5)
{
	NEEDS_CC();
	prepare("cc -o prog -Wl,--no-as-needed " CLIENTS "/fake_1.so " CLIENTS
		"/fake_2.so -Wl,-rpath," CLIENTS " -x c - <<E\nint main(void) { return 0; }\nE\n");
	has(says("lockedh5 check ./prog", COVERED, "it links fake_1.so"),
	    "\n  and a second copy of HDF5, fake_2.so (");
}
END_TEST

START_TEST(files_that_are_named)
{
	has(says("LOCKEDH5_FILES='*.nc' lockedh5 check " CLIENT("counter"), COVERED, "it links "),
	    "\n  only the files that LOCKEDH5_FILES names: *.nc\n");
}
END_TEST

/* --- HDF5 that is loaded later ---------------------------------------------------------------- */

START_TEST(python)
{
	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	says("lockedh5 check " PYTHON, COVERED, "it is Python: HDF5 is loaded later");
	file_write("script", "#! " PYTHON "\n");
	says("chmod +x script; lockedh5 check ./script", COVERED, " which is Python: ");
	says("lockedh5 check ./script", COVERED, "it is run by " PYTHON);
	file_write("script", "#!/usr/bin/env -S A=b python3 -u\n");
	says("ln -s " PYTHON " python3; PATH=$PWD:$PATH lockedh5 check ./script", COVERED,
	     "/python3, which is Python: ");
	file_write("script2", "#!./script\n");
	says("chmod +x script2; PATH=$PWD:$PATH lockedh5 check ./script2", COVERED,
	     "/python3, which is Python: ");
}
END_TEST

START_TEST(a_program_with_a_language_inside)
{
	NEEDS_CC();
	prepare("echo | cc -shared -fPIC -x c - -o libpython9.so -Wl,-soname,libpython9.so\n" CC(
		"-Wl,--no-as-needed -L. -l:libpython9.so -Wl,-rpath,'$ORIGIN'"));
	says("lockedh5 check ./prog", COVERED, "it is Python: ");
}
END_TEST

START_TEST(languages_by_name)
{
	static const char *const table[][2] = {
		{ "R", "R" },	      { "Rscript", "R" },  { "perl5.36.0", "Perl" },
		{ "octave", "Oct" },  { "java", "Java" },  { "ruby3.1", "Ruby" },
		{ "node", "JavaS" },  { "lua5.4", "Lua" }, { "tclsh8.6", "Tcl" },
		{ "pypy3", "Python" }
	};
	char script[256], sentence[64];

	/* R is a shell script, for example. */
	file_write("shell", "#!/bin/sh\n");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(script, sizeof(script), "cp shell %s; chmod +x %s; lockedh5 check ./%s",
			 table[i][0], table[i][0], table[i][0]);
		snprintf(sentence, sizeof(sentence), "it is %s", table[i][1]);
		says(script, COVERED, sentence);
	}
	says("cp shell julia; chmod +x julia; lockedh5 check ./julia", NOT_COVERED,
	     "it is Julia, whose HDF5 package fetches the functions");
	says("cp shell pythonic; chmod +x pythonic; lockedh5 check ./pythonic", UNKNOWN,
	     "is a shell");
}
END_TEST

START_TEST(shells_and_programs_without_hdf5)
{
	says("lockedh5 check sh", UNKNOWN, "it is a shell: the programs that it starts get the");
	file_write("script", "#!/bin/sh\nexec h5ls \"$@\"\n");
	says("chmod +x script; lockedh5 check ./script", UNKNOWN,
	     "it is run by /bin/sh, which is a shell");
	/* execvp() and shells give it to sh. */
	file_write("script", "h5ls x.h5\n");
	says("lockedh5 check ./script", UNKNOWN, "it is a shell");
	says("lockedh5 check ls", UNKNOWN, "it links no HDF5; if it loads HDF5 later");
}
END_TEST

/* --- HDF5 linked statically --------------------------------------------------------------------
 */

/* What the launcher says of it, whatever it is by itself. */
START_TEST(programs_that_have_others_started_elsewhere)
{
	prepare("mkdir bin; for name in bwrap docker sudo tmux systemd-run; do\n"
		"  printf '#!/bin/sh\\n' >bin/$name; chmod +x bin/$name; done");
	says("PATH=$PWD/bin:$PATH; lockedh5 check bwrap", NOT_COVERED,
	     "it starts programs among other files, where the library may be missing");
	says("PATH=$PWD/bin:$PATH; lockedh5 check docker", NOT_COVERED, "IMAGE lockedh5 PROGRAM'");
	says("PATH=$PWD/bin:$PATH; lockedh5 check sudo", NOT_COVERED,
	     "as in 'sudo lockedh5 PROGRAM'");
	says("PATH=$PWD/bin:$PATH; lockedh5 check tmux", NOT_COVERED, "started by a server");
	as_the_launcher_says("bin/docker");
	/* That depends. */
	says("lockedh5 check chroot", UNKNOWN, "(if the library is not in its folder)");
	says("lockedh5 check unshare", UNKNOWN, "(with --root)");
	says("PATH=$PWD/bin:$PATH; lockedh5 check systemd-run", UNKNOWN, "(without --scope)");
	says("lockedh5 check nice", UNKNOWN, "it links no HDF5");
}
END_TEST

START_TEST(hdf5_in_an_executable)
{
	NEEDS_STATIC();
	prepare("ln -s " CLIENT("counter_static") " with; ln -s " CLIENT(
		"counter_stripped") " without");
	says("lockedh5 check ./with", COVERED, " inside (libhdf5.a), and a symbol table that");
	prepare("lockedh5 check ./with | grep -q 'it has HDF5 [0-9.-]* inside'");
	has(says("LOCKEDH5_FILES='*.h5' lockedh5 check ./with", COVERED, "and a symbol table"),
	    "\n  only the files that LOCKEDH5_FILES names: *.h5\n");
	has(says("lockedh5 check ./without", NOT_COVERED, "and no symbol table, so that"),
	    "\n  HDF5 ");
	as_the_launcher_says("./without");
	says("LOCKEDH5_FILES='*.h5' lockedh5 check ./without", COVERED, "names is locked: *.h5");
	/* What it says is true. */
	prepare("lockedh5 check ./with && lockedh5 -vv ./with sum.h5 create 2>&1 | grep -q lock\n"
		"export LOCKEDH5_FILES='*.h5'\n"
		"lockedh5 -vv ./without sum.h5 1 2>&1 | grep -q lock");
}
END_TEST

/* For its plugins, perhaps; its own calls go to its own HDF5 all the same. */
START_TEST(hdf5_in_an_executable_that_exports_it)
{
	NEEDS_CC();
	file_write("own.c", "const char *banner = \"HDF5 library version: 1.99.3\";\n"
			    "__attribute__((noinline, noclone)) static const char *\n"
			    "H5FD__sec2_open(int i) { return __func__ + i; }\n"
			    "int H5open(void) { return 0; }\n"
			    "int H5Fopen(void) { return *H5FD__sec2_open(1); }\n"
			    "int main(void) { return H5open() + H5Fopen() + *banner; }\n");
	prepare("cc -rdynamic -o prog own.c; strip -o stripped prog");
	says("lockedh5 check ./prog", COVERED, "it has HDF5 1.99.3 inside (libhdf5.a), and a");
	says("lockedh5 check ./stripped", NOT_COVERED, "it has HDF5 inside (libhdf5.a) and no");
}
END_TEST

START_TEST(hdf5_in_a_library_of_the_program)
{
	NEEDS_CC();
	build_libown();
	prepare(CC("-Wl,--no-as-needed -L. -lown -Wl,-rpath,'$ORIGIN'"));
	says("lockedh5 check ./prog", NOT_COVERED, "/libown.so, into which HDF5 1.99.3 is linked");
	prepare("strip libown.so");
	says("lockedh5 check ./prog", NOT_COVERED, "/libown.so, into which HDF5 1.99.3 is linked");
}
END_TEST

/* --- what no library reaches -------------------------------------------------------------------
 */

START_TEST(static_executables)
{
	NEEDS(CC("-static"), "needs a C compiler with static libraries");
	says("lockedh5 check ./prog", NOT_COVERED, "it is a static executable: it loads no");
	as_the_launcher_says("./prog");
	file_write("script", "#! ./prog\n");
	says("chmod +x script; lockedh5 check ./script", NOT_COVERED,
	     "it is run by ./prog, which is a static executable");
	NEEDS(CC("-static-pie"), "needs a C compiler with static libraries for PIE");
	says("lockedh5 check ./prog", NOT_COVERED, "it is a static executable");
}
END_TEST

START_TEST(setuid_and_setgid_executables)
{
	says("cp " CLIENT("counter") " prog; chmod u+s prog; lockedh5 check ./prog", NOT_COVERED,
	     "it is setuid or setgid");
	as_the_launcher_says("./prog");
	says("chmod u-s,g+s prog; lockedh5 check ./prog", NOT_COVERED, "it is setuid or setgid");
	says("chmod g-s prog; lockedh5 check ./prog", COVERED, "it links libhdf5");
}
END_TEST

START_TEST(executables_with_capabilities)
{
	NEEDS("PATH=$PATH:/sbin:/usr/sbin; cp " CLIENT(
		      "counter") " prog;"
				 " setcap cap_net_raw=ep prog && getcap prog",
	      "needs setcap, and the right to use it");
	says("lockedh5 check ./prog", NOT_COVERED, "it has file capabilities");
	as_the_launcher_says("./prog");
}
END_TEST

START_TEST(executables_for_other_machines)
{
	/* The processor in the ELF header: 0x7777 is nobody's. */
	says("cp " CLIENT(
		     "counter") " prog\n"
				"printf ww | dd of=prog bs=1 seek=18 conv=notrunc 2>/dev/null\n"
				"lockedh5 check ./prog",
	     NOT_COVERED, "it is for another kind of machine");
	as_the_launcher_says("./prog");
	/* 32 bits */
	says("cp " CLIENT(
		     "counter") " prog\n"
				"printf '\\001' | dd of=prog bs=1 seek=4 conv=notrunc 2>/dev/null\n"
				"lockedh5 check ./prog",
	     NOT_COVERED, "it is for another kind of machine");
}
END_TEST

START_TEST(another_c_library)
{
	NEEDS("echo 'int main(void) { return 0; }' | musl-gcc -x c - -o prog", "needs musl-gcc");
	says("lockedh5 check ./prog", NOT_COVERED, "it does not use the C library of GNU");
	as_the_launcher_says("./prog");
	/* Also if its loader is somewhere else. */
	prepare("echo 'int main(void) { return 0; }' | "
		"musl-gcc -Wl,--dynamic-linker=./loader -x c - -o prog");
	says("lockedh5 check ./prog", NOT_COVERED,
	     "(glibc), at whose calls the library stands, but musl");
	as_the_launcher_says("./prog");
}
END_TEST

START_TEST(no_c_library)
{
	NEEDS_CC();
	prepare("echo 'void _start(void) { for (;;) ; }' | cc -nostdlib -pie -fPIE -x c - -o prog");
	says("lockedh5 check ./prog", NOT_COVERED, "it does not use the C library of GNU");
}
END_TEST

/* The loader names glibc, too, but nothing of the program's calls it. */
START_TEST(a_c_library_that_only_ours_needs)
{
	NEEDS_CC();
	prepare("echo 'int f(void) { return 0; }' | cc -nostdlib -shared -fPIC -x c - -o libf.so\n"
		"echo 'int f(void); void _start(void) { for (;;) f(); }' | cc -nostdlib -x c - -o "
		"prog -L. -l:libf.so -Wl,-rpath,'$ORIGIN'\n"
		"LD_PRELOAD=$(lockedh5 --library) ldd ./prog | grep -q libc.so.6");
	says("lockedh5 check ./prog", NOT_COVERED, "it does not use the C library of GNU");
}
END_TEST

/* Who checks a program does not want to run a file of somebody else's choice. */
START_TEST(a_loader_that_is_none)
{
	NEEDS_CC();
	file_write("loader", "#!/bin/sh\ntouch ran\n");
	prepare(CC("-Wl,--dynamic-linker=./loader") "; chmod 755 loader");
	says("lockedh5 check ./prog", UNKNOWN, "it is to be loaded by ./loader, which");
	/* Not even by a loader's name. */
	prepare("mkdir lib; mv loader lib/ld-linux-x86-64.so.2; chmod 755 lib");
	prepare(CC("-Wl,--dynamic-linker=lib/ld-linux-x86-64.so.2"));
	says("lockedh5 check ./prog", UNKNOWN, "it is to be loaded by lib/ld-linux-x86-64.so.2");
	prepare("rm -r lib");
	says("lockedh5 check ./prog", UNKNOWN, ".so.2, which is missing");
	ck_assert(!file_exists("ran"));
}
END_TEST

/* Nor may it choose among root's. */
START_TEST(a_program_as_a_loader)
{
	NEEDS_CC();
	prepare(CC("-Wl,--dynamic-linker=/usr/bin/touch"));
	says("lockedh5 check ./prog", UNKNOWN, "it is to be loaded by /usr/bin/touch, which");
	ck_assert(!file_exists("--list"));
	prepare("ln -s /usr/bin/touch ld-linux-x86-64.so.2");
	prepare(CC("-Wl,--dynamic-linker=./ld-linux-x86-64.so.2"));
	says("lockedh5 check ./prog", UNKNOWN, "it is to be loaded by ./ld-linux-x86-64.so.2");
	/* Nor among the libraries beside the loader. */
	prepare(CC("-Wl,--dynamic-linker=$(ldd $(command -v cat) | sed -n 's/.*=> "
		   "\\(.*libc.so.6\\) .*/\\1/p')"));
	says("lockedh5 check ./prog", UNKNOWN, "/libc.so.6, which is missing, or no loader");
}
END_TEST

/* The system's own, by another name. */
START_TEST(a_link_to_the_loader)
{
	NEEDS_CC();
	prepare("ln -s $(LC_ALL=C readelf -l $(command -v cat) | "
		"sed -n 's/.*interpreter: \\(.*\\)]/\\1/p') loader");
	prepare(CC("-Wl,--dynamic-linker=./loader"));
	says("lockedh5 check ./prog", UNKNOWN, "it links no HDF5");
}
END_TEST

/* As it does with one for another system, here one that there is not. */
START_TEST(a_library_that_the_loader_leaves_out)
{
	NEEDS_CC();
	prepare(CC(""));
	prepare("mkdir -p tree/scripts tree/src/.libs; cp $(command -v lockedh5) tree/scripts\n"
		"cp $(lockedh5 --library) tree/src/.libs\n"
		"printf w | dd of=tree/src/.libs/liblockedh5.so bs=1 seek=7 conv=notrunc"
		" 2>/dev/null");
	says("tree/scripts/lockedh5 check ./prog", NOT_COVERED, "it can't load the library ");
}
END_TEST

START_TEST(what_is_no_program)
{
	says("lockedh5 check no-such-program", UNKNOWN, "'no-such-program' is not found");
	says("lockedh5 check ./no-such-program", UNKNOWN, "'./no-such-program' is not found");
	says("lockedh5 check ''", UNKNOWN, "'' is not found");
	says("lockedh5 check /", UNKNOWN, "/ can't be executed");
	file_write("plain", "text");
	says("lockedh5 check ./plain", UNKNOWN, "./plain can't be executed");
	file_write("script", "#!/no/such/interpreter\n");
	says("chmod +x script; lockedh5 check ./script", UNKNOWN,
	     "'/no/such/interpreter' is not found");
	file_write("script", "#!\n");
	says("lockedh5 check ./script", UNKNOWN, "' is not found");
	file_write("script", "#!/usr/bin/env A=b\n");
	says("lockedh5 check ./script", UNKNOWN, "' is not found");
	says("lockedh5 check $(lockedh5 --library)", UNKNOWN, "it is a library");
	/* Every script is run by the next one. */
	prepare("for i in 0 1 2 3 4 5 6; do echo \"#!./s$((i + 1))\" >s$i; chmod +x s$i; done");
	says("lockedh5 check ./s0", UNKNOWN, "./s5: ");
	/* Names do not reach the terminal as they are. */
	says("lockedh5 check $(printf 'a\\033b')", UNKNOWN, "'a?b' is not found");
}
END_TEST

/* What contradicts itself or ends too early is no reason to crash. */
START_TEST(broken_executables)
{
	static const char script[] = "size=$(stat -Lc %s " CLIENT(
		"counter") ")\n"
			   "for part in 1 4 16 63 64 65 100 200 500 900 1000 $((size / 2)) $((size "
			   "- 1)); do\n"
			   "  head -c $part " CLIENT(
				   "counter") " >prog; chmod +x prog\n"
					      "  lockedh5 check ./prog >said 2>&1 || status=$?\n"
					      "  [ $status -le 2 ] && grep -q '^./prog: ' said || "
					      "{ cat said; exit 1; }\n"
					      "done\n"
					      /* Bytes of the headers, one after the other. */
					      "for at in 32 40 41 47 54 56 58 60 62 64 72 80 96 "
					      "104 105 111 128 200; do\n"
					      "  cp " CLIENT(
						      "counter") " prog\n"
								 "  printf '\\377' | dd of=prog "
								 "bs=1 seek=$at conv=notrunc "
								 "2>/dev/null\n"
								 "  status=0; lockedh5 check "
								 "./prog >said 2>&1 || status=$?\n"
								 "  [ $status -le 2 ] && grep -q "
								 "'^./prog: ' said || { cat said; "
								 "exit 1; }\n"
								 "done\n";

	prepare(script);
}
END_TEST

START_TEST(what_cannot_be_read)
{
	NEEDS("[ $(id -u) = 0 ] && setpriv --reuid 65534 true", "needs root, and setpriv");
	prepare("chmod 755 .; cp " CLIENT("counter") " prog; chmod 711 prog");
	says("setpriv --reuid 65534 --clear-groups lockedh5 check ./prog", UNKNOWN,
	     "./prog can't be read, which would show");
}
END_TEST

START_TEST(how_it_is_called)
{
	struct outcome o;
	static const char *const wrong[] = { "lockedh5 check", "lockedh5 check ls ls",
					     "lockedh5 check --" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		o = RUN("sh", "-c", wrong[i]);
		ck_assert_int_eq(o.status, 2);
		has(o.err, "usage: lockedh5 check PROGRAM | PID");
		ck_assert_str_eq(o.out, "");
	}
	ck_assert_int_eq(RUN("sh", "-c", "lockedh5 check ls >/dev/full").status, 2);
	o = RUN("sh", "-c", "lockedh5 check -x");
	ck_assert_int_eq(o.status, 2);
	has(o.err, "lockedh5: check has no option -x; a program of that name");
	says("lockedh5 check -- -x", UNKNOWN, "'-x' is not found");
	/* A program whose name is a number, or is "check". */
	prepare("printf '#!/bin/sh\\necho started\\n' >12345; chmod +x 12345; ln -s 12345 check");
	says("lockedh5 check ./12345", UNKNOWN, "is a shell");
	o = RUN("sh", "-c", "PATH=$PWD:$PATH lockedh5 -- check");
	ck_assert_str_eq(o.out, "started\n");
}
END_TEST

int main(void)
{
	TCase *tests = group("check_program");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, a_program_that_links_hdf5);
	tcase_add_test(tests, a_program_that_links_a_library_that_links_hdf5);
	tcase_add_test(tests, two_copies_of_hdf5);
	tcase_add_test(tests, files_that_are_named);
	tcase_add_test(tests, python);
	tcase_add_test(tests, a_program_with_a_language_inside);
	tcase_add_test(tests, languages_by_name);
	tcase_add_test(tests, shells_and_programs_without_hdf5);
	tcase_add_test(tests, programs_that_have_others_started_elsewhere);
	tcase_add_test(tests, hdf5_in_an_executable);
	tcase_add_test(tests, hdf5_in_an_executable_that_exports_it);
	tcase_add_test(tests, hdf5_in_a_library_of_the_program);
	tcase_add_test(tests, static_executables);
	tcase_add_test(tests, setuid_and_setgid_executables);
	tcase_add_test(tests, executables_with_capabilities);
	tcase_add_test(tests, executables_for_other_machines);
	tcase_add_test(tests, another_c_library);
	tcase_add_test(tests, no_c_library);
	tcase_add_test(tests, a_c_library_that_only_ours_needs);
	tcase_add_test(tests, a_loader_that_is_none);
	tcase_add_test(tests, a_program_as_a_loader);
	tcase_add_test(tests, a_link_to_the_loader);
	tcase_add_test(tests, a_library_that_the_loader_leaves_out);
	tcase_add_test(tests, what_is_no_program);
	tcase_add_test(tests, broken_executables);
	tcase_add_test(tests, what_cannot_be_read);
	tcase_add_test(tests, how_it_is_called);
	return group_run();
}
