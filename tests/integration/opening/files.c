/* SPDX-License-Identifier: BSD-3-Clause */
/* LOCKEDH5_FILES: what it names is locked, everything else is opened as without the library. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The test's own folder, and NAME in it. */
static char *here(const char *name)
{
	static char text[4096];
	char *folder = getcwd(NULL, 0);

	snprintf(text, sizeof(text), "%s%s", folder, name);
	free(folder);
	return text;
}

/* Opens PATH, which is FILE, with LOCKEDH5_FILES as PATTERNS says: is it locked? */
static bool locks(const char *patterns, const char *path, const char *file)
{
	struct actor *a;
	bool locked;

	setting("LOCKEDH5_FILES", patterns);
	/* HDF5 has none of its own then. */
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	a = actor_new();
	actor_ok(a, "open f %s rw", path);
	locked = locks_on(file).exclusive == 1;
	ck_assert_int_eq(actor_end(a), 0);
	return locked;
}

START_TEST(names_the_files_that_are_locked)
{
	h5_file("data.h5", 1);
	ck_assert(locks(NULL, "data.h5", "data.h5"));
	ck_assert(locks("*.h5", "data.h5", "data.h5"));
	ck_assert(locks("*.nc:data*", "data.h5", "data.h5"));
	ck_assert(!locks("*.nc", "data.h5", "data.h5"));
	ck_assert(!locks("!*.h5", "data.h5", "data.h5"));
	ck_assert(!locks("data*:!*.h5", "data.h5", "data.h5"));
	ck_assert(locks("!*.nc", "data.h5", "data.h5"));
}
END_TEST

START_TEST(names_are_made_absolute)
{
	mkdir("sub", 0777);
	h5_file("sub/data.h5", 1);
	ck_assert(locks(here("/*/data.h5"), "sub/data.h5", "sub/data.h5"));
	ck_assert(locks(here("/sub/data.h5"), "./sub/..//sub/./data.h5", "sub/data.h5"));
	ck_assert(locks(here("/sub/data.h5"), here("/sub/data.h5"), "sub/data.h5"));
	ck_assert(locks("sub/*", "sub/data.h5", "sub/data.h5"));
	ck_assert(!locks(here("/*.h5"), "sub/data.h5", "sub/data.h5"));
	ck_assert(!locks("/sub/data.h5", "sub/data.h5", "sub/data.h5"));
}
END_TEST

START_TEST(links_are_not_followed)
{
	h5_file("data.h5", 1);
	ck_assert_int_eq(symlink("data.h5", "latest"), 0);
	ck_assert(locks("latest", "latest", "data.h5"));
	ck_assert(!locks("*.h5", "latest", "data.h5"));
}
END_TEST

/* The holder has a lock, and nothing waits for it: not even with a patience of 90 s. */
START_TEST(what_is_not_named_does_not_wait)
{
	struct actor *holder, *other;

	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	setting("LOCKEDH5_FILES", "*.nc");
	other = actor_new();
	actor_ok(other, "open f data.h5 r");
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(other), 0);
	locks_are("data.h5", 0, 1);
	ck_assert_int_eq(actor_end(holder), 0);
	locks_become("data.h5", 0, 0);
}
END_TEST

