/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 inside an executable that can't be read. */
#include "inside.h"
#include "programs.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(no_descriptor_is_left_for_the_first_look)
{
	struct actor *a;

	NEEDS_STATIC();
	a = actor_inside(_i);
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
	inside_use(_i);
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
	inside_use(_i);
	setenv("LOCKEDH5_TEST_UNDER", loader(), 1);
	ck_assert_int_eq(RUN("cp", inside_kinds[_i].actor, "moving").status, 0);
	setenv("LOCKEDH5_TEST_ACTOR", "./moving", 1);
	a = actor_new();
	actor_ok(a, "can locks");
	ck_assert_int_eq(unlink("moving"), 0);
	/* Other files are none of our business, by their contents or by what LOCKEDH5_FILES names.
	 */
	if (!inside_kinds[_i].files || inside_kinds[_i].files[0] != '!') {
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

int main(void)
{
	TCase *tests = group("inside_unread");

	tcase_add_loop_test(tests, no_descriptor_is_left_for_the_first_look, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, started_by_the_loader, 0, INSIDE_KINDS);
	tcase_add_loop_test(tests, its_file_is_nowhere, 0, INSIDE_KINDS);
	return group_run();
}
