/* SPDX-License-Identifier: BSD-3-Clause */
/* Looked for, not there, and created with H5F_ACC_TRUNC by who knows well what is there by then: no
 * look makes that fail. */
#include "programs.h"
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#define MISSES	 "misses stat x.h5"
#define MAKES	 "other makes x.h5"
#define OLD	 "other makes old.h5"
#define CREATES	 "create a x.h5 trunc"
#define ITS_OWN	 "create a x.h5 trunc", "close a"
#define IN_SUB	 "other run system mkdir sub"
#define TWO_SUBS "other run system mkdir one two"

/* It missed it, then somebody made it, then it has found it. */
#define FINDS(how)                                           \
	how " finds it", "x.h5",                             \
	{                                                    \
		MISSES, MAKES, "finds " how " x.h5", CREATES \
	}
#define MISSED_BY(how)                                                   \
	how " misses it, and finds it", "x.h5",                          \
	{                                                                \
		"misses " how " x.h5", MAKES, "finds stat x.h5", CREATES \
	}
#define RUNS(how, command)                                   \
	how ", " command, "x.h5",                            \
	{                                                    \
		OLD, MISSES, "run " how " " command, CREATES \
	}
#define MADE_BY(how)                                 \
	how " makes it", "x.h5",                     \
	{                                            \
		MISSES, "make " how " x.h5", CREATES \
	}

