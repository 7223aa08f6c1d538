/* SPDX-License-Identifier: BSD-3-Clause */
/* Several copies of libhdf5 in one process, as wheels bring them along, each seen by its own
 * extension module only; and a module that jumps into HDF5 instead of calling it.  Every call has
 * to reach the copy that it would have reached without the library, or else fail and say why. */
#include "programs.h"
#include "support.h"

#include <string.h>

#define EXTENSION_1	 CLIENT("extension_1.so")
#define EXTENSION_2	 CLIENT("extension_2.so")
#define EXTENSION_3	 CLIENT("extension_3.so")      /* of the kind of HDF5 1.8 */
#define EXTENSION_3_LIST CLIENT("extension_3_list.so") /* with an access list */
#define TAIL_1		 CLIENT("tail_1.so")
#define TAIL_2		 CLIENT("tail_2.so")
#define EXTENSION_BARE	 CLIENT("extension_bare.so")
#define LONE		 CLIENT("lone.so") /* without any HDF5 */

#define HOST(...) RUN(CLIENT("fake_host"), __VA_ARGS__)

static void make_files(void)
{
	file_write("a", "aaaa");
	file_write("b", "bbbb");
	/* A copy of the fake that got a foreign id says so on stdout, which no test expects. */
}

START_TEST(each_call_reaches_its_copy)
{
	static const char expected[] = "copy 1: H5Fopen a\n"
				       "extension_1.so: 1500\n"
				       "copy 2: H5Fopen b\n"
				       "extension_2.so: 2500\n"
				       "locks: 2\n"
				       "copy 1: H5Fclose\n"
				       "locks: 1\n"
				       "copy 1: H5Fcreate c\n"
				       "extension_1.so: 1500\n"
				       "copy 2: H5Fclose\n"
				       "copy 2: H5Fcreate b\n"
				       "extension_2.so: 2500\n"
				       "locks: 2\n"
				       "copy 2: H5Fclose\n"
				       "copy 1: H5Fclose\n"
				       "locks: 0\n";
	struct outcome o;

	make_files();
	o = HOST("open", EXTENSION_1, "a", "open", EXTENSION_2, "b", "locks", "-", "close",
		 EXTENSION_1, "locks", "-", "create", EXTENSION_1, "c", "close", EXTENSION_2,
		 "create", EXTENSION_2, "b", "locks", "-", "close", EXTENSION_2, "close",
		 EXTENSION_1, "locks", "-");
	outputs(o, expected);
	ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(ids_of_32_bits)
{
	static const char expected[] = "copy 3: H5Fopen missing\n"
				       "extension_3.so: -1\n"
				       "locks: 0\n"
				       "copy 3: H5Fopen a\n"
				       "extension_3.so: 3500\n"
				       "copy 2: H5Fopen b\n"
				       "extension_2.so: 2500\n"
				       "locks: 2\n"
				       "copy 3: H5Fclose\n"
				       "locks: 1\n";
	struct outcome o;

	make_files();
	o = HOST("open", EXTENSION_3, "missing", "locks", "-", "open", EXTENSION_3, "a", "open",
		 EXTENSION_2, "b", "locks", "-", "close", EXTENSION_3, "locks", "-");
	outputs(o, expected);
	ck_assert_str_eq(o.err, "");
}
END_TEST

/* The lists that the program passes are those that arrive: the copy says so otherwise. */
START_TEST(ids_of_32_bits_in_every_argument)
{
	static const char expected[] = "copy 3: H5Fopen a\n"
				       "extension_3_list.so: 3500\n"
				       "locks: 1\n"
				       "copy 3: H5Fclose\n"
				       "copy 3: H5Fcreate a\n"
				       "extension_3_list.so: 3500\n"
				       "copy 3: H5Fclose\n"
				       "locks: 0\n";
	struct outcome o;

	make_files();
	o = HOST("open", EXTENSION_3_LIST, "a", "locks", "-", "close", EXTENSION_3_LIST, "create",
		 EXTENSION_3_LIST, "a", "close", EXTENSION_3_LIST, "locks", "-");
	outputs(o, expected);
	ck_assert_str_eq(o.err, "");
	ck_assert_int_eq(file_size("a"), 0);
}
END_TEST

static const char *const extensions_3[] = { EXTENSION_3, EXTENSION_3_LIST };

START_TEST(kind_that_never_locks_waits_and_is_waited_for)
{
	struct actor *a = actor_new();
	struct process *p;
	struct outcome o;

	h5_file("data.h5", 1);
	actor_ok(a, "open a data.h5 rw");
	p = START(CLIENT("fake_host"), "open", extensions_3[_i], "data.h5", "until", "go", "close",
		  extensions_3[_i], "until", "stop");
	locks_waiting("data.h5", 1);
	actor_ok(a, "close a");
	locks_become("data.h5", 0, 1);
	actor_tell(a, "open a data.h5 r");
	locks_waiting("data.h5", 1);
	file_write("go", "");
	actor_answer_ok(a);
	locks_are("data.h5", 1, 0);
	actor_ok(a, "check a data %d 1", NUMBERS);
	file_write("stop", "");
	o = finish(p);
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(o.out, ": 3500\ncopy 3: H5Fclose\n"));
}
END_TEST

