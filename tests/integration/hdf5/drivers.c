/* SPDX-License-Identifier: BSD-3-Clause */
/* sec2 or nothing: what LOCKEDH5_DRIVER makes of HDF5's other drivers.  HDF5's own locks are
 * switched off here, so that every lock seen is the library's. */
#include "programs.h"
#include "support.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* An actor that uses the driver without the library. */
static struct actor *stranger_with(const char *driver)
{
	struct actor *actor = actor_without_library();

	actor_ok(actor, "driver %s", driver);
	return actor;
}

/* A file that was made without the library, and a copy of it. */
static void make(const char *driver, const char *name)
{
	struct actor *actor = stranger_with(driver);

	actor_ok(actor, "create f %s trunc", name);
	actor_ok(actor, "write f x 100 1");
	actor_ok(actor, "close f");
	ck_assert_int_eq(actor_end(actor), 0);
	if (!strchr(name, '%') && file_exists(name))
		ck_assert_int_eq(RUN("cp", name, "copy.h5").status, 0);
}

/* An actor that uses the driver under the policy. */
static struct actor *actor_with(const char *policy, const char *driver)
{
	struct actor *actor;

	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setting("LOCKEDH5_DRIVER", policy);
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_LOG", "log");
	actor = actor_new();
	actor_ok(actor, "driver %s", driver);
	return actor;
}

/* --- sec2 ------------------------------------------------------------------ */

static const struct {
	const char *policy, *driver;
} plain[] = {
	{ NULL, "default" },	  { NULL, "list" },	 { NULL, "sec2" },
	{ "refuse", "default" },  { "refuse", "list" },	 { "refuse", "sec2" },
	{ "replace", "default" }, { "replace", "list" }, { "replace", "sec2" },
	{ "pass", "default" },	  { "pass", "list" },	 { "pass", "sec2" },
};

static void opens_and_locks(struct actor *actor, const char *name)
{
	actor_ok(actor, "open f %s r", name);
	locks_are(name, 1, 0);
	actor_ok(actor, "check f x 100 1");
	actor_ok(actor, "close f");
	actor_ok(actor, "open f %s rw", name);
	locks_are(name, 0, 1);
	actor_ok(actor, "write f y 10 5");
	actor_ok(actor, "close f");
	actor_ok(actor, "create f new.h5 excl");
	locks_are("new.h5", 0, 1);
	actor_ok(actor, "close f");
	actor_ok(actor, "create f new.h5 trunc");
	locks_are("new.h5", 0, 1);
	actor_ok(actor, "write f x 100 1");
	actor_ok(actor, "close f");
	locks_are(name, 0, 0);
	locks_are("new.h5", 0, 0);
}

START_TEST(sec2_is_locked_whatever_the_policy)
{
	struct actor *actor;

	make("sec2", "data.h5");
	actor = actor_with(plain[_i].policy, plain[_i].driver);
	opens_and_locks(actor, "data.h5");
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(times_in_file("log", "\n"), 0);
}
END_TEST

/* --- refuse ----------------------------------------------------------------- */

static const struct {
	const char *policy, *driver, *file;
} refused[] = {
	{ NULL, "stdio", "data.h5" },	      { "refuse", "stdio", "data.h5" },
	{ "refuse", "log", "data.h5" },	      { "refuse", "split", "data" },
	{ "refuse", "family", "data%d.h5" },  { "replace", "split", "data" },
	{ "replace", "family", "data%d.h5" },
};