/* What HDF5 opens by itself goes by its own name, whatever that of the file that leads to it. */
START_TEST(targets_of_links_are_named_by_themselves)
{
	static const char *const patterns[] = { "target.h5", "!parent.h5", "!target.h5" };
	bool target = _i < 2, parent = _i == 2;
	struct actor *a;

	h5_file("target.h5", 1);
	preload(false);
	a = actor_new();
	actor_ok(a, "create p parent.h5 trunc");
	actor_ok(a, "link p x target.h5 data");
	ck_assert_int_eq(actor_end(a), 0);
	preload(true);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setting("LOCKEDH5_FILES", patterns[_i]);
	a = actor_new();
	actor_ok(a, "open p parent.h5 r");
	actor_ok(a, "dataset-open p x");
	locks_are("parent.h5", parent, 0);
	locks_are("target.h5", target, 0);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

/* HDF5's own lock is as without us: it fails at once, with HDF5's words. */
START_TEST(hdf5_keeps_its_own_lock_on_what_is_not_named)
{
	struct actor *holder, *other;
	const char *answer;

	NEEDS_HDF5_WITH("locks");
	h5_file("data.h5", 1);
	setting("HDF5_USE_FILE_LOCKING", "TRUE");
	setting("LOCKEDH5_FILES", "*.nc");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	locks_are("data.h5", 0, 1);
	other = actor_new();
	answer = actor_error(other, "open f data.h5 rw");
	ck_assert_msg(strstr(answer, "unable to lock file"), "%s", answer);
	ck_assert_int_eq(actor_end(other), 0);
	ck_assert_int_eq(actor_end(holder), 0);
	locks_become("data.h5", 0, 0);
}
END_TEST

START_TEST(what_is_named_waits)
{
	struct actor *holder, *other;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_FILES", "*.h5");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 rw");
	other = actor_new();
	actor_tell(other, "open f data.h5 r");
	locks_waiting("data.h5", 1);
	actor_ok(holder, "close f");
	actor_answer_ok(other);
	ck_assert_int_eq(actor_end(other), 0);
	ck_assert_int_eq(actor_end(holder), 0);
}
END_TEST

/* A driver that can't be locked is nobody's business there. */
START_TEST(what_is_not_named_may_have_any_driver)
{
	struct actor *a;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_FILES", "!data.h5");
	a = actor_new();
	actor_ok(a, "driver stdio");
	actor_ok(a, "open f data.h5 r");
	ck_assert_int_eq(actor_end(a), 0);
	setting("LOCKEDH5_FILES", "data.h5");
	a = actor_new();
	actor_ok(a, "driver stdio");
	ck_assert_ptr_nonnull(strstr(actor_error(a, "open f data.h5 r"), "LOCKEDH5_DRIVER"));
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

START_TEST(what_is_left_alone_is_said_at_the_highest_level)
{
	struct outcome o;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_FILES", "*.nc");
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN("h5ls", "data.h5");
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(strstr(o.err, "leaves '") && strstr(o.err, "/data.h5' alone") &&
			      strstr(o.err, "LOCKEDH5_FILES"),
		      "%s", o.err);
	setting("LOCKEDH5_VERBOSE", "2");
	o = RUN("h5ls", "data.h5");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(o.err, "");
}
END_TEST

START_TEST(a_bad_pattern_is_said_with_its_number)
{
	struct actor *a;
	const char *answer;

	h5_file("data.h5", 1);
	setting("LOCKEDH5_FILES", "*.h5:[a");
	a = actor_new();
	answer = actor_error(a, "open f data.h5 r");
	ck_assert_msg(strstr(answer, "LOCKEDH5_FILES='*.h5:[a'") && strstr(answer, "pattern 2") &&
			      strstr(answer, "']'"),
		      "%s", answer);
	ck_assert_int_eq(actor_end(a), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("files");

	tcase_add_test(tests, names_the_files_that_are_locked);
	tcase_add_test(tests, names_are_made_absolute);
	tcase_add_test(tests, links_are_not_followed);
	tcase_add_test(tests, what_is_not_named_does_not_wait);
	tcase_add_test(tests, hdf5_keeps_its_own_lock_on_what_is_not_named);
	tcase_add_test(tests, what_is_named_waits);
	tcase_add_loop_test(tests, targets_of_links_are_named_by_themselves, 0, 3);
	tcase_add_test(tests, what_is_not_named_may_have_any_driver);
	tcase_add_test(tests, what_is_left_alone_is_said_at_the_highest_level);
	tcase_add_test(tests, a_bad_pattern_is_said_with_its_number);
	return group_run();
}