START_TEST(kind_that_never_locks_gives_up)
{
	struct actor *a = actor_new();
	struct outcome o;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_COUNT", "1");
	actor_ok(a, "open a data.h5 rw");
	o = HOST("open", extensions_3[_i], "data.h5", "create", extensions_3[_i], "data.h5",
		 "locks", "-");
	ck_assert_msg(strstr(o.out, "copy 3: error in lock: can't open 'data.h5' for writing: it "
				    "is held by "),
		      "%s%s", o.out, o.err);
	ck_assert_ptr_nonnull(strstr(o.out, "can't create 'data.h5'"));
	ck_assert_ptr_nonnull(strstr(o.out, ": -1\nlocks: 0\n"));
	ck_assert_msg(!strstr(o.out, "foreign"), "%s", o.out);
	actor_ok(a, "close a");
	h5_file_is("data.h5", 1);
}
END_TEST

/* An HDF5 whose lists, drivers and errors nobody can ask for: its files are locked, and why one is
 * not opened is a message. */
START_TEST(kind_without_anything_but_files)
{
	struct actor *a = actor_new();
	struct outcome o;

	h5_file("data.h5", 1);
	make_files();
	setting("LOCKEDH5_COUNT", "1");
	o = HOST("open", EXTENSION_BARE, "a", "locks", "-", "close", EXTENSION_BARE, "locks", "-",
		 "create", EXTENSION_BARE, "c", "locks", "-");
	outputs(o, "copy 1: H5Fopen a\n"
		   "extension_bare.so: 1500\n"
		   "locks: 1\n"
		   "copy 1: H5Fclose\n"
		   "locks: 0\n"
		   "copy 1: H5Fcreate c\n"
		   "extension_bare.so: 1500\n"
		   "locks: 1\n");
	ck_assert_str_eq(o.err, "");
	actor_ok(a, "open a data.h5 rw");
	o = HOST("open", EXTENSION_BARE, "data.h5", "locks", "-");
	outputs(o, "extension_bare.so: -1\nlocks: 0\n");
	has(o.err, "H5Fopen: can't open 'data.h5' for writing: it is held by ");
}
END_TEST

static const char *const between[] = { CLIENT("extension_between_1.so"),
				       CLIENT("extension_between_2.so") };

/* A forwarder that is loaded with an extension, as is its HDF5: no order of loading leads there. */
START_TEST(forwarder_that_only_an_extension_sees)
{
	struct actor *a = actor_new();
	struct outcome o;

	h5_file("data.h5", 1);
	make_files();
	setting("LOCKEDH5_COUNT", "1");
	o = HOST("open", between[_i], "a", "locks", "-", "close", between[_i], "locks", "-");
	ck_assert_msg(strstr(o.out, ".so: 2500\nlocks: 1\ncopy 2: H5Fclose\nlocks: 0\n"), "%s%s",
		      o.out, o.err);
	ck_assert_str_eq(o.err, "");
	/* Drivers and errors are those of the HDF5 that it is. */
	actor_ok(a, "open a data.h5 rw");
	o = HOST("open", between[_i], "data.h5", "locks", "-");
	has(o.out, "copy 2: error in lock: can't open 'data.h5' for writing: it is held by ");
	has(o.out, ".so: -1\nlocks: 0\n");
}
END_TEST