START_TEST(another_driver_is_refused)
{
	const char *driver = refused[_i].driver, *file = refused[_i].file;
	char commands[4][64];
	struct actor *actor;

	make(driver, file);
	snprintf(commands[0], sizeof(commands[0]), "open f %s r", file);
	snprintf(commands[1], sizeof(commands[1]), "open f %s rw", file);
	snprintf(commands[2], sizeof(commands[2]), "create f %s trunc", file);
	snprintf(commands[3], sizeof(commands[3]), "create f new-%s excl", file);
	actor = actor_with(refused[_i].policy, driver);
	for (int i = 0; i < 4; i++) {
		const char *answer = actor_error(actor, "%s", commands[i]);

		has(answer, driver);
		has(answer, "LOCKEDH5_DRIVER=pass");
		/* It is no advice where it has been followed. */
		ck_assert_int_eq(strstr(answer, "LOCKEDH5_DRIVER=replace") != NULL,
				 !refused[_i].policy || strcmp(refused[_i].policy, "replace") != 0);
	}
	if (file_exists("copy.h5"))
		ck_assert_int_eq(RUN("cmp", file, "copy.h5").status, 0);
	ck_assert_int_ne(RUN("sh", "-c", "ls new-*").status, 0);
	/* Tools don't show HDF5's errors: it is said, but not each time. */
	ck_assert_int_eq(times_in_file("log", "\n"), 1);
	/* Nothing was opened, so the same actor goes on with sec2. */
	actor_ok(actor, "driver default");
	actor_ok(actor, "create f other.h5 trunc");
	locks_are("other.h5", 0, 1);
	ck_assert_int_eq(actor_end(actor), 0);
	/* What was there is still whole. */
	actor = stranger_with(driver);
	actor_ok(actor, "open f %s r", file);
	actor_ok(actor, "check f x 100 1");
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* A second HDF5 driver by way of the environment, from HDF5 1.14 on. */
START_TEST(default_driver_of_the_environment_is_refused)
{
	struct actor *actor;
	const char *answer;

	NEEDS("h5dump --version | grep -Eq ' (1[.]1[4-9]|[2-9])[.]'",
	      "HDF5_DRIVER came with HDF5 1.14");
	make("sec2", "data.h5");
	setting("HDF5_DRIVER", "stdio");
	actor = actor_with("refuse", "default");
	answer = actor_error(actor, "open f data.h5 rw");
	has(answer, "stdio");
	has(answer, "LOCKEDH5_DRIVER");
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* --- core without a backing store --------------------------------------------- */

static const char *const policies[] = { "refuse", "replace", "pass" };

START_TEST(core_in_memory_reads_under_a_lock)
{
	struct actor *actor, *holder;

	make("sec2", "data.h5");
	actor = actor_with(policies[_i], "core0");
	actor_ok(actor, "open f data.h5 r");
	locks_are("data.h5", 0, 0);
	actor_ok(actor, "check f x 100 1");
	actor_ok(actor, "close f");

	/* What it writes stays in memory. */
	actor_ok(actor, "open f data.h5 rw");
	locks_are("data.h5", 0, 0);
	actor_ok(actor, "write f x 100 1000");
	actor_ok(actor, "close f");
	actor_ok(actor, "create f new.h5 trunc");
	actor_ok(actor, "write f x 100 1000");
	actor_ok(actor, "close f");
	ck_assert(!file_exists("new.h5"));
	ck_assert_int_eq(RUN("cmp", "data.h5", "copy.h5").status, 0);

	/* Others that read don't disturb it, one that writes does. */
	holder = actor_with(policies[_i], "default");
	actor_ok(holder, "open f data.h5 r");
	actor_ok(actor, "open f data.h5 r");
	actor_ok(actor, "close f");
	actor_ok(holder, "close f");
	actor_ok(holder, "open f data.h5 rw");
	has(actor_error(actor, "open f data.h5 r"), "errno = 11");
	ck_assert_int_eq(actor_end(holder), 0);
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(times_in_file("log", "\n"), 0);
}
END_TEST

START_TEST(core_in_memory_waits_for_a_writer)
{
	struct actor *actor, *holder;

	make("sec2", "data.h5");
	holder = actor_with(NULL, "default");
	setting("LOCKEDH5_COUNT", NULL);
	actor = actor_new();
	actor_ok(actor, "driver core0");
	actor_ok(holder, "open f data.h5 rw");
	actor_tell(actor, "open f data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(holder, "write f x 100 500");
	actor_ok(holder, "close f");
	actor_answer_ok(actor);
	actor_ok(actor, "check f x 100 500");
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

/* --- core with a backing store: it keeps the descriptor that it was given ----------- */

START_TEST(core_is_locked_whatever_the_policy)
{
	struct actor *actor, *other;

	make("core", "data.h5");
	actor = actor_with(policies[_i], "core");
	opens_and_locks(actor, "data.h5");
	/* And it is a lock as any other. */
	actor_ok(actor, "open f data.h5 rw");
	other = actor_with(policies[_i], "default");
	has(actor_error(other, "open f data.h5 r"), "errno = 11");
	actor_ok(actor, "close f");
	actor_ok(other, "open f data.h5 r");
	has(actor_error(actor, "open f data.h5 rw"), "errno = 11");
	ck_assert_int_eq(actor_end(other), 0);
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* It reads the whole file when it opens it, and writes it whole when it closes it. */
START_TEST(nobody_changes_the_file_between_cores_look_and_its_end)
{
	struct actor *core, *other;

	make("sec2", "data.h5");
	core = actor_with(NULL, "core");
	setting("LOCKEDH5_COUNT", NULL);
	other = actor_new();
	actor_ok(core, "open f data.h5 rw");
	actor_ok(core, "write f core 100 7");
	actor_tell(other, "open f data.h5 rw");
	locks_waiting("data.h5", 1);
	actor_ok(core, "close f");
	actor_answer_ok(other);
	actor_ok(other, "check f core 100 7");
	actor_ok(other, "write f other 100 8");
	actor_ok(other, "close f");
	actor_ok(core, "open f data.h5 r");
	actor_ok(core, "check f other 100 8");
	actor_ok(core, "check f x 100 1");
	ck_assert_int_eq(actor_end(core), 0);
	ck_assert_int_eq(actor_end(other), 0);
}
END_TEST

START_TEST(core_waits_before_it_truncates)
{
	struct actor *core, *reader;

	make("sec2", "data.h5");
	reader = actor_with(NULL, "default");
	setting("LOCKEDH5_COUNT", NULL);
	core = actor_new();
	actor_ok(core, "driver core");
	actor_ok(reader, "open f data.h5 r");
	actor_tell(core, "create f data.h5 trunc");
	locks_waiting("data.h5", 1);
	actor_ok(reader, "check f x 100 1");
	actor_ok(reader, "close f");
	actor_answer_ok(core);
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(core), 0);
	ck_assert_int_eq(actor_end(reader), 0);
}
END_TEST

/* HDF5 has it open twice then, and each goes by what it read. */
START_TEST(core_shares_nothing_with_sec2_in_one_process)
{
	static const char *const first[] = { "core", "sec2" }, *const second[] = { "sec2", "core" };
	struct actor *actor;

	make("sec2", "data.h5");
	actor = actor_with(NULL, first[_i]);
	actor_ok(actor, "open f data.h5 rw");
	actor_ok(actor, "driver %s", second[_i]);
	has(actor_error(actor, "open g data.h5 rw"), "another file driver");
	has(actor_error(actor, "open g data.h5 r"), "another file driver");
	locks_are("data.h5", 0, 1);
	actor_ok(actor, "close f");
	locks_are("data.h5", 0, 0);
	/* Readers don't mind. */
	actor_ok(actor, "open f data.h5 r");
	actor_ok(actor, "driver %s", first[_i]);
	actor_ok(actor, "open g data.h5 r");
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

static const char *const cores[] = { "core", "core0" };

/* HDF5 opens what the link leads to by the same driver. */
START_TEST(what_is_behind_cores_link_is_locked)
{
	struct actor *actor, *holder;

	make("sec2", "target.h5");
	holder = actor_with(NULL, "default");
	actor_ok(holder, "create f parent.h5 trunc");
	actor_ok(holder, "link f y target.h5 x");
	actor_ok(holder, "close f");
	actor = actor_with(NULL, cores[_i]);
	actor_ok(actor, "open f parent.h5 r");
	actor_ok(actor, "dataset-open f y");
	locks_are("target.h5", 1, 0);
	actor_ok(actor, "dataset-close f");
	locks_are("target.h5", 0, 0);
	actor_ok(holder, "open f target.h5 rw");
	has(actor_error(actor, "dataset-open f y"), "errno = 11");
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

/* --- drivers that the program brings along ------------------------------------------ */

/* h5py's file objects, and what netCDF reads from a web server. */
static const char *const no_files[] = { "own:fileobj", "own:http" };

START_TEST(driver_without_a_file_passes_without_a_word)
{
	struct actor *actor = actor_with(NULL, no_files[_i]);

	actor_ok(actor, "create f data.h5 trunc");
	actor_ok(actor, "write f x 100 1");
	actor_ok(actor, "close f");
	actor_ok(actor, "open f data.h5 r");
	actor_ok(actor, "check f x 100 1");
	actor_ok(actor, "close f");
	ck_assert(!file_exists("data.h5"));
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(times_in_file("log", "\n"), 0);
}
END_TEST

START_TEST(any_other_driver_of_the_program_is_refused_by_its_name)
{
	struct actor *actor = actor_with(NULL, "own:mine");

	has(actor_error(actor, "create f data.h5 trunc"), "the file driver is mine");
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* --- programs that try one driver after the other ------------------------------------ */

/* They find out that it is no HDF5 file; that other drivers are refused is not the reason. */
START_TEST(a_tool_that_tries_all_drivers_says_nothing_of_drivers)
{
	struct outcome o;

	NEEDS("command -v h5dump", "no h5dump");
	file_write("data.h5", "this is no HDF5 file");
	o = RUN("h5dump", "data.h5");
	ck_assert_int_ne(o.status, 0);
	ck_assert_msg(!strstr(o.err, "LOCKEDH5_DRIVER"), "%s", o.err);
}
END_TEST

/* --- replace ------------------------------------------------------------------- */

static const char *const replaceable[] = { "stdio", "log" };

START_TEST(driver_with_the_same_bytes_is_replaced)
{
	struct actor *actor, *other;

	make(replaceable[_i], "data.h5");
	actor = actor_with("replace", replaceable[_i]);
	opens_and_locks(actor, "data.h5");

	/* And it is a lock as any other. */
	actor_ok(actor, "open f data.h5 rw");
	other = actor_with("replace", "default");
	has(actor_error(other, "open f data.h5 r"), "errno = 11");
	ck_assert_int_eq(actor_end(other), 0);
	ck_assert_int_eq(actor_end(actor), 0);

	actor = stranger_with(replaceable[_i]);
	actor_ok(actor, "open f data.h5 r");
	actor_ok(actor, "check f x 100 1");
	actor_ok(actor, "check f y 10 5");
	ck_assert_int_eq(actor_end(actor), 0);
}
END_TEST

/* --- pass ----------------------------------------------------------------------- */

static const struct {
	const char *driver, *file, *on_disk;
} passed[] = {
	{ "stdio", "data.h5", "data.h5" },
	{ "log", "data.h5", "data.h5" },
	{ "split", "data", "data.meta" },
	{ "family", "data%d.h5", "data0.h5" },
};

START_TEST(driver_that_may_pass_is_not_locked)
{
	const char *file = passed[_i].file, *on_disk = passed[_i].on_disk;
	struct actor *actor = actor_with("pass", passed[_i].driver);
	struct outcome o;

	actor_ok(actor, "create f %s trunc", file);
	locks_are(on_disk, 0, 0);
	actor_ok(actor, "write f x 100 1");
	actor_ok(actor, "close f");
	actor_ok(actor, "open f %s r", file);
	locks_are(on_disk, 0, 0);
	actor_ok(actor, "check f x 100 1");
	ck_assert_int_eq(actor_end(actor), 0);
	ck_assert_int_eq(times_in_file("log", "\n"), 1);
	o = RUN("cat", "log");
	has(o.out, passed[_i].driver);
	has(o.out, "LOCKEDH5_DRIVER");
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	TCase *tests = group("drivers");

	tcase_add_loop_test(tests, sec2_is_locked_whatever_the_policy, 0, N(plain));
	tcase_add_loop_test(tests, another_driver_is_refused, 0, N(refused));
	tcase_add_test(tests, default_driver_of_the_environment_is_refused);
	tcase_add_loop_test(tests, core_in_memory_reads_under_a_lock, 0, N(policies));
	tcase_add_test(tests, core_in_memory_waits_for_a_writer);
	tcase_add_loop_test(tests, core_is_locked_whatever_the_policy, 0, N(policies));
	tcase_add_test(tests, nobody_changes_the_file_between_cores_look_and_its_end);
	tcase_add_test(tests, core_waits_before_it_truncates);
	tcase_add_loop_test(tests, core_shares_nothing_with_sec2_in_one_process, 0, 2);
	tcase_add_loop_test(tests, what_is_behind_cores_link_is_locked, 0, N(cores));
	tcase_add_loop_test(tests, driver_without_a_file_passes_without_a_word, 0, N(no_files));
	tcase_add_test(tests, any_other_driver_of_the_program_is_refused_by_its_name);
	tcase_add_test(tests, a_tool_that_tries_all_drivers_says_nothing_of_drivers);
	tcase_add_loop_test(tests, driver_with_the_same_bytes_is_replaced, 0, N(replaceable));
	tcase_add_loop_test(tests, driver_that_may_pass_is_not_locked, 0, N(passed));
	return group_run();
}