static const struct scenario in_c[] = {
	/* Its own. */
	{ "its own", "x.h5", { MISSES, ITS_OWN, CREATES } },
	{ "its own, by H5Fopen", "x.h5", { "misses H5Fopen-rw x.h5", ITS_OWN, CREATES } },
	{ "its own, removed and made anew",
	  "x.h5",
	  { MISSES, ITS_OWN, "unlink x.h5", MISSES, ITS_OWN, CREATES } },
	{ "its own, exclusively", "x.h5", { MISSES, "create a x.h5 excl", "close a", CREATES } },
	{ "its own, by its absolute name",
	  "x.h5",
	  { "misses stat @/x.h5", ITS_OWN, "create a @/x.h5 trunc" } },
	{ "its own, made before the look and renamed",
	  "x.h5",
	  { "create a y.h5 trunc", "close a", MISSES, "rename y.h5 x.h5", CREATES } },
	{ "its own, made after the look and renamed",
	  "x.h5",
	  { MISSES, "create a y.h5 trunc", "close a", "rename y.h5 x.h5", CREATES } },
	{ "its own, renamed by folder",
	  "sub/x.h5",
	  { IN_SUB, "create a sub/y.h5 trunc", "close a", "look-from sub", "misses fstatat x.h5",
	    "renameat y.h5 x.h5", "create a sub/x.h5 trunc" } },
	{ "its own, linked",
	  "x.h5",
	  { "create a y.h5 trunc", "close a", MISSES, "hard-link y.h5 x.h5", CREATES } },
	{ "another thread's",
	  "x.h5",
	  { MISSES, "thread create a x.h5 trunc", "close a", CREATES } },
	{ "missed by another thread", "x.h5", { "thread " MISSES, ITS_OWN, CREATES } },
	{ "many of its own",
	  "x.h5",
	  { "create-many y.h5 10 50", MISSES, "create-many x.h5 10 50", CREATES } },
	{ MADE_BY("open") },
	{ MADE_BY("creat") },
	{ MADE_BY("fopen") },
	{ MADE_BY("fopen-a") },
	{ MADE_BY("freopen") },
	{ MADE_BY("openat") },
	{ "a thread makes it by open", "x.h5", { MISSES, "thread make open x.h5", CREATES } },
	{ "openat makes it in a folder",
	  "sub/x.h5",
	  { IN_SUB, "misses stat sub/x.h5", "look-from sub", "make openat x.h5",
	    "create a sub/x.h5 trunc" } },
	/* Too long ago. */
	{ "an old look", "x.h5", { MISSES, "a moment later", MAKES, CREATES } },
	{ "an old look by H5Fopen",
	  "x.h5",
	  { "misses H5Fopen-rw x.h5", "a moment later", MAKES, CREATES } },
	{ "an old look, and the file is old, too",
	  "x.h5",
	  { MISSES, MAKES, "a moment later", CREATES } },
	/* Found since. */
	{ FINDS("stat") },
	{ FINDS("stat64") },
	{ FINDS("fstatat") },
	{ FINDS("statx") },
	{ FINDS("__xstat") },
	{ FINDS("access") },
	{ FINDS("faccessat") },
	{ FINDS("eaccess") },
	{ FINDS("fopen") },
	{ FINDS("fopen64") },
	{ FINDS("open") },
	{ FINDS("openat") },
	{ FINDS("H5Fopen-r") },
	{ FINDS("H5Fopen-rw") },
	{ FINDS("H5Fis_hdf5") },
	{ FINDS("H5Fis_accessible") },
	{ MISSED_BY("H5Fopen-rw") },
	{ MISSED_BY("fopen") },
	{ MISSED_BY("access") },
	{ "found by lstat", "x.h5", { MISSES, MAKES, "finds lstat x.h5", CREATES } },
	{ "found by its absolute name", "x.h5", { MISSES, MAKES, "finds stat @/x.h5", CREATES } },
	{ "asked for by its relative name",
	  "x.h5",
	  { "misses stat @/x.h5", MAKES, "finds access x.h5", "create a @/x.h5 trunc" } },
	{ "opened by its relative name",
	  "x.h5",
	  { "misses stat @/x.h5", MAKES, "finds open x.h5", "create a @/x.h5 trunc" } },
	{ "opened by HDF5 by its relative name",
	  "x.h5",
	  { "misses stat @/x.h5", MAKES, "finds H5Fopen-r x.h5", "create a @/x.h5 trunc" } },
	{ "found by its relative name",
	  "x.h5",
	  { "misses stat @/x.h5", MAKES, "finds stat x.h5", "create a @/x.h5 trunc" } },
	{ "found by its real name",
	  "sub/x.h5",
	  { IN_SUB, "other symlink sub way", "misses stat way/x.h5", "other makes sub/x.h5",
	    "finds stat sub/x.h5", "create a way/x.h5 trunc" } },
	{ "found through a link",
	  "sub/x.h5",
	  { IN_SUB, "other symlink sub way", "misses stat sub/x.h5", "other makes sub/x.h5",
	    "finds stat way/x.h5", "create a sub/x.h5 trunc" } },
	{ "found by folder",
	  "sub/x.h5",
	  { IN_SUB, "misses stat sub/x.h5", "other makes sub/x.h5", "look-from sub",
	    "finds fstatat x.h5", "create a sub/x.h5 trunc" } },
	{ "found by another thread", "x.h5", { MISSES, MAKES, "thread finds stat x.h5", CREATES } },
	/* There before. */
	{ "found at once", "x.h5", { MAKES, "finds stat x.h5", CREATES } },
	{ "removed and made anew by the other",
	  "x.h5",
	  { MAKES, "other unlink x.h5", MISSES, MAKES, "finds stat x.h5", CREATES } },
	{ "an old one, renamed", "x.h5", { OLD, MISSES, "rename old.h5 x.h5", CREATES } },
	{ "an old one, renamed by folder",
	  "x.h5",
	  { OLD, "look-from .", "misses fstatat x.h5", "renameat old.h5 x.h5", CREATES } },
	{ "an old one, renamed after H5Fopen",
	  "x.h5",
	  { OLD, "misses H5Fopen-rw x.h5", "rename old.h5 x.h5", CREATES } },
	{ "an old one, in another folder than H5Fopen's",
	  "two/x.h5",
	  { TWO_SUBS, "other makes two/x.h5", "folder one", "misses H5Fopen-rw x.h5",
	    "folder ../two", CREATES } },
	{ "an old one, copied after H5Fopen",
	  "x.h5",
	  { OLD, "misses H5Fopen-rw x.h5", "run fork cp old.h5 x.h5", CREATES } },
	{ "an old one, linked", "x.h5", { OLD, MISSES, "hard-link old.h5 x.h5", CREATES } },
	{ "an old one, through a new link",
	  "old.h5",
	  { OLD, MISSES, "symlink old.h5 x.h5", CREATES } },
	{ "an old one, through a link that led nowhere",
	  "old.h5",
	  { OLD, "other symlink nowhere x.h5", MISSES, "unlink x.h5", "symlink old.h5 x.h5",
	    CREATES } },
	{ "an old one, in a folder behind such a link",
	  "sub/x.h5",
	  { IN_SUB, "other makes sub/x.h5", "a tick later", "misses stat way/x.h5",
	    "symlink sub way", "create a way/x.h5 trunc" } },
	{ "an old one, in a renamed folder",
	  "new/x.h5",
	  { IN_SUB, "other makes sub/x.h5", "a tick later", "misses stat new/x.h5",
	    "rename sub new", "create a new/x.h5 trunc" } },
	/* Made by its child. */
	{ RUNS("fork", "cp old.h5 x.h5") },
	{ RUNS("ignored", "cp old.h5 x.h5") },
	{ RUNS("fork", "mv old.h5 x.h5") },
	{ RUNS("fork", "ln old.h5 x.h5") },
	{ RUNS("fork", "h5copy -i old.h5 -o x.h5 -s data -d data") },
	{ RUNS("fork", "h5repack old.h5 x.h5") },
	{ RUNS("spawn", "cp old.h5 x.h5") },
	{ RUNS("popen", "cp old.h5 x.h5") },
	{ RUNS("system", "cp old.h5 x.h5") },
	{ RUNS("system", "h5repack old.h5 x.h5") },
	{ RUNS("system", "cp old.h5 y.h5 && mv y.h5 x.h5") },
	{ "its forked child makes it",
	  "x.h5",
	  { MISSES, "fork live", "child create a x.h5 trunc", "child close a", "child-end",
	    CREATES } },
	{ "its forked child has missed it, too",
	  "x.h5",
	  { MISSES, "fork live", "child misses stat x.h5", "child create a x.h5 trunc",
	    "child close a", "child-end", CREATES } },
	{ "made before the fork, and again by the child",
	  "x.h5",
	  { MISSES, ITS_OWN, "fork live", "child " CREATES } },
	{ "made by the child, and again by it",
	  "x.h5",
	  { MISSES, "fork live", "child create a x.h5 trunc", "child close a", "child " CREATES } },
	/* Another file's look. */
	{ "the same name in another folder",
	  "two/x.h5",
	  { TWO_SUBS, "misses stat one/x.h5", "other makes two/x.h5", "create a two/x.h5 trunc" } },
	{ "the same name in another folder, by its descriptor",
	  "two/x.h5",
	  { TWO_SUBS, "look-from one", "misses fstatat x.h5", "other makes two/x.h5",
	    "create a two/x.h5 trunc" } },
	{ "the same name here, after a look in a folder by its descriptor",
	  "x.h5",
	  { TWO_SUBS, "look-from one", "misses openat x.h5", MAKES, CREATES } },
	{ "the same name after a change of folder",
	  "two/x.h5",
	  { TWO_SUBS, "folder one", MISSES, "folder ../two", "other makes two/x.h5", CREATES } },
	{ "the same after H5Fopen",
	  "two/x.h5",
	  { TWO_SUBS, "folder one", "misses H5Fopen-rw x.h5", "folder ../two",
	    "other makes two/x.h5", CREATES } },
	{ "the same name there, after H5Fopen by a link without a target",
	  "target.h5",
	  { "other symlink target.h5 x.h5", "misses H5Fopen-rw x.h5", CREATES } },
	{ "another name",
	  "x.h5",
	  { "misses stat y.h5", "misses H5Fopen-rw y.h5", MAKES, CREATES } },
	{ "a longer name",
	  "x.h5",
	  { "misses stat x.h5.old", "misses stat xx.h5", MAKES, CREATES } },
	{ "no look at all", "x.h5", { MAKES, CREATES } },
};
enum { IN_C = sizeof(in_c) / sizeof(in_c[0]) };