START_TEST(jump_into_the_only_copy)
{
	static const char expected[] = "copy 1: H5Fopen a\n"
				       "tail_1.so: 1500\n"
				       "locks: 1\n"
				       "copy 1: H5Fclose\n"
				       "locks: 0\n"
				       "copy 1: H5Fcreate c\n"
				       "tail_1.so: 1500\n"
				       "locks: 1\n";
	struct outcome o;

	NEEDS("objdump -d " TAIL_1 " | grep -q 'jmp.*H5Fopen'", "the compiler made no jump");
	make_files();
	o = HOST("open", TAIL_1, "a", "locks", "-", "close", TAIL_1, "locks", "-", "create", TAIL_1,
		 "c", "locks", "-");
	outputs(o, expected);
	ck_assert_str_eq(o.err, "");
}
END_TEST

/* The address of the call is the same for both, so it can't tell which copy is meant.  The first
 * call, when there was only one copy, must not decide for the second. */
START_TEST(jumps_into_two_copies_never_reach_the_wrong_one)
{
	struct outcome o;

	make_files();
	o = HOST("open", TAIL_1, "a", "open", TAIL_2, "b", "locks", "-");
	ck_assert_msg(o.status == 0, "status %d: %s%s", o.status, o.out, o.err);
	ck_assert_msg(!strstr(o.out, "copy 1: H5Fopen b"), "the wrong copy: %s", o.out);
	if (!strstr(o.out, "copy 2: H5Fopen b")) {
		ck_assert_ptr_nonnull(strstr(o.out, "tail_2.so: -1\n"));
		ck_assert_msg(strstr(o.err, "H5Fopen"), "not a word: %s", o.err);
	}
}
END_TEST

START_TEST(call_and_jump_into_two_copies)
{
	struct outcome o;

	make_files();
	o = HOST("open", EXTENSION_1, "a", "open", TAIL_2, "b", "close", EXTENSION_1, "open",
		 EXTENSION_1, "a");
	ck_assert_msg(o.status == 0, "status %d: %s%s", o.status, o.out, o.err);
	ck_assert_msg(!strstr(o.out, "copy 1: H5Fopen b"), "the wrong copy: %s", o.out);
	if (!strstr(o.out, "copy 2: H5Fopen b"))
		ck_assert_msg(strstr(o.err, "H5Fopen"), "not a word: %s", o.err);
	/* Whoever calls is not concerned by it. */
	ck_assert_ptr_nonnull(strstr(o.out, "copy 1: H5Fopen a\nextension_1.so: 1500\ntail_2.so"));
	ck_assert_ptr_nonnull(
		strstr(o.out, "copy 1: H5Fclose\ncopy 1: H5Fopen a\nextension_1.so: 1500\n"));
}
END_TEST

