/* Files that HDF5 opens by itself: the targets of external links and the sources of virtual
 * datasets get the lock, the waiting and the error of all others. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const locking[] = { NULL, "FALSE" };
enum { LOCKINGS = 2 };

#define HAS_VIRTUAL(actor) (strncmp(actor_ask(actor, "virtual p probe 1 x.h5"), "error no", 8) != 0)

/* parent.h5 with the link "x" to "data" in target.h5 (1, 2, 3...), and with "v" and "twice", which
 * are virtual datasets of it.  Made without the library. */
static void make_files(void)
{
	bool before = preload(false);
	struct actor *maker = actor_new();

	h5_file("target.h5", 1);
	h5_file("second.h5", 1 + NUMBERS);
	actor_ok(maker, "create p parent.h5 trunc");
	actor_ok(maker, "link p x target.h5 data");
	actor_ok(maker, "link p missing nowhere.h5 data");
	actor_ok(maker, "link p self parent.h5 own");
	actor_ok(maker, "write p own 100 5");
	actor_ask(maker, "virtual p v %d target.h5", NUMBERS);
	actor_ask(maker, "virtual p twice %d target.h5 second.h5", NUMBERS);
	actor_ask(maker, "virtual p nothing 10 nowhere.h5");
	actor_ok(maker, "close p");
	ck_assert_int_eq(actor_end(maker), 0);
	preload(before);
}

/* An actor with parent.h5 open. */
static struct actor *with_parent(const char *mode)
{
	struct actor *a = actor_new();

	actor_ok(a, "open p parent.h5 %s", mode);
	return a;
}

static void begin(int test)
{
	setting("HDF5_USE_FILE_LOCKING", locking[test % LOCKINGS]);
	make_files();
}

/* --- external links ------------------------------------------------------------ */

static const struct {
	const char *parent, *open;
	int shared, exclusive;
} modes[] = {
	{ "r", "dataset-open p x", 1, 0 },    { "rw", "dataset-open p x", 0, 1 },
	{ "rw", "link-open p x r", 1, 0 },    { "r", "link-open p x rw", 0, 1 },
	{ "rw", "link-open p x sec2", 0, 1 },
};
enum { MODES = 5 };