#define NOT_THERE "assert not os.path.exists('x.h5')"
#define OPENS	  "f = h5py.File('x.h5', 'w')"
#define IN_PYTHON(how, does)                \
	how, "x.h5",                        \
	{                                   \
		OLD, NOT_THERE, does, OPENS \
	}

static const struct scenario in_python[] = {
	{ IN_PYTHON("its own", "h5py.File('x.h5', 'w').close()") },
	{ IN_PYTHON("mode a", "h5py.File('x.h5', 'a').close()") },
	{ IN_PYTHON("copy", "shutil.copy('old.h5', 'x.h5')") },
	{ IN_PYTHON("copy2", "shutil.copy2('old.h5', 'x.h5')") },
	{ IN_PYTHON("copyfile", "shutil.copyfile('old.h5', 'x.h5')") },
	{ IN_PYTHON("move", "shutil.move('old.h5', 'x.h5')") },
	{ IN_PYTHON("rename", "os.rename('old.h5', 'x.h5')") },
	{ IN_PYTHON("replace", "os.replace('old.h5', 'x.h5')") },
	{ IN_PYTHON("replace by a new one",
		    "h5py.File('y.h5', 'w').close(); os.replace('y.h5', 'x.h5')") },
	{ IN_PYTHON("link", "os.link('old.h5', 'x.h5')") },
	{ IN_PYTHON("open", "open('x.h5', 'wb').write(b'text')") },
	{ IN_PYTHON("touch", "Path('x.h5').touch()") },
	{ IN_PYTHON("write_bytes", "Path('x.h5').write_bytes(b'text')") },
	{ IN_PYTHON("subprocess", "subprocess.run(['cp', 'old.h5', 'x.h5'], check=True)") },
	{ IN_PYTHON("a shell by subprocess",
		    "subprocess.check_output('cp old.h5 x.h5', shell=True)") },
	{ IN_PYTHON("system", "os.system('cp old.h5 x.h5')") },
	{ IN_PYTHON("a forked child", "in_child(lambda: h5py.File('x.h5', 'w').close())") },
	{ IN_PYTHON("another thread", "in_thread(lambda: h5py.File('x.h5', 'w').close())") },
	{ "symlink", "old.h5", { OLD, NOT_THERE, "os.symlink('old.h5', 'x.h5')", OPENS } },
	{ "zipfile",
	  "x.h5",
	  { OLD, "os.rename('old.h5', 'x.h5')",
	    "with zipfile.ZipFile('z.zip', 'w') as z: z.write('x.h5')", "os.remove('x.h5')",
	    NOT_THERE, "zipfile.ZipFile('z.zip').extract('x.h5')", OPENS } },
	{ "tarfile",
	  "x.h5",
	  { OLD, "os.rename('old.h5', 'x.h5')",
	    "with tarfile.open('t.tar', 'w') as t: t.add('x.h5')", "os.remove('x.h5')", NOT_THERE,
	    "tarfile.open('t.tar').extractall()", OPENS } },
	{ "found since", "x.h5", { NOT_THERE, MAKES, "assert os.path.exists('x.h5')", OPENS } },
	{ "found by its absolute name",
	  "x.h5",
	  { NOT_THERE, MAKES, "assert Path('x.h5').resolve().exists()", OPENS } },
	{ "found by h5py", "x.h5", { NOT_THERE, MAKES, "h5py.File('x.h5', 'r').close()", OPENS } },
	{ "found by open", "x.h5", { NOT_THERE, MAKES, "open('x.h5', 'rb').close()", OPENS } },
	{ "another folder",
	  "two/x.h5",
	  { TWO_SUBS, "os.chdir('one')", NOT_THERE, "os.chdir('../two')", "other makes two/x.h5",
	    OPENS } },
};
enum { PYTHONS = sizeof(in_python) / sizeof(in_python[0]) };

