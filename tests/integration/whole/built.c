/* SPDX-License-Identifier: BSD-3-Clause */
/* What the linker made of the library, and programs that know nothing of HDF5. */
#include "programs.h"
#include "support.h"

#include <string.h>

/* What a shell command prints; $LIBRARY is the library's path. */
static char *shell(const char *command)
{
	struct outcome o;

	preload(false);
	setting("LIBRARY", library_path());
	setting("LC_ALL", "C");
	o = RUN("sh", "-c", command);
	ck_assert_msg(o.status == 0, "%s: status %d: %s%s", command, o.status, o.out, o.err);
	preload(true);
	return o.out;
}

#define NEEDS_BINUTILS() NEEDS("command -v readelf && command -v nm", "no binutils")

START_TEST(needs_the_c_library_only)
{
	NEEDS_BINUTILS();
	ck_assert_str_eq(shell("readelf -dW $LIBRARY | grep NEEDED |"
			       " grep -Ev '\\[(libc[.]so[.]|libdl[.]so[.]|ld-linux)' || true"),
			 "");
	ck_assert_str_eq(shell("readelf -dW $LIBRARY | grep -E 'RPATH|RUNPATH|TEXTREL' || true"),
			 "");
}
END_TEST

#define EXPORTS_MAP TOP_SRCDIR "/src/hooks/exports.map"
#define FUNCTIONS   TOP_SRCDIR "/src/hdf5/functions.def"

START_TEST(exports_its_hooks_only)
{
	NEEDS_BINUTILS();
	ck_assert_str_eq(
		shell("{ sed -n 's/^\t\\([a-z_0-9]*\\);$/\\1/p' " EXPORTS_MAP "\n"
		      "sed -n 's/^HOOKED([a-z0-9_]*, \\([A-Za-z_0-9]*\\),.*/H5\\1/p' " FUNCTIONS
		      "; } |"
		      " LC_ALL=C sort >wanted; test $(wc -l <wanted) -gt 60 &&"
		      " nm -D --defined-only $LIBRARY | awk '{ print $3 }' | LC_ALL=C sort |"
		      " diff wanted -"),
		"");
}
END_TEST

/* A single one of them, and /bin/true does not start. */
START_TEST(asks_for_nothing_of_hdf5)
{
	NEEDS_BINUTILS();
	ck_assert_str_eq(shell("nm -D --undefined-only $LIBRARY | grep H5 || true"), "");
}
END_TEST

/* A hook with a named version is silently never called where the program wants HDF5's. */
START_TEST(names_no_version)
{
	NEEDS_BINUTILS();
	ck_assert_str_eq(shell("readelf -VW $LIBRARY | grep 'Version definition' || true"), "");
}
END_TEST

START_TEST(is_bound_at_once_and_hardened)
{
	NEEDS_BINUTILS();
	ck_assert_ptr_nonnull(strstr(shell("readelf -dW $LIBRARY"), "NOW"));
	ck_assert_ptr_nonnull(strstr(shell("readelf -lW $LIBRARY"), "GNU_RELRO"));
	ck_assert_str_eq(shell("readelf -lW $LIBRARY | awk '$1 == \"GNU_STACK\" { print $7 }'"),
			 "RW\n");
}
END_TEST

/* --- programs without HDF5 ---------------------------------------------------------- */

static const char *const programs[][5] = {
	{ "true" },
	{ "false" },
	{ "sh", "-c", "echo a; ls /nowhere; exit 7" },
	{ "ls", "/" },
	{ "cat", "/etc/passwd" },
	{ "awk", "BEGIN { while ((getline line < \"/etc/passwd\") > 0) n++; print n }" },
	{ "flock", "lock", "echo", "locked" },
	{ PYTHON, "-c", "import json, sys; print(json.dumps(sys.argv)); sys.exit(3)" },
	{ "sh", "-c", "echo text > file && rm file && mkdir a && cd a && pwd | wc -l" },
};
enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static void clean(void)
{
	ck_assert_int_eq(RUN("sh", "-c", "rm -rf ./*").status, 0);
}

static void assert_no_difference(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		struct outcome with = run(programs[i]), without;

		clean();
		preload(false);
		without = run(programs[i]);
		clean();
		preload(true);
		ck_assert_msg(with.status == without.status, "%s: %d", programs[i][0], with.status);
		ck_assert_str_eq(with.out, without.out);
		ck_assert_str_eq(with.err, without.err);
	}
}

START_TEST(program_without_hdf5_sees_no_difference)
{
	assert_no_difference();
	setting("LOCKEDH5_VERBOSE", "3");
	assert_no_difference();
}
END_TEST

START_TEST(not_even_with_bad_settings)
{
	setting("LOCKEDH5_COUNT", "abc");
	setting("LOCKEDH5_WAIT", "-1");
	setting("LOCKEDH5_DRIVER", "");
	setting("LOCKEDH5_NOLOCKS", "?");
	setting("LOCKEDH5_VERBOSE", "999999999999");
	setting("LOCKEDH5_LOG", "%");
	assert_no_difference();
}
END_TEST

/* But for libdl, where glibc before 2.34 has dlsym. */
START_TEST(no_library_is_loaded)
{
	static const char command[] = "awk '$NF ~ /[.]so/ { print $NF }' /proc/self/maps |"
				      " grep -v -e liblockedh5 -e /libdl | sort -u";
	struct outcome with = RUN("sh", "-c", command), without;

	preload(false);
	without = RUN("sh", "-c", command);
	ck_assert_str_eq(with.out, without.out);
	ck_assert_str_eq(with.err, "");
}
END_TEST

int main(void)
{
	TCase *tests = group("built");

	tcase_add_test(tests, needs_the_c_library_only);
	tcase_add_test(tests, exports_its_hooks_only);
	tcase_add_test(tests, asks_for_nothing_of_hdf5);
	tcase_add_test(tests, names_no_version);
	tcase_add_test(tests, is_bound_at_once_and_hardened);
	tcase_add_test(tests, program_without_hdf5_sees_no_difference);
	tcase_add_test(tests, not_even_with_bad_settings);
	tcase_add_test(tests, no_library_is_loaded);
	return group_run();
}