START_TEST(copy_that_is_unloaded_is_forgotten)
{
	static const char expected[] = "copy 1: H5Fopen a\n"
				       "tail_1.so: 1500\n"
				       "copy 1: H5Fclose\n"
				       "copy 2: H5Fopen b\n"
				       "tail_2.so: 2500\n"
				       "copy 2: H5Fclose\n"
				       "copy 1: H5Fopen a\n"
				       "extension_1.so: 1500\n"
				       "locks: 1\n";
	struct outcome o;

	make_files();
	o = HOST("open", TAIL_1, "a", "close", TAIL_1, "unload", TAIL_1, "open", TAIL_2, "b",
		 "close", TAIL_2, "unload", TAIL_2, "open", EXTENSION_1, "a", "locks", "-");
	outputs(o, expected);
	ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(no_copy_is_an_error_that_is_not_remembered)
{
	static const char expected[] = "lone.so: -1\n"
				       "lone.so: -1\n"
				       "locks: 0\n"
				       "copy 1: H5Fopen a\n"
				       "extension_1.so: 1500\n"
				       "copy 1: H5Fclose\n"
				       "copy 1: H5Fopen a\n"
				       "lone.so: 1500\n";
	struct outcome o;

	make_files();
	o = HOST("open", LONE, "a", "create", LONE, "new", "locks", "-", "open", EXTENSION_1, "a",
		 "close", EXTENSION_1, "open", LONE, "a");
	outputs(o, expected);
	ck_assert_msg(strstr(o.err, "H5Fopen"), "not a word: %s", o.err);
	ck_assert_msg(strstr(o.err, "H5Fcreate"), "not a word: %s", o.err);
	ck_assert_msg(!strncmp(o.err, "lockedh5: fake_host[", 20), "whose message? %s", o.err);
	ck_assert(!file_exists("new"));
}
END_TEST

/* Two copies do not share a file as one does with itself, and waiting for oneself never ends. */
START_TEST(one_file_in_two_copies)
{
	struct outcome o;
	const char *error;

	make_files();
	o = HOST("open", EXTENSION_1, "a", "open", EXTENSION_2, "a", "locks", "-", "create",
		 EXTENSION_2, "a", "locks", "-", "close", EXTENSION_1, "locks", "-", "open",
		 EXTENSION_2, "a", "locks", "-");
	ck_assert_msg(o.status == 0, "status %d: %s%s", o.status, o.out, o.err);
	ck_assert_double_le(o.seconds, 20);
	error = strstr(o.out, "copy 2: error in H5Fopen: ");
	ck_assert_msg(error, "no error: %s%s", o.out, o.err);
	ck_assert_ptr_nonnull(strstr(o.out, "copy 2: error in H5Fcreate: "));
	ck_assert_ptr_nonnull(strstr(o.out, "extension_2.so: -1\nlocks: 1\n"));
	ck_assert_ptr_nonnull(strstr(o.out, "copy 1: H5Fclose\nlocks: 0\ncopy 2: H5Fopen a\n"
					    "extension_2.so: 2500\nlocks: 1\n"));
	ck_assert_msg(!strstr(o.out, "foreign"), "%s", o.out);
	ck_assert_int_eq(file_size("a"), 4);
}
END_TEST

/* Where i is not I. */
START_TEST(drivers_have_their_names_in_every_locale)
{
	static const char make[] = "localedef -i tr_TR -f UTF-8 ./tr_TR.UTF-8";
	static const char expected[] = "copy 2: H5Fopen b\n"
				       "extension_2.so: 2500\n"
				       "locks: 1\n";

	NEEDS(make, "no localedef, or no Turkish locale to make");
	setting("LOCPATH", ".");
	setting("LC_ALL", "tr_TR.UTF-8");
	setting("FAKE_DRIVER", "stdio");
	setting("LOCKEDH5_DRIVER", "replace");
	make_files();
	outputs(HOST("open", EXTENSION_2, "b", "locks", "-"), expected);
}
END_TEST

int main(void)
{
	TCase *tests = group("copies");

	tcase_add_test(tests, each_call_reaches_its_copy);
	tcase_add_test(tests, ids_of_32_bits);
	tcase_add_test(tests, ids_of_32_bits_in_every_argument);
	tcase_add_loop_test(tests, kind_that_never_locks_waits_and_is_waited_for, 0, 2);
	tcase_add_loop_test(tests, kind_that_never_locks_gives_up, 0, 2);
	tcase_add_test(tests, kind_without_anything_but_files);
	tcase_add_loop_test(tests, forwarder_that_only_an_extension_sees, 0, 2);
	tcase_add_test(tests, jump_into_the_only_copy);
	tcase_add_test(tests, jumps_into_two_copies_never_reach_the_wrong_one);
	tcase_add_test(tests, call_and_jump_into_two_copies);
	tcase_add_test(tests, copy_that_is_unloaded_is_forgotten);
	tcase_add_test(tests, no_copy_is_an_error_that_is_not_remembered);
	tcase_add_test(tests, one_file_in_two_copies);
	tcase_add_test(tests, drivers_have_their_names_in_every_locale);
	return group_run();
}