static void is_created(const struct scenario *s)
{
	struct actor *looker;
	const char *answer;

	play(s, &looker);
	answer = create(s, looker);
	ck_assert_msg(!strcmp(answer, "ok"), "%s: %s", s->name, answer);
	close_created(s, looker);
	is_replaced(s);
}

START_TEST(who_means_it_may)
{
	setting("LOCKEDH5_LOOKED", _i % 2 ? "ignore" : NULL);
	is_created(&in_c[_i / 2]);
}
END_TEST

START_TEST(who_means_it_in_python_may)
{
	NEEDS_H5PY();
	setting("LOCKEDH5_LOOKED", _i % 2 ? "ignore" : NULL);
	play_in_python();
	is_created(&in_python[_i / 2]);
}
END_TEST

START_TEST(who_means_it_by_other_names_of_the_functions_may)
{
	setenv("LOCKEDH5_TEST_ACTOR", CLIENT("actor_large"), 1);
	is_created(&in_c[_i]);
}
END_TEST

/* What is not on disk erases nothing. */
START_TEST(who_creates_a_file_in_memory_may)
{
	static const struct scenario in_memory = { "core",
						   "x.h5",
						   { "driver core0", MISSES, MAKES, CREATES } };
	struct actor *looker;

	play(&in_memory, &looker);
	ck_assert_str_eq(create(&in_memory, looker), "ok");
	actor_ok(looker, "close a");
	is_the_others(&in_memory);
}
END_TEST

START_TEST(what_is_not_named_is_left_alone)
{
	static const struct scenario not_named = { "not named",
						   "x.h5",
						   { MISSES, MAKES, CREATES } };

	setting("LOCKEDH5_FILES", "!x.h5");
	is_created(&not_named);
}
END_TEST

int main(void)
{
	TCase *tests = group("looked_meant");

	tcase_add_loop_test(tests, who_means_it_may, 0, 2 * IN_C);
	tcase_add_loop_test(tests, who_means_it_in_python_may, 0, 2 * PYTHONS);
	tcase_add_loop_test(tests, who_means_it_by_other_names_of_the_functions_may, 0, IN_C);
	tcase_add_test(tests, who_creates_a_file_in_memory_may);
	tcase_add_test(tests, what_is_not_named_is_left_alone);
	return group_run();
}
