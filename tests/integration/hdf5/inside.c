/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 inside the executable (libhdf5.a): the files that it opens are locked, waited for and not
 * touched before, like any other's. */
#include "counter.h"
#include "programs.h"
#include "support.h"
#include "text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where HDF5's open() is found by its symbol, and where LOCKEDH5_FILES has to tell; loaded anywhere
 * (PIE), or not. */
static const struct {
	const char *counter, *actor, *files;
} kinds[] = {
	{ CLIENT("counter_static"), CLIENT("actor_static"), NULL },
	{ CLIENT("counter_fixed"), CLIENT("actor_static"), "*.h5" },
	{ CLIENT("counter_stripped"), CLIENT("actor_stripped"), "*.h5" },
	{ CLIENT("counter_fixed_stripped"), CLIENT("actor_stripped"), "!*.nc" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* The next actors are of that kind, and their HDF5 does not lock. */
static void use(int kind)
{
	setenv("LOCKEDH5_TEST_ACTOR", kinds[kind].actor, 1);
	setting("LOCKEDH5_FILES", kinds[kind].files);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
}

/* Makes data.h5, with numbers from 1, and gives an actor of that kind. */
static struct actor *actor_with_data(int kind)
{
	h5_file("data.h5", 1);
	use(kind);
	return actor_new();
}

/* The same, whose HDF5 uses this driver. */
static struct actor *actor_with_driver(int kind, const char *driver)
{
	struct actor *a = actor_with_data(kind);

	actor_ok(a, "driver %s", driver);
	return a;
}

static struct actor *dynamic_actor(void)
{
	unsetenv("LOCKEDH5_TEST_ACTOR");
	return actor_new();
}

/* Makes data.h5, with numbers from 1, and gives a dynamic actor that has it open in this mode as
 * "f"; the next ones are of that kind. */
static struct actor *dynamic_holder(int kind, const char *mode)
{
	struct actor *holder;

	h5_file("data.h5", 1);
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 %s", mode);
	use(kind);
	return holder;
}

static const char *const hdf5_locking[] = { "TRUE", "FALSE" };

START_TEST(eight_programs_lose_no_addition)
{
	const char *counter = kinds[_i / 2].counter;
	struct process *runs[8];

	NEEDS_STATIC();
	setting("LOCKEDH5_FILES", kinds[_i / 2].files);
	setting("HDF5_USE_FILE_LOCKING", hdf5_locking[_i % 2]);
	succeeds(RUN(counter, "sum.h5", "create"));
	for (int i = 0; i < 8; i++)
		runs[i] = START(counter, "sum.h5", "100");
	for (int i = 0; i < 8; i++)
		succeeds_silently(finish(runs[i]));
	ck_assert_int_eq(counter_number("sum.h5"), 800);
	locks_become("sum.h5", 0, 0);
}
END_TEST

START_TEST(static_and_dynamic_programs_at_once)
{
	const char *const counters[] = { CLIENT("counter_static"), CLIENT("counter"),
					 CLIENT("counter_stripped") };
	struct process *runs[6];

	NEEDS_STATIC();
	setting("LOCKEDH5_FILES", "*.h5");
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	counter_create("sum.h5");
	for (int i = 0; i < 6; i++)
		runs[i] = START(counters[i % 3], "sum.h5", "100");
	for (int i = 0; i < 6; i++)
		succeeds(finish(runs[i]));
	ck_assert_int_eq(counter_number("sum.h5"), 600);
}
END_TEST

START_TEST(the_lock_lasts_as_long_as_the_file_is_open)
{
	struct actor *a, *b;

	NEEDS_STATIC();
	a = actor_with_data(_i);
	b = actor_new();
	actor_ok(a, "open f data.h5 r");
	actor_ok(b, "open f data.h5 r");
	locks_are("data.h5", 2, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 1, 0);
	actor_ok(b, "close f");
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	/* HDF5 has it open: it shares, and nothing waits for itself. */
	actor_ok(a, "open g data.h5 rw");
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close g");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "create n new.h5 trunc");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
	locks_become("new.h5", 0, 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* HDF5 itself would empty it first and then fail. */
START_TEST(create_waits_before_it_truncates)
{
	struct actor *reader, *creator;

	NEEDS_STATIC();
	reader = dynamic_holder(_i, "r");
	creator = actor_new();
	actor_tell(creator, "create f data.h5 trunc");
	locks_waiting("data.h5", 1);
	actor_ok(reader, "check f data %d 1", NUMBERS);
	actor_ok(reader, "close f");
	actor_answer_ok(creator);
	locks_are("data.h5", 0, 1);
	ck_assert_int_le(file_size("data.h5"), 4096);
	actor_ok(creator, "write f data %d 9", NUMBERS);
	ck_assert_int_eq(actor_end(creator), 0);
	ck_assert_int_eq(actor_end(reader), 0);
	h5_file_is("data.h5", 9);
}
END_TEST

START_TEST(a_dynamic_program_waits_for_a_static_one)
{
	struct actor *writer, *reader;

	NEEDS_STATIC();
	writer = actor_with_data(_i);
	actor_ok(writer, "open f data.h5 rw");
	reader = dynamic_actor();
	actor_tell(reader, "open f data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(writer, "close f");
	actor_answer_ok(reader);
	ck_assert_int_eq(actor_end(writer), 0);
	ck_assert_int_eq(actor_end(reader), 0);
}
END_TEST

START_TEST(who_gives_up_says_why_and_leaves_the_file_alone)
{
	static const char *const jobs[] = { "show", "1", "create" };
	struct actor *holder;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "rw");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "0.1");
	for (int i = 0; i < 3; i++) {
		struct outcome o = RUN(kinds[_i].counter, "data.h5", jobs[i]);

		ck_assert_int_eq(o.status, 1);
		ck_assert_msg(strstr(o.err, "lockedh5: counter_") && strstr(o.err, "'data.h5'") &&
				      strstr(o.err, "is held by") &&
				      strstr(o.err, "raise LOCKEDH5_COUNT (now 2)"),
			      "%s", o.err);
		/* HDF5 puts it in its own words, too. */
		ck_assert_msg(strstr(o.err, "errno = 11"), "%s", o.err);
	}
	actor_ok(holder, "check f data %d 1", NUMBERS);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
	struct actor *holder;
	struct process *waiter;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "rw");
	waiter = START(kinds[_i].counter, "data.h5", "create");
	locks_waiting("data.h5", 1);
	kill(process_pid(waiter), SIGINT);
	ck_assert_int_eq(finish(waiter).status, 128 + SIGINT);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

/* HDF5 looks before, with an open() like any other, which waits. */
START_TEST(excl_leaves_alone_what_is_there)
{
	struct actor *holder, *a;

	NEEDS_STATIC();
	holder = dynamic_holder(_i, "r");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_error(a, "create f data.h5 excl");
	actor_ok(a, "create f new.h5 excl");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(what_lockedh5_files_does_not_name_is_left_alone)
{
	struct actor *a;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	use(_i);
	setting("LOCKEDH5_FILES", "*.nc");
	a = actor_new();
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* With symbols only HDF5's open() counts, without them every one that could be HDF5's. */
START_TEST(the_programs_own_files)
{
	bool stripped = strstr(kinds[_i].actor, "stripped");
	struct actor *a;
	int fd;

	NEEDS_STATIC();
	a = actor_with_data(_i);
	actor_ok(a, "raw-append data.h5");
	actor_ok(a, "raw-write data.h5");
	locks_are("data.h5", 0, 0);
	fd = atoi(actor_ok(a, "raw-open data.h5"));
	locks_are("data.h5", stripped, 0);
	actor_ok(a, "raw-close %d", fd);
	locks_are("data.h5", 0, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* Whoever reads, HDF5 or a stripped program itself: nobody writes under that lock. */
START_TEST(a_reader_of_its_own_is_no_cover_for_a_writer)
{
	bool stripped = strstr(kinds[_i].actor, "stripped");
	struct actor *a;
	int fd;

	NEEDS_STATIC();
	a = actor_with_data(_i);
	actor_ok(a, "open r data.h5 r");
	actor_error(a, "open w data.h5 rw");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close r");
	if (stripped) {
		fd = atoi(actor_ok(a, "raw-open data.h5"));
		actor_error(a, "open w data.h5 rw");
		actor_ok(a, "raw-close %d", fd);
	}
	actor_ok(a, "open w data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(a_bad_setting_lets_nothing_open)
{
	static const char *const names[] = { "LOCKEDH5_FILES", "LOCKEDH5_WAIT" };
	struct outcome o;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	use(_i % KINDS);
	setting(names[_i / KINDS], "[");
	o = RUN(kinds[_i % KINDS].counter, "data.h5", "show");
	ck_assert_int_eq(o.status, 1);
	ck_assert_msg(strstr(o.err, "='[' is not a valid setting"), "%s", o.err);
}
END_TEST

/* Nothing runs unlocked in silence. */
START_TEST(without_symbols_and_names_it_says_that_nothing_is_locked)
{
	struct outcome o;
	const char *said;

	NEEDS_STATIC();
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "create");
	ck_assert_int_eq(o.status, 0);
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "3");
	ck_assert_int_eq(o.status, 0);
	said = strstr(o.err, "LOCKEDH5_FILES");
	ck_assert_msg(said && strstr(o.err, "not locked"), "%s", o.err);
	ck_assert_msg(!strstr(said + 1, "LOCKEDH5_FILES"), "more than once: %s", o.err);
}
END_TEST

START_TEST(the_same_where_hdf5_does_not_lock)
{
	struct outcome o;

	NEEDS_STATIC();
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "create");
	ck_assert_int_eq(o.status, 0);
	o = RUN(CLIENT("counter_stripped"), "sum.h5", "3");
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(strstr(o.err, "LOCKEDH5_FILES"), "%s", o.err);
}
END_TEST

/* --- other drivers ---------------------------------------------------------------- */

static const char *const drivers[] = { "log", "stdio" };
enum { DRIVERS = 2 };

/* HDF5's tools try one driver after the other. */
START_TEST(a_refusal_is_for_whatever_driver_comes_next)
{
	struct actor *holder, *a;

	NEEDS_STATIC();
	holder = dynamic_holder(_i / DRIVERS, "rw");
	setting("LOCKEDH5_COUNT", "1");
	a = actor_new();
	actor_error(a, "open f data.h5 rw");
	actor_ok(a, "driver %s", drivers[_i % DRIVERS]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "create f data.h5 trunc");
	actor_error(a, "open f data.h5 r");
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(holder), 0);
	h5_file_is("data.h5", 1);
}
END_TEST

START_TEST(no_driver_opens_with_a_bad_setting)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_WAIT", "[");
	a = actor_with_driver(_i / DRIVERS, drivers[_i % DRIVERS]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "open f data.h5 r");
	actor_error(a, "create f new.h5 trunc");
	ck_assert(!file_exists("new.h5"));
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* With symbols: it can be told which driver it is. */
START_TEST(another_driver_is_refused)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_LOG", "log");
	a = actor_with_driver(0, drivers[_i]);
	actor_error(a, "open f data.h5 rw");
	actor_error(a, "open f data.h5 r");
	ck_assert_int_eq(actor_end(a), 0);
	has(file_text("log"), drivers[_i]);
	ck_assert_int_eq(times_in_file("log", "LOCKEDH5_DRIVER=replace"), 1);
	h5_file_is("data.h5", 1);
}
END_TEST

static void opens_locked(struct actor *a)
{
	actor_ok(a, "open f data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "write f data %d 9", NUMBERS);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	h5_file_is("data.h5", 9);
	actor_ok(a, "create f new.h5 trunc");
	locks_are("new.h5", 0, 1);
	actor_ok(a, "close f");
	locks_are("new.h5", 0, 0);
	actor_ok(a, "create f new.h5 trunc");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}

START_TEST(another_driver_is_locked_where_it_may_be_replaced)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_with_driver(_i / DRIVERS, drivers[_i % DRIVERS]);
	opens_locked(a);
}
END_TEST

START_TEST(core_is_locked)
{
	struct actor *a;

	NEEDS_STATIC();
	a = actor_with_driver(_i, "core");
	opens_locked(a);
}
END_TEST

START_TEST(another_driver_may_pass)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_LOG", "log");
	setting("LOCKEDH5_DRIVER", "pass");
	a = actor_with_driver(0, drivers[_i]);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "close f");
	ck_assert_int_eq(actor_end(a), 0);
	has(file_text("log"), "opened unlocked");
	has(file_text("log"), drivers[_i]);
}
END_TEST

/* What is in the stream's buffer is written before the next one has the file. */
START_TEST(a_stream_is_flushed_before_it_is_unlocked)
{
	struct actor *a, *b;

	NEEDS_STATIC();
	h5_file("data.h5", 1);
	b = dynamic_actor();
	use(0);
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_new();
	actor_ok(a, "driver stdio");
	for (int i = 2; i < 20; i++) {
		actor_ok(a, "open f data.h5 rw");
		actor_ok(a, "write f data %d %d", NUMBERS, i);
		actor_tell(b, "open f data.h5 r");
		locks_waiting("data.h5", 1);
		actor_ok(a, "close f");
		actor_answer_ok(b);
		actor_ok(b, "check f data %d %d", NUMBERS, i);
		actor_ok(b, "close f");
	}
	ck_assert_int_eq(actor_end(a), 0);
	ck_assert_int_eq(actor_end(b), 0);
}
END_TEST

/* The stream's last bytes are in its buffer until it is closed. */
START_TEST(what_is_in_a_streams_buffer_is_written_under_the_lock)
{
	const char *at, *unlock = NULL;
	struct actor *a;

	NEEDS_STATIC();
	NEEDS("strace -o /dev/null true", "no strace, or it may not trace");
	setting("LOCKEDH5_DRIVER", "replace");
	setenv("LOCKEDH5_TEST_UNDER", "strace -o trace -P data.h5 -e trace=write,flock", 1);
	a = actor_with_driver(0, "stdio");
	unsetenv("LOCKEDH5_TEST_UNDER");
	actor_ok(a, "open f data.h5 rw");
	actor_ok(a, "write f data %d 2", NUMBERS);
	actor_ok(a, "close f");
	ck_assert_int_eq(actor_end(a), 0);
	for (at = file_text("trace"); (at = strstr(at, "flock(")); at++)
		if (!strncmp(at + strcspn(at, ","), ", LOCK_UN)", 10))
			unlock = at;
	ck_assert_ptr_nonnull(unlock);
	has(file_text("trace"), "write(");
	ck_assert_msg(!strstr(unlock, "write("), "%s", file_text("trace"));
}
END_TEST

/* The kernel would keep it for as long as the child lives. */
START_TEST(a_streams_lock_ends_when_it_is_closed_and_a_child_has_a_copy)
{
	struct actor *a;

	NEEDS_STATIC();
	setting("LOCKEDH5_DRIVER", "replace");
	a = actor_with_driver(0, "stdio");
	actor_ok(a, "open f data.h5 rw");
	actor_ok(a, "fork live");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "child-end");
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* --- where the executable can't be read --------------------------------------------- */

START_TEST(no_descriptor_is_left_for_the_first_look)
{
	struct actor *a;

	NEEDS_STATIC();
	a = actor_with_data(_i);
	actor_ok(a, "crowded-open data.h5");
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* The system's loader, as a program of its own. */
static const char *loader(void)
{
	static char path[4096];
	struct outcome o = RUN("sh", "-c",
			       "readelf -lW " ACTOR " | sed -n "
			       "'s/.*program interpreter: \\(.*\\)\\]/\\1/p'");

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(o.out, "\n"), o.out);
	return path;
}

/* Then /proc/self/exe is the loader. */
START_TEST(started_by_the_loader)
{
	struct actor *a;

	NEEDS_STATIC();
	NEEDS("command -v readelf", "no binutils");
	h5_file("data.h5", 1);
	use(_i);
	setenv("LOCKEDH5_TEST_UNDER", loader(), 1);
	a = actor_new();
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* As in a chroot without /proc, whose program was started from outside. */
START_TEST(its_file_is_nowhere)
{
	struct actor *a;
	int fd;

	NEEDS_STATIC();
	NEEDS("command -v readelf", "no binutils");
	h5_file("data.h5", 1);
	file_write("text", "this is no HDF5 file");
	ck_assert_int_eq(mkfifo("pipe", 0666), 0);
	use(_i);
	setenv("LOCKEDH5_TEST_UNDER", loader(), 1);
	ck_assert_int_eq(RUN("cp", kinds[_i].actor, "moving").status, 0);
	setenv("LOCKEDH5_TEST_ACTOR", "./moving", 1);
	a = actor_new();
	actor_ok(a, "can locks");
	ck_assert_int_eq(unlink("moving"), 0);
	/* Other files are none of our business, by their contents or by what LOCKEDH5_FILES names.
	 */
	if (!kinds[_i].files || kinds[_i].files[0] != '!') {
		fd = atoi(actor_ok(a, "raw-open text"));
		locks_are("text", 0, 0);
		actor_ok(a, "raw-close %d", fd);
		/* Who reads and writes a pipe waits for nobody. */
		fd = atoi(actor_ok(a, "raw-update pipe"));
		actor_ok(a, "raw-close %d", fd);
	}
	actor_ok(a, "open f data.h5 r");
	locks_are("data.h5", 1, 0);
	actor_ok(a, "close f");
	locks_are("data.h5", 0, 0);
	actor_ok(a, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	actor_ok(a, "create n new.h5 trunc");
	locks_are("new.h5", 0, 1);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* LOCKEDH5_FILES makes programs lock that have HDF5 inside, and no others. */
START_TEST(programs_without_hdf5_inside_lock_nothing)
{
	struct actor *holder;
	struct outcome o;

	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_FILES", "*.h5");
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN("cp", "data.h5", "copy.h5");
	ck_assert_msg(o.status == 0 && !*o.err, "%s", o.err);
	o = RUN("flock", "--nonblock", "other.h5", "cat", "copy.h5");
	ck_assert_msg(o.status == 0 && !*o.err, "%s", o.err);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

START_TEST(python_opens_by_itself_what_its_hdf5_locks)
{
	struct actor *holder;
	struct outcome o;

	NEEDS(HAS_PYTHON_MODULE("h5py"), "no Python with h5py");
	h5_file("data.h5", 1);
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_FILES", "*.h5");
	setting("LOCKEDH5_COUNT", "1");
	o = RUN(PYTHON, "-c",
		"import h5py\nopen('data.h5', 'rb').read()\n"
		"try: h5py.File('data.h5', 'r')\nexcept OSError as e: print('errno = 11' in "
		"str(e))\n");
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_str_eq(o.out, "True\n");
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("inside");

	tcase_add_loop_test(tests, eight_programs_lose_no_addition, 0, 2 * KINDS);
	tcase_add_test(tests, static_and_dynamic_programs_at_once);
	tcase_add_loop_test(tests, the_lock_lasts_as_long_as_the_file_is_open, 0, KINDS);
	tcase_add_loop_test(tests, create_waits_before_it_truncates, 0, KINDS);
	tcase_add_loop_test(tests, a_dynamic_program_waits_for_a_static_one, 0, KINDS);
	tcase_add_loop_test(tests, who_gives_up_says_why_and_leaves_the_file_alone, 0, KINDS);
	tcase_add_loop_test(tests, a_signal_ends_the_wait, 0, KINDS);
	tcase_add_loop_test(tests, excl_leaves_alone_what_is_there, 0, KINDS);
	tcase_add_loop_test(tests, what_lockedh5_files_does_not_name_is_left_alone, 0, KINDS);
	tcase_add_loop_test(tests, the_programs_own_files, 0, KINDS);
	tcase_add_loop_test(tests, a_reader_of_its_own_is_no_cover_for_a_writer, 0, KINDS);
	tcase_add_loop_test(tests, a_bad_setting_lets_nothing_open, 0, 2 * KINDS);
	tcase_add_test(tests, without_symbols_and_names_it_says_that_nothing_is_locked);
	tcase_add_test(tests, the_same_where_hdf5_does_not_lock);
	tcase_add_loop_test(tests, a_refusal_is_for_whatever_driver_comes_next, 0, KINDS * DRIVERS);
	tcase_add_loop_test(tests, no_driver_opens_with_a_bad_setting, 0, KINDS * DRIVERS);
	tcase_add_loop_test(tests, another_driver_is_refused, 0, DRIVERS);
	tcase_add_loop_test(tests, another_driver_is_locked_where_it_may_be_replaced, 0,
			    KINDS * DRIVERS);
	tcase_add_loop_test(tests, core_is_locked, 0, KINDS);
	tcase_add_loop_test(tests, another_driver_may_pass, 0, DRIVERS);
	tcase_add_test(tests, a_stream_is_flushed_before_it_is_unlocked);
	tcase_add_test(tests, what_is_in_a_streams_buffer_is_written_under_the_lock);
	tcase_add_test(tests, a_streams_lock_ends_when_it_is_closed_and_a_child_has_a_copy);
	tcase_add_loop_test(tests, no_descriptor_is_left_for_the_first_look, 0, KINDS);
	tcase_add_loop_test(tests, started_by_the_loader, 0, KINDS);
	tcase_add_loop_test(tests, its_file_is_nowhere, 0, KINDS);
	tcase_add_test(tests, programs_without_hdf5_inside_lock_nothing);
	tcase_add_test(tests, python_opens_by_itself_what_its_hdf5_locks);
	return group_run();
}
