/* SPDX-License-Identifier: BSD-3-Clause */
/* Looked for, not there, made by somebody else, and then created with H5F_ACC_TRUNC: the other's
 * data are not erased by who did not know of them. */
#include "programs.h"
#include "scenario.h"
#include "waiting.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AA    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 48 */
#define A240  AA AA AA AA AA
#define P300  A240 "/" AA "/x.h5"
#define P1000 A240 "/" A240 "/" A240 "/" A240 "/" AA "/x.h5"

#define MAKES	"other makes x.h5"
#define CREATES "create a x.h5 trunc"
/* A look by the plain name. */
#define LOOK(how)                                     \
	how, "x.h5",                                  \
	{                                             \
		"misses " how " x.h5", MAKES, CREATES \
	}
/* In a folder "sub", by its descriptor; there and gone. */
#define SUB	       "other run system mkdir sub", "look-from sub"
#define MAKES_IN_SUB   "other makes sub/x.h5"
#define CREATES_IN_SUB "create a sub/x.h5 trunc"
#define FROM_FOLDER(how)                                                 \
	how " from a folder", "sub/x.h5",                                \
	{                                                                \
		SUB, "misses " how " x.h5", MAKES_IN_SUB, CREATES_IN_SUB \
	}
#define FROM_CLOSED_FOLDER(how)                                                               \
	how " from a closed folder", "sub/x.h5",                                              \
	{                                                                                     \
		SUB, "misses " how " x.h5", "look-from-nowhere", MAKES_IN_SUB, CREATES_IN_SUB \
	}