START_TEST(a_target_is_locked_as_long_as_it_is_open)
{
	struct actor *a;

	begin(_i);
	a = with_parent(modes[_i / LOCKINGS].parent);
	locks_are("target.h5", 0, 0);
	actor_ok(a, "%s", modes[_i / LOCKINGS].open);
	locks_are("target.h5", modes[_i / LOCKINGS].shared, modes[_i / LOCKINGS].exclusive);
	actor_ok(a, "dataset-check p %d 1", NUMBERS);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
	actor_ok(a, "check p self 100 5");
	actor_ok(a, "close p");
	locks_are("parent.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* What can be read through the parent. */
static const char *const datasets[] = { "x", "v" };
enum { DATASETS = 2 };

#define NEEDS_VIRTUAL(actor, test)                                 \
	do {                                                       \
		if ((test) / LOCKINGS == 1 && !HAS_VIRTUAL(actor)) \
			return;                                    \
	} while (0)

START_TEST(who_reads_waits_and_gets_what_was_written)
{
	const char *name = datasets[_i / LOCKINGS];
	struct actor *holder, *reader;

	begin(_i);
	holder = actor_new();
	NEEDS_VIRTUAL(holder, _i);
	reader = with_parent("r");
	actor_ok(holder, "open t target.h5 rw");
	actor_tell(reader, "check p %s %d 700", name, NUMBERS);
	locks_waiting("target.h5", 1);
	actor_ok(holder, "write t data %d 700", NUMBERS);
	ck_assert_ptr_eq(actor_answer_within(reader, 0), NULL);
	actor_ok(holder, "close t");
	actor_answer_ok(reader);
	actor_ok(reader, "close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(who_writes_through_a_link_waits)
{
	struct actor *holder, *writer;

	begin(_i);
	holder = actor_new();
	writer = with_parent("rw");
	actor_ok(holder, "open t target.h5 r");
	actor_tell(writer, "write p x %d 70", NUMBERS);
	locks_waiting("target.h5", 1);
	actor_ok(holder, "check t data %d 1", NUMBERS);
	actor_ok(holder, "close t");
	actor_answer_ok(writer);
	actor_ok(writer, "close p");
	h5_file_is("target.h5", 70);
}
END_TEST

/* HDF5 looks at several paths, which often lead to one file. */
START_TEST(who_gives_up_has_waited_once_and_is_told_why)
{
	const char *name = datasets[_i / LOCKINGS];
	struct actor *holder, *reader;
	double start;

	begin(_i);
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "3");
	holder = actor_new();
	NEEDS_VIRTUAL(holder, _i);
	reader = with_parent("r");
	actor_ok(holder, "open t target.h5 rw");
	for (int i = 0; i < 2; i++) {
		start = seconds_now();
		gave_up(actor_ask(reader, "check p %s %d 1", name, NUMBERS), "target.h5");
		ck_assert_double_ge(seconds_now() - start, 2.9);
		ck_assert_double_le(seconds_now() - start, 5.9);
		ck_assert_int_eq(waiters_on("target.h5"), 0);
		locks_are("target.h5", 0, 1);
	}
	/* Neither HDF5 nor the library remembers it. */
	actor_ok(holder, "close t");
	actor_ok(reader, "check p %s %d 1", name, NUMBERS);
	actor_ok(reader, "check p own 100 5");
	actor_ok(reader, "close p");
	ck_assert_int_eq(actor_end(reader), 0);
}
END_TEST

/* The next call's error is its own. */
START_TEST(an_old_refusal_does_not_explain_a_new_error)
{
	struct actor *holder, *reader;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	reader = with_parent("r");
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	ck_assert_ptr_eq(strstr(actor_error(reader, "check p missing 1 1"), "target.h5"), NULL);
	ck_assert_ptr_eq(strstr(actor_error(reader, "check p none 1 1"), "target.h5"), NULL);
	gave_up(actor_ask(reader, "exists p x"), "target.h5");
	ck_assert_ptr_nonnull(strstr(actor_error(reader, "check p missing 1 1"), "nowhere.h5"));
	actor_ok(reader, "printing on");
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	actor_ok(reader, "printing off");
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

/* First beside the link's path, where it is held, and last beside the file that this leads to. */
START_TEST(errno_says_it_even_if_hdf5_then_looks_where_nothing_is)
{
	struct actor *holder, *reader;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	ck_assert_int_eq(mkdir("elsewhere", 0777), 0);
	ck_assert_int_eq(rename("parent.h5", "elsewhere/parent.h5"), 0);
	ck_assert_int_eq(symlink("elsewhere/parent.h5", "parent.h5"), 0);
	holder = actor_new();
	reader = with_parent("r");
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(reader, "check p x %d 1", NUMBERS), "target.h5");
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

START_TEST(what_is_behind_a_refused_link_is_not_missing)
{
	struct actor *holder, *a;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	a = with_parent("r");
	ck_assert_str_eq(actor_ok(a, "exists p x"), "1");
	ck_assert_str_eq(actor_ok(a, "exists p missing"), "0");
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(a, "exists p x"), "target.h5");
	actor_ok(a, "create n new.h5 trunc");
	gave_up(actor_ask(a, "copy p / n all"), "target.h5");
	actor_ok(holder, "close t");
	ck_assert_str_eq(actor_ok(a, "exists p x"), "1");
	actor_ok(a, "copy p / n again");
	actor_ok(a, "close n");
	actor_ok(holder, "open t target.h5 rw");
	actor_ok(a, "open n new.h5 r");
	actor_ok(a, "check n again/x %d 1", NUMBERS);
}
END_TEST

START_TEST(no_such_file_is_no_reason_to_wait)
{
	struct actor *a;
	double start;

	begin(_i);
	a = with_parent("r");
	start = seconds_now();
	ck_assert_ptr_nonnull(strstr(actor_error(a, "check p missing 1 1"), "nowhere.h5"));
	if (HAS_VIRTUAL(a)) {
		/* Fill values, as HDF5 has it. */
		ck_assert_ptr_nonnull(
			strstr(actor_error(a, "check p nothing 10 1"), "number 0 is -1"));
	}
	ck_assert_double_le(seconds_now() - start, 20);
}
END_TEST

static const char *const stops[] = { "plain", "restart" };

START_TEST(a_signal_ends_the_wait)
{
	struct actor *holder, *reader;

	begin(_i);
	holder = actor_new();
	reader = with_parent("r");
	actor_ok(reader, "handle 2 %s", stops[_i / LOCKINGS]);
	actor_ok(holder, "open t target.h5 rw");
	actor_tell(reader, "check p x %d 1", NUMBERS);
	locks_waiting("target.h5", 1);
	actor_kill(reader, 2);
	ck_assert_ptr_nonnull(strstr(actor_answer_error(reader), "interrupted by a signal"));
	ck_assert_str_eq(actor_ok(reader, "handled 2"), "1");
	ck_assert_int_eq(waiters_on("target.h5"), 0);
	actor_ok(holder, "close t");
	actor_ok(reader, "check p x %d 1", NUMBERS);
}
END_TEST

/* --- the same process ------------------------------------------------------------ */

START_TEST(a_process_never_waits_for_itself)
{
	const char *mode = _i / LOCKINGS ? "rw" : "r";
	int shared = !(_i / LOCKINGS), exclusive = !shared;
	struct actor *a;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	a = with_parent(mode);
	actor_ok(a, "open t target.h5 %s", mode);
	actor_ok(a, "dataset-open p x");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "dataset-check p %d 1", NUMBERS);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "dataset-open p x");
	actor_ok(a, "close t");
	locks_are("target.h5", shared, exclusive);
	actor_ok(a, "open t target.h5 %s", mode);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", shared, exclusive);
	if (HAS_VIRTUAL(a))
		actor_ok(a, "check p v %d 1", NUMBERS);
	actor_ok(a, "close t");
	actor_ok(a, "close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(a_forked_child_does_not_trust_what_its_parent_has)
{
	struct actor *a;

	begin(_i);
	a = with_parent("r");
	actor_ok(a, "open t target.h5 rw");
	actor_ok(a, "fork live");
	ck_assert_ptr_nonnull(strstr(actor_error(a, "child check p x %d 1", NUMBERS), "forked"));
	actor_ok(a, "child-end");
	actor_ok(a, "check p x %d 1", NUMBERS);
	locks_are("target.h5", 0, 1);
}
END_TEST

/* One thread waits in HDF5, the other before it. */
START_TEST(two_threads_that_wait_both_get_it)
{
	const char *mode = _i / LOCKINGS % 2 ? "rw" : "r";
	bool link_first = _i / LOCKINGS / 2;
	struct actor *holder, *a;

	begin(_i);
	for (int i = 0; i < 10; i++) {
		holder = actor_new();
		a = with_parent(mode);
		actor_ok(holder, "open t target.h5 rw");
		if (link_first)
			actor_ok(a, "background-check p x %d 1", NUMBERS);
		else
			actor_ok(a, "background-open t target.h5 %s", mode);
		locks_waiting("target.h5", 1);
		if (link_first)
			actor_tell(a, "open t target.h5 %s", mode);
		else
			actor_tell(a, "check p x %d 1", NUMBERS);
		if (i % 2)
			usleep(20000);
		actor_ok(holder, "close t");
		actor_answer_ok(a);
		actor_ok(a, link_first ? "background-result" : "background-join");
		actor_ok(a, "close t");
		actor_ok(a, "close p");
		locks_are("target.h5", 0, 0);
		ck_assert_int_eq(actor_end(a), 0);
		ck_assert_int_eq(actor_end(holder), 0);
	}
}
END_TEST

/* --- virtual datasets -------------------------------------------------------------- */

START_TEST(a_read_without_its_source_fails)
{
	static const char *const checks[] = { "check p twice %d 1", "dataset-check p %d 1" };
	const char *held = _i / LOCKINGS % 2 ? "second.h5" : "target.h5";
	const char *check = checks[_i / LOCKINGS / 2];
	struct actor *holder, *reader;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	if (!HAS_VIRTUAL(holder))
		return;
	reader = with_parent("r");
	actor_ok(reader, "dataset-open p twice");
	actor_ok(holder, "open t %s rw", held);
	for (int i = 0; i < 3; i++)
		gave_up(actor_ask(reader, check, 2 * NUMBERS), held);
	actor_ok(holder, "close t");
	actor_ok(reader, check, 2 * NUMBERS);
	actor_ok(reader, "dataset-close p");
	actor_ok(reader, "close p");
	locks_are(held, 0, 0);
}
END_TEST

/* HDF5 keeps a source open as long as the virtual dataset. */
START_TEST(a_source_is_locked_while_its_dataset_is_open)
{
	struct actor *reader;

	begin(_i);
	reader = with_parent("r");
	if (!HAS_VIRTUAL(reader))
		return;
	actor_ok(reader, "dataset-open p v");
	actor_ok(reader, "dataset-check p %d 1", NUMBERS);
	locks_are("target.h5", 1, 0);
	actor_ok(reader, "dataset-close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

START_TEST(a_write_without_its_source_fails)
{
	struct actor *holder, *writer;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	if (!HAS_VIRTUAL(holder))
		return;
	writer = with_parent("rw");
	actor_ok(holder, "open t second.h5 r");
	gave_up(actor_ask(writer, "write p twice %d 9", 2 * NUMBERS), "second.h5");
	actor_ok(holder, "check t data %d %d", NUMBERS, 1 + NUMBERS);
	actor_ok(holder, "close t");
	ck_assert_int_eq(actor_end(writer), 0);
	h5_file_is("target.h5", 1);
	h5_file_is("second.h5", 1 + NUMBERS);
	writer = with_parent("rw");
	actor_ok(writer, "write p twice %d 9", 2 * NUMBERS);
	actor_ok(writer, "close p");
	h5_file_is("target.h5", 9);
	h5_file_is("second.h5", 9 + NUMBERS);
}
END_TEST

START_TEST(the_size_without_its_source_is_not_zero)
{
	struct actor *holder, *reader;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	holder = actor_new();
	if (!HAS_VIRTUAL(holder))
		return;
	actor_ok(holder, "create g growing.h5 trunc");
	actor_ok(holder, "growing g data 500 1");
	actor_ok(holder, "close g");
	actor_ok(holder, "open p parent.h5 rw");
	actor_ok(holder, "virtual-growing p g growing.h5");
	actor_ok(holder, "close p");
	reader = with_parent("r");
	actor_ok(holder, "open g growing.h5 rw");
	gave_up(actor_ask(reader, "extent p g"), "growing.h5");
	gave_up(actor_ask(reader, "check p g 500 1"), "growing.h5");
	actor_ok(holder, "close g");
	ck_assert_str_eq(actor_ok(reader, "extent p g"), "500");
	actor_ok(reader, "check p g 500 1");
}
END_TEST

/* --- what takes no lock --------------------------------------------------------------- */

/* Somebody who is not HDF5 has the file, exclusively. */
static int hold(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	return fd;
}

START_TEST(raw_data_files_take_no_lock)
{
	struct actor *a;
	int fd;

	begin(_i);
	a = actor_new();
	actor_ok(a, "open p parent.h5 rw");
	actor_ok(a, "check p x %d 1", NUMBERS);
	actor_ok(a, "raw p raw data.raw 100 1");
	fd = hold("data.raw");
	actor_ok(a, "dataset-open p raw");
	actor_ok(a, "dataset-check p 100 1");
	actor_ok(a, "write p raw 100 5");
	actor_ok(a, "dataset-check p 100 5");
	locks_are("data.raw", 0, 1);
	actor_ok(a, "close p");
	close(fd);
}
END_TEST

START_TEST(a_probe_takes_no_lock_and_does_not_wait)
{
	struct actor *a;
	int fd;

	begin(_i);
	a = with_parent("r");
	actor_ok(a, "check p x %d 1", NUMBERS);
	fd = hold("target.h5");
	for (int i = 0; i < 3; i++) {
		const char *answer;

		ck_assert_str_eq(actor_ok(a, "is-hdf5 target.h5"), "1");
		answer = actor_ask(a, "is-accessible target.h5");
		ck_assert_msg(!strcmp(answer, "ok 1") || strstr(answer, "no H5Fis_accessible"),
			      "%s", answer);
	}
	locks_are("target.h5", 0, 1);
	close(fd);
	/* Nor does it end the lock of who has the file. */
	actor_ok(a, "open t target.h5 rw");
	ck_assert_str_eq(actor_ok(a, "is-hdf5 target.h5"), "1");
	locks_are("target.h5", 0, 1);
	actor_ok(a, "close t");
	locks_are("target.h5", 0, 0);
}
END_TEST

/* --- other ways to sec2's open() ----------------------------------------------------------- */

START_TEST(past_our_functions_a_file_is_locked_all_the_same)
{
	struct actor *a, *b;

	begin(_i);
	a = with_parent("r");
	b = actor_new();
	actor_ok(a, "direct-open t target.h5 rw");
	locks_are("target.h5", 0, 1);
	actor_ok(a, "direct-create n new.h5");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "write n data %d 3", NUMBERS);
	actor_tell(b, "open n new.h5 r");
	locks_waiting("new.h5", 1);
	actor_ok(a, "close n");
	actor_answer_ok(b);
	actor_ok(b, "check n data %d 3", NUMBERS);
	/* Nothing is truncated before its lock is there. */
	setting("LOCKEDH5_COUNT", "1");
	a = with_parent("r");
	actor_error(a, "direct-create n new.h5");
	actor_ok(b, "check n data %d 3", NUMBERS);
	actor_ok(b, "close n");
	actor_ok(a, "direct-create n new.h5");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "close n");
	locks_are("new.h5", 0, 0);
}
END_TEST

/* The parent's driver says nothing about sec2's open(), and the link asks for sec2. */
static const struct {
	const char *driver, *policy;
} others[] = { { "core0", NULL }, { "core", "pass" }, { "stdio", "pass" }, { "log", "pass" } };
enum { OTHERS = 4 };

START_TEST(behind_another_driver_sec2_is_locked)
{
	struct actor *holder, *a;

	begin(_i);
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_DRIVER", others[_i / LOCKINGS].policy);
	holder = actor_new();
	a = actor_new();
	actor_ok(a, "driver %s", others[_i / LOCKINGS].driver);
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "link-open p x sec2");
	locks_are("target.h5", 1, 0);
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
	actor_ok(holder, "open t target.h5 rw");
	gave_up(actor_ask(a, "link-open p x sec2"), "target.h5");
}
END_TEST

START_TEST(the_parts_of_a_file_that_may_pass_are_not_locked)
{
	struct actor *a;

	begin(_i);
	setting("LOCKEDH5_DRIVER", "pass");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	a = actor_new();
	actor_ok(a, "driver family");
	actor_ok(a, "create f part%%d.h5 trunc");
	actor_ok(a, "write f first 100 1");
	locks_are("part0.h5", 0, 0);
	/* It needs more members: one has a megabyte. */
	actor_ok(a, "write f second 600000 1");
	locks_are("part0.h5", 0, 0);
	locks_are("part1.h5", 0, 0);
	locks_are("part2.h5", 0, 0);
	actor_ok(a, "close f");
	/* But not everything is now. */
	actor_ok(a, "driver default");
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "dataset-open p x");
	locks_are("target.h5", 1, 0);
}
END_TEST

START_TEST(a_swmr_writer_through_a_link_shares)
{
	struct actor *a, *reader;

	setting("HDF5_USE_FILE_LOCKING", NULL);
	a = actor_new();
	if (!HAS_VIRTUAL(a)) /* as old as SWMR */
		return;
	actor_ok(a, "libver latest");
	actor_ok(a, "create t target.h5 trunc");
	actor_ok(a, "write t data 100 1");
	actor_ok(a, "close t");
	actor_ok(a, "create p parent.h5 trunc");
	actor_ok(a, "link p x target.h5 data");
	actor_ok(a, "close p");
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "link-open p x rw-swmr");
	locks_are("target.h5", 1, 0);
	reader = actor_new();
	actor_ok(reader, "open t target.h5 r swmr");
	actor_ok(reader, "check t data 100 1");
	locks_are("target.h5", 2, 0);
	actor_ok(reader, "close t");
	actor_ok(a, "dataset-close p");
	locks_are("target.h5", 0, 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inner");

	tcase_add_loop_test(tests, a_target_is_locked_as_long_as_it_is_open, 0, MODES * LOCKINGS);
	tcase_add_loop_test(tests, who_reads_waits_and_gets_what_was_written, 0,
			    DATASETS * LOCKINGS);
	tcase_add_loop_test(tests, who_writes_through_a_link_waits, 0, LOCKINGS);
	tcase_add_loop_test(tests, who_gives_up_has_waited_once_and_is_told_why, 0,
			    DATASETS * LOCKINGS);
	tcase_add_loop_test(tests, an_old_refusal_does_not_explain_a_new_error, 0, LOCKINGS);
	tcase_add_loop_test(tests, errno_says_it_even_if_hdf5_then_looks_where_nothing_is, 0,
			    LOCKINGS);
	tcase_add_loop_test(tests, what_is_behind_a_refused_link_is_not_missing, 0, LOCKINGS);
	tcase_add_loop_test(tests, no_such_file_is_no_reason_to_wait, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_signal_ends_the_wait, 0, 2 * LOCKINGS);
	tcase_add_loop_test(tests, a_process_never_waits_for_itself, 0, 2 * LOCKINGS);
	tcase_add_loop_test(tests, a_forked_child_does_not_trust_what_its_parent_has, 0, LOCKINGS);
	tcase_add_loop_test(tests, two_threads_that_wait_both_get_it, 0, 4 * LOCKINGS);
	tcase_add_loop_test(tests, a_read_without_its_source_fails, 0, 4 * LOCKINGS);
	tcase_add_loop_test(tests, a_source_is_locked_while_its_dataset_is_open, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_write_without_its_source_fails, 0, LOCKINGS);
	tcase_add_loop_test(tests, the_size_without_its_source_is_not_zero, 0, LOCKINGS);
	tcase_add_loop_test(tests, raw_data_files_take_no_lock, 0, LOCKINGS);
	tcase_add_loop_test(tests, a_probe_takes_no_lock_and_does_not_wait, 0, LOCKINGS);
	tcase_add_loop_test(tests, past_our_functions_a_file_is_locked_all_the_same, 0, LOCKINGS);
	tcase_add_loop_test(tests, behind_another_driver_sec2_is_locked, 0, OTHERS * LOCKINGS);
	tcase_add_loop_test(tests, the_parts_of_a_file_that_may_pass_are_not_locked, 0, LOCKINGS);
	tcase_add_test(tests, a_swmr_writer_through_a_link_shares);
	return group_run();
}
