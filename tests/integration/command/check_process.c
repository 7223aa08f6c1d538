/* SPDX-License-Identifier: BSD-3-Clause */
/* lockedh5 check PID: whether the library reaches a process, asked of processes of every kind. */
#include "programs.h"
#include "verdict.h"

#include <stdio.h>
#include <string.h>

static const char *process_says(pid_t pid, int status, const char *sentence)
{
	char command[64];

	snprintf(command, sizeof(command), "lockedh5 check %d", (int)pid);
	return says(command, status, sentence);
}

/* A program that sleeps, from its first moment in main() on. */
static struct process *start_sleeper(const char *command)
{
	return START_READY("sh", "-c", command);
}

START_TEST(processes_with_and_without_the_library)
{
	struct actor *actor;
	const char *out;

	for (int with = 0; with < 2; with++) {
		preload(with);
		actor = actor_new();
		preload(false);
		actor_ok(actor, "create a new.h5 trunc");
		out = process_says(actor_pid(actor), with ? COVERED : NOT_COVERED,
				   with ? "the library is loaded (" : "start it with lockedh5");
		has(out, "(actor)");
		has(out, "\n  HDF5 ");
		ck_assert_ptr_eq(strstr(out, "\n  HDF5 ?"), NULL);
		ck_assert_ptr_eq(strstr(strstr(out, "\n  HDF5 ") + 1, "\n  "), NULL);
		actor_end(actor);
	}
}
END_TEST

START_TEST(python_before_and_after_it_loads_hdf5)
{
	struct process *p;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	p = start_sleeper("exec lockedh5 " PYTHON " -c '"
			  "import time; open(\"ready\", \"w\"); time.sleep(1000)'");
	has(process_says(process_pid(p), COVERED, "the library is loaded ("),
	    "\n  no shared HDF5 library is loaded now\n");
	stop(p);
	p = start_sleeper("LOCKEDH5_FILES=\\*.h5; export LOCKEDH5_FILES; exec lockedh5 " PYTHON
			  " -c '"
			  "import h5py, time; open(\"ready\", \"w\"); time.sleep(1000)'");
	has(process_says(process_pid(p), COVERED, "the library is loaded ("), "\n  HDF5 ");
	has(process_says(process_pid(p), COVERED, ""), "\n  only the files that LOCKEDH5_FILES "
						       "names: *.h5\n");
	stop(p);
}
END_TEST

#define SLEEPER                                                     \
	"#include <fcntl.h>\n#include <unistd.h>\nint main(void)\n" \
	"{ open(\"ready\", O_CREAT, 0600); for (;;) pause(); }\n"

START_TEST(processes_that_no_library_reaches)
{
	struct process *p;

	file_write("sleeper.c", SLEEPER);
	NEEDS("cc -static sleeper.c -o prog", "needs a C compiler with static libraries");
	p = start_sleeper("exec ./prog");
	process_says(process_pid(p), NOT_COVERED, "it is a static executable");
	stop(p);
}
END_TEST

START_TEST(processes_with_hdf5_inside)
{
	struct process *p;

	NEEDS_STATIC();
	file_write("sleeper.c", "#include <hdf5.h>\n" SLEEPER "int use(void);\nint use(void)"
				"{ return H5Fopen(\"x\", 0, 0) > 0; }\n");
	prepare("h5cc -noshlib sleeper.c -o prog; cp prog stripped; strip stripped");
	p = start_sleeper("exec lockedh5 ./prog");
	process_says(process_pid(p), COVERED, "(libhdf5.a), and a symbol table");
	stop(p);
	p = start_sleeper("LD_PRELOAD=$(lockedh5 --library) exec ./stripped");
	process_says(process_pid(p), NOT_COVERED, "(libhdf5.a) and no symbol table");
	stop(p);
	p = start_sleeper("LOCKEDH5_FILES=\\*.h5 LD_PRELOAD=$(lockedh5 --library) exec ./stripped");
	process_says(process_pid(p), COVERED, "names is locked: *.h5");
	stop(p);
	file_write("sleeper.c", SLEEPER);
	build_libown();
	prepare("cc sleeper.c -o prog -Wl,--no-as-needed -L. -lown -Wl,-rpath,'$ORIGIN'");
	p = start_sleeper("exec lockedh5 ./prog");
	process_says(process_pid(p), NOT_COVERED, "linked statically into /");
	stop(p);
}
END_TEST

START_TEST(processes_with_two_copies)
{
	struct process *p;
	const char *out;

	file_write("sleeper.c", SLEEPER);
	NEEDS_CC();
	prepare("cc sleeper.c -o prog -Wl,--no-as-needed " CLIENTS "/fake_1.so " CLIENTS
		"/fake_2.so -Wl,-rpath," CLIENTS);
	p = start_sleeper("exec lockedh5 ./prog");
	out = process_says(process_pid(p), COVERED, "the library is loaded (");
	has(out, "/fake_1.so\n");
	has(out, "/fake_2.so\n");
	has(out, "\n  what is open through one of them can't be opened through the other\n");
	stop(p);
}
END_TEST