static const struct scenario scenarios[] = {
	{ LOOK("H5Fopen-rw") },
	{ LOOK("H5Fopen-r") },
	{ LOOK("H5Fis_hdf5") },
	{ LOOK("H5Fis_accessible") },
	{ LOOK("stat") },
	{ LOOK("stat64") },
	{ LOOK("lstat") },
	{ LOOK("fstatat") },
	{ LOOK("statx") },
	{ LOOK("__xstat") },
	{ LOOK("__xstat64") },
	{ LOOK("__lxstat") },
	{ LOOK("__lxstat64") },
	{ LOOK("__fxstatat") },
	{ LOOK("__fxstatat64") },
	{ LOOK("access") },
	{ LOOK("faccessat") },
	{ LOOK("eaccess") },
	{ LOOK("euidaccess") },
	{ LOOK("fopen") },
	{ LOOK("fopen64") },
	{ LOOK("open") },
	{ LOOK("open64") },
	{ LOOK("openat") },
	{ LOOK("__open_2") },
	{ LOOK("__open64_2") },
	{ LOOK("__openat_2") },
	{ LOOK("__openat64_2") },
	{ FROM_FOLDER("fstatat") },
	{ FROM_FOLDER("statx") },
	{ FROM_FOLDER("faccessat") },
	{ FROM_FOLDER("openat") },
	{ FROM_FOLDER("__fxstatat") },
	{ FROM_FOLDER("__openat_2") },
	{ FROM_CLOSED_FOLDER("fstatat") },
	{ FROM_CLOSED_FOLDER("openat") },
	{ "from a folder whose number is another one's since",
	  "sub/x.h5",
	  { SUB, "other run system mkdir two", "misses fstatat x.h5", "look-from-nowhere",
	    "look-from two", MAKES_IN_SUB, CREATES_IN_SUB } },
	{ "from a folder whose number is a file's since",
	  "sub/x.h5",
	  { SUB, "other makes y.h5", "misses fstatat x.h5", "look-from-nowhere", "raw-open y.h5",
	    MAKES_IN_SUB, CREATES_IN_SUB } },
	/* Another name when it creates. */
	{ "relative, then absolute",
	  "x.h5",
	  { "misses stat x.h5", MAKES, "create a @/x.h5 trunc" } },
	{ "absolute, then relative", "x.h5", { "misses access @/x.h5", MAKES, CREATES } },
	{ "with dots, then without", "x.h5", { "misses stat ./x.h5", MAKES, CREATES } },
	{ "H5Fopen with dots, then without",
	  "x.h5",
	  { "misses H5Fopen-rw .//x.h5", MAKES, CREATES } },
	{ "in a folder, then from there",
	  "sub/x.h5",
	  { "other run system mkdir sub", "misses stat sub/x.h5", "folder sub", MAKES_IN_SUB,
	    CREATES } },
	{ "relative, then from elsewhere by its absolute name",
	  "x.h5",
	  { "other run system mkdir sub", "misses stat x.h5", "folder sub", MAKES,
	    "create a @/x.h5 trunc" } },
	{ "through a link to its folder, then not",
	  "sub/x.h5",
	  { "other run system mkdir sub", "other symlink sub way", "misses stat way/x.h5",
	    MAKES_IN_SUB, CREATES_IN_SUB } },
	{ "not through a link to its folder, then through it",
	  "sub/x.h5",
	  { "other run system mkdir sub", "other symlink sub way", "misses access sub/x.h5",
	    MAKES_IN_SUB, "create a way/x.h5 trunc" } },
	{ "a link without a target, then the same",
	  "target.h5",
	  { "other symlink target.h5 x.h5", "misses stat x.h5", "other makes target.h5",
	    CREATES } },
	{ "a link without a target, then that target",
	  "target.h5",
	  { "other symlink target.h5 x.h5", "misses stat x.h5", "other makes target.h5",
	    "create a target.h5 trunc" } },
	{ "a link without a target, which is no file for being seen",
	  "target.h5",
	  { "other symlink target.h5 x.h5", "misses stat x.h5", "finds lstat x.h5",
	    "other makes target.h5", CREATES } },
	{ "H5Fopen of a link without a target, then that target",
	  "target.h5",
	  { "other symlink target.h5 x.h5", "misses H5Fopen-rw x.h5", "other makes target.h5",
	    "create a target.h5 trunc" } },
	{ "300 characters",
	  P300,
	  { "other run system mkdir -p " A240 "/" AA, "misses stat " P300, "other makes " P300,
	    "create a " P300 " trunc" } },
	{ "1,000 characters",
	  P1000,
	  { "other run system mkdir -p " A240 "/" A240 "/" A240 "/" A240 "/" AA,
	    "misses stat " P1000, "other makes " P1000, "create a " P1000 " trunc" } },
	{ "1,000 characters, absolute",
	  P1000,
	  { "other run system mkdir -p " A240 "/" A240 "/" A240 "/" A240 "/" AA,
	    "misses fopen @/" P1000, "other makes " P1000, "create a " P1000 " trunc" } },
	{ "1,000 characters, then absolute",
	  P1000,
	  { "other run system mkdir -p " A240 "/" A240 "/" A240 "/" A240 "/" AA,
	    "misses stat " P1000, "other makes " P1000, "create a @/" P1000 " trunc" } },
	{ "1,000 characters, then from elsewhere",
	  P1000,
	  { "other run system mkdir -p " A240 "/" A240 "/" A240 "/" A240 "/" AA,
	    "misses stat " P1000, "folder " A240, "other makes " P1000,
	    "create a @/" P1000 " trunc" } },
	/* Another one of the program's. */
	{ "in another thread", "x.h5", { "thread misses stat x.h5", MAKES, CREATES } },
	{ "for another thread", "x.h5", { "misses stat x.h5", MAKES, "thread " CREATES } },
	{ "before a fork, created by the child",
	  "x.h5",
	  { "misses stat x.h5", "fork live", MAKES, "child " CREATES } },
	{ "H5Fopen before a fork, created by the child",
	  "x.h5",
	  { "misses H5Fopen-rw x.h5", "fork live", MAKES, "child " CREATES } },
	{ "after a fork, created by the child",
	  "x.h5",
	  { "fork live", "child misses stat x.h5", MAKES, "child " CREATES } },
	/* Looks at others, and who is who. */
	{ "and for others, which are there",
	  "x.h5",
	  { "other makes y.h5", "misses stat x.h5", MAKES, "finds stat y.h5", "misses stat z.h5",
	    CREATES } },
	{ "and another is its own",
	  "x.h5",
	  { "misses stat x.h5", "create a y.h5 trunc", "close a", MAKES, CREATES } },
	{ "and another has been there, whose number the file gets",
	  "x.h5",
	  { "misses stat x.h5", "make open y.h5", "finds stat y.h5", "unlink y.h5", "a tick later",
	    MAKES, CREATES } },
	{ "twice", "x.h5", { "misses stat x.h5", "misses H5Fopen-rw x.h5", MAKES, CREATES } },
	{ "its own, removed, and made anew by another",
	  "x.h5",
	  { "create a x.h5 trunc", "close a", "unlink x.h5", "a tick later", "misses stat x.h5",
	    MAKES, CREATES } },
	{ "with the core driver", "x.h5", { "driver core", "misses stat x.h5", MAKES, CREATES } },
	{ "renamed into place by another",
	  "x.h5",
	  { "misses stat x.h5", "other makes y.h5", "other rename y.h5 x.h5", CREATES } },
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

static const struct scenario in_python[] = {
	{ "os.path.exists",
	  "x.h5",
	  { "assert not os.path.exists('x.h5')", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "os.access",
	  "x.h5",
	  { "assert not os.access('x.h5', os.R_OK)", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "Path.exists",
	  "x.h5",
	  { "assert not Path('x.h5').exists()", MAKES, "f = h5py.File(Path('x.h5'), 'w')" } },
	{ "Path.resolve",
	  "x.h5",
	  { "assert not Path('x.h5').resolve().is_file()", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "a thread",
	  "x.h5",
	  { "in_thread(lambda: os.path.exists('x.h5'))", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "open", "x.h5", { "assert cannot_open('x.h5')", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "and 100 others",
	  "x.h5",
	  { "assert not os.path.exists('x.h5')",
	    "assert not any(os.path.exists(f'x{i}.h5') for i in range(100))", MAKES,
	    "f = h5py.File('x.h5', 'w')" } },
	{ "h5py.is_hdf5",
	  "x.h5",
	  { "assert not h5py.is_hdf5('x.h5')", MAKES, "f = h5py.File('x.h5', 'w')" } },
	{ "stat by a folder's descriptor",
	  "x.h5",
	  { "d = os.open('.', os.O_RDONLY)", "assert not os.access('x.h5', os.F_OK, dir_fd=d)",
	    MAKES, "f = h5py.File('x.h5', 'w')" } },
};
enum { IN_PYTHON = sizeof(in_python) / sizeof(in_python[0]) };

/* Who is told once knows it, and means it. */
static void is_told_once(const struct scenario *s)
{
	struct actor *looker;
	const char *answer = play_quickly(s, &looker);

	ck_assert_msg(!strncmp(answer, "error errno=17 ", 15), "%s: not refused, but: %s", s->name,
		      answer);
	locks_are(s->file, 0, 0);
	is_the_others(s);
	answer = create(s, looker);
	ck_assert_msg(!strcmp(answer, "ok"), "%s: refused twice: %s", s->name, answer);
	close_created(s, looker);
	is_replaced(s);
}

static void is_not_told(const struct scenario *s)
{
	struct actor *looker;
	const char *answer;

	setting("LOCKEDH5_LOOKED", "ignore");
	answer = play_quickly(s, &looker);
	ck_assert_msg(!strcmp(answer, "ok"), "%s: refused in spite of the setting: %s", s->name,
		      answer);
	close_created(s, looker);
	is_replaced(s);
}

START_TEST(who_missed_it_does_not_erase_it)
{
	is_told_once(&scenarios[_i]);
}
END_TEST

START_TEST(unless_looks_are_ignored)
{
	is_not_told(&scenarios[_i]);
}
END_TEST

/* stat64, fopen64, __open64_2... */
START_TEST(who_missed_it_by_another_name_of_the_function_does_not_erase_it)
{
	setenv("LOCKEDH5_TEST_ACTOR", CLIENT("actor_large"), 1);
	is_told_once(&scenarios[_i]);
}
END_TEST

START_TEST(who_missed_it_with_hdf5_inside_does_not_erase_it)
{
	NEEDS_STATIC();
	setenv("LOCKEDH5_TEST_ACTOR", CLIENT("actor_static"), 1);
	is_told_once(&scenarios[_i]);
}
END_TEST

START_TEST(who_missed_it_in_python_does_not_erase_it)
{
	NEEDS_H5PY();
	play_in_python();
	is_told_once(&in_python[_i]);
}
END_TEST

START_TEST(python_does_unless_looks_are_ignored)
{
	NEEDS_H5PY();
	play_in_python();
	is_not_told(&in_python[_i]);
}
END_TEST

/* HDF5 says so itself, and looks are no matter. */
START_TEST(exclusive_creation_fails_as_ever)
{
	static const struct scenario exclusive = {
		"EXCL", "x.h5", { "misses stat x.h5", MAKES, "create a x.h5 excl" }
	};
	struct actor *looker;

	setting("LOCKEDH5_LOOKED", _i ? "ignore" : NULL);
	play(&exclusive, &looker);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(strncmp(create(&exclusive, looker), "error errno=17 ", 15), 0);
	is_the_others(&exclusive);
}
END_TEST

START_TEST(who_missed_it_does_not_erase_it_asynchronously)
{
	static const struct scenario scenario = {
		"async", "x.h5", { "async none", "misses stat x.h5", MAKES, CREATES }
	};

	NEEDS_HDF5_WITH("async");
	is_told_once(&scenario);
}
END_TEST

/* While the other still has it; the answer, NULL if the look may have been too long ago. */
static const char *creates_what_is_held(struct actor *looker, struct actor *other)
{
	double start = seconds_now();
	const char *answer;

	actor_ok(looker, "misses stat x.h5");
	actor_ok(other, "create o x.h5 trunc");
	actor_tell(looker, CREATES);
	start = seconds_now() - start;
	answer = actor_answer_within(looker, 1.2);
	actor_ok(other, "write o data %d 1", NUMBERS);
	actor_ok(other, "close o");
	if (!answer)
		answer = actor_answer(looker);
	return start < 0.8 ? answer : NULL;
}

/* However long it waits for that: it looked just before. */
START_TEST(who_missed_it_does_not_erase_it_when_the_other_is_done)
{
	struct actor *looker = actor_new(), *other = actor_new();
	const char *answer = NULL;

	actor_ok(looker, "printing off");
	actor_ok(other, "printing off");
	while (!answer) {
		unlink("x.h5");
		answer = creates_what_is_held(looker, other);
	}
	ck_assert_msg(!strncmp(answer, "error errno=17 ", 15), "%s", answer);
	h5_file_is("x.h5", 1);
	actor_ok(looker, CREATES);
}
END_TEST

START_TEST(a_refusal_leaves_nothing)
{
	static const struct scenario refused = { "its state",
						 "x.h5",
						 { "create a y.h5 trunc", "close a",
						   "misses stat x.h5", MAKES, CREATES } };
	struct actor *looker;
	char *before;

	play_quickly(&refused, &looker);
	before = state_of(looker);
	for (int i = 0; i < 10; i++) {
		unlink("x.h5");
		actor_ok(looker, "misses stat x.h5");
		h5_file("x.h5", 1);
		if (strcmp(actor_ask(looker, CREATES), "ok") == 0)
			actor_ok(looker, "close a");
	}
	state_is(looker, before);
}
END_TEST

START_TEST(another_word_in_the_setting_is_an_error)
{
	struct actor *a;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_LOOKED", "maybe");
	a = actor_new();
	has(actor_error(a, "open a data.h5 r"), "LOCKEDH5_LOOKED");
	has(actor_error(a, "create a new.h5 trunc"), "LOCKEDH5_LOOKED");
	setting("LOCKEDH5_LOOKED", "refuse");
	actor_ok(actor_new(), "open a data.h5 r");
}
END_TEST

int main(void)
{
	TCase *tests = group("looked");

	tcase_add_loop_test(tests, who_missed_it_does_not_erase_it, 0, SCENARIOS);
	tcase_add_loop_test(tests, unless_looks_are_ignored, 0, SCENARIOS);
	tcase_add_loop_test(tests, who_missed_it_by_another_name_of_the_function_does_not_erase_it,
			    0, SCENARIOS);
	tcase_add_loop_test(tests, who_missed_it_with_hdf5_inside_does_not_erase_it, 0, SCENARIOS);
	tcase_add_loop_test(tests, who_missed_it_in_python_does_not_erase_it, 0, IN_PYTHON);
	tcase_add_loop_test(tests, python_does_unless_looks_are_ignored, 0, IN_PYTHON);
	tcase_add_loop_test(tests, exclusive_creation_fails_as_ever, 0, 2);
	tcase_add_test(tests, who_missed_it_does_not_erase_it_asynchronously);
	tcase_add_test(tests, who_missed_it_does_not_erase_it_when_the_other_is_done);
	tcase_add_test(tests, a_refusal_leaves_nothing);
	tcase_add_test(tests, another_word_in_the_setting_is_an_error);
	return group_run();
}