START_TEST(processes_of_a_language_that_goes_past_the_library)
{
	struct process *p;

	file_write("sleeper.c", SLEEPER);
	NEEDS_CC();
	prepare("echo | cc -shared -fPIC -x c - -o libjulia.so.1 -Wl,-soname,libjulia.so.1\n"
		"cc sleeper.c -o prog -Wl,--no-as-needed -L. -l:libjulia.so.1 "
		"-Wl,-rpath,'$ORIGIN'");
	p = start_sleeper("exec lockedh5 ./prog");
	process_says(process_pid(p), NOT_COVERED, "but Julia's HDF5 package fetches");
	stop(p);
}
END_TEST

START_TEST(a_process_that_only_reads_the_file_of_a_library)
{
	struct process *p;

	file_write("sleeper.c",
		   "#include <sys/mman.h>\n#include <fcntl.h>\n#include <unistd.h>\n"
		   "int main(int argc, char **argv)\n"
		   "{ mmap(0, 4096, PROT_READ, MAP_PRIVATE, open(argv[argc - 1], O_RDONLY), 0);\n"
		   "  open(\"ready\", O_CREAT, 0600); for (;;) pause(); }\n");
	NEEDS_CC();
	prepare("cc sleeper.c -o prog");
	p = start_sleeper("exec lockedh5 ./prog " CLIENTS "/fake_1.so");
	has(process_says(process_pid(p), COVERED, "the library is loaded ("),
	    "\n  no shared HDF5 library is loaded now\n");
	stop(p);
}
END_TEST

/* As when packages are upgraded meanwhile. */
START_TEST(files_that_are_gone)
{
	struct process *p;

	file_write("sleeper.c", SLEEPER);
	NEEDS_CC();
	prepare("cp \"$(lockedh5 --library)\" liblockedh5.so; cp " CLIENTS "/fake_1.so libhdf5.so\n"
		"cc sleeper.c -o prog -Wl,--no-as-needed libhdf5.so; cp libhdf5.so fake_1.so");
	p = start_sleeper("LD_PRELOAD=$PWD/liblockedh5.so LD_LIBRARY_PATH=$PWD exec ./prog");
	prepare("mv fake_1.so libhdf5.so; rm liblockedh5.so libhdf5.so");
	process_says(process_pid(p), COVERED, "/liblockedh5.so (deleted))");
	stop(p);
}
END_TEST

/* The kernel's link to the file is for root; then its name says what it was, and not what may have
 * that name now. */
START_TEST(files_that_are_gone_for_who_is_not_root)
{
	struct process *p;
	char command[256];

	file_write("sleeper.c", SLEEPER);
	NEEDS_CC();
	NEEDS("[ $(id -u) = 0 ] && setpriv --reuid 65534 \"$(command -v lockedh5)\" --version",
	      "needs root, and setpriv");
	prepare("chmod 777 .; cp \"$(lockedh5 --library)\" liblockedh5.so\n"
		"cp " CLIENTS "/fake_1.so libhdf5.so\n"
		"cc sleeper.c -o prog -Wl,--no-as-needed libhdf5.so; cp libhdf5.so fake_1.so");
	p = start_sleeper("LD_PRELOAD=$PWD/liblockedh5.so LD_LIBRARY_PATH=$PWD exec "
			  "setpriv --reuid 65534 --clear-groups ./prog");
	prepare("mv fake_1.so libhdf5.so; rm libhdf5.so; cp prog 'libhdf5.so (deleted)'");
	snprintf(command, sizeof(command), "setpriv --reuid 65534 --clear-groups lockedh5 check %d",
		 (int)process_pid(p));
	has(says(command, COVERED, "/liblockedh5.so)"), "\n  HDF5 ?: /");
	stop(p);
}
END_TEST

START_TEST(processes_that_are_not_visible)
{
	struct process *p;
	char command[256];

	says("lockedh5 check 2147483647", UNKNOWN, "there is no such process");
	says("lockedh5 check 99999999999999999999", UNKNOWN, "there is no such process");
	says("lockedh5 check 0", UNKNOWN, "there is no such process");
	NEEDS("[ $(id -u) = 0 ] && setpriv --reuid 65534 true", "needs root, and setpriv");
	p = START("sleep", "1000");
	snprintf(command, sizeof(command), "setpriv --reuid 65534 --clear-groups lockedh5 check %d",
		 (int)process_pid(p));
	says(command, UNKNOWN, "it can't be looked at: that is for its user and root");
	stop(p);
}
END_TEST

START_TEST(a_thread_of_the_kernel)
{
	NEEDS("grep -q kthreadd /proc/2/comm", "no thread of the kernel is visible here");
	process_says(2, UNKNOWN, "it shows nothing that it has loaded");
}
END_TEST

int main(void)
{
	TCase *tests = group("check_process");

	tcase_add_checked_fixture(tests, launcher_in_path, NULL);
	tcase_add_test(tests, processes_with_and_without_the_library);
	tcase_add_test(tests, python_before_and_after_it_loads_hdf5);
	tcase_add_test(tests, processes_that_no_library_reaches);
	tcase_add_test(tests, processes_with_hdf5_inside);
	tcase_add_test(tests, processes_with_two_copies);
	tcase_add_test(tests, processes_of_a_language_that_goes_past_the_library);
	tcase_add_test(tests, a_process_that_only_reads_the_file_of_a_library);
	tcase_add_test(tests, files_that_are_gone);
	tcase_add_test(tests, files_that_are_gone_for_who_is_not_root);
	tcase_add_test(tests, processes_that_are_not_visible);
	tcase_add_test(tests, a_thread_of_the_kernel);
	return group_run();
}
