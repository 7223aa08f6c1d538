/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file on another host, or outside of a container: a program whose host has another
 * name, and others that can't see it. */
#include "programs.h"
#include "status_table.h"
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program that follows is in a container. */
#define CONTAINER "unshare", "-pf", "--kill-child", "--mount-proc"

#define NEEDS_NAMESPACES                                                    \
	NEEDS("unshare --uts sh -c 'echo x >/proc/sys/kernel/hostname' && " \
	      "unshare -pf --mount-proc true",                              \
	      "no right to make namespaces")

static struct actor *holder;

/* From now on data.h5 is held by a program on node17. */
static void held_on_node17(const char *mode)
{
	tracing();
	h5_file("data.h5", 1);
	file_write("on_node17", "echo node17 >/proc/sys/kernel/hostname && exec \"$@\"\n");
	setenv("LOCKEDH5_TEST_UNDER", "unshare --uts sh on_node17", 1);
	setting("SLURM_JOB_ID", "77");
	holder = actor_new();
	actor_ok(holder, "open f data.h5 %s", mode);
	setting("SLURM_JOB_ID", NULL);
	unsetenv("LOCKEDH5_TEST_UNDER");
}

/* "held by 4711 on node17 (actor, exclusive since " */
static const char *held_by(const char *mode)
{
	static char text[128];

	snprintf(text, sizeof(text), "held by %d on node17 (actor, %s since ",
		 (int)actor_pid(holder), mode);
	return text;
}

static struct outcome status_in_container(void)
{
	bool before = preload(false);
	struct outcome o = RUN(CONTAINER, LAUNCHER, "status", "data.h5");

	preload(before);
	return o;
}

START_TEST(a_failure_names_the_holder_its_host_and_its_job)
{
	struct outcome o;

	NEEDS_NAMESPACES;
	held_on_node17("rw");
	setting("LOCKEDH5_COUNT", "1");
	setting("LOCKEDH5_VERBOSE", "3");
	o = RUN(CONTAINER, CLIENT("counter"), "data.h5", "1");
	ck_assert_int_ne(o.status, 0);
	has(o.err, held_by("exclusive"));
	has(o.err, ", job slurm 77), as its timeline says, errno = 11");
	actor_end(holder);
}
END_TEST

START_TEST(a_notice_does_so_too)
{
	struct outcome o;

	NEEDS_NAMESPACES;
	held_on_node17("r");
	setting("LOCKEDH5_COUNT", "2");
	setting("LOCKEDH5_WAIT", "1.5");
	o = RUN(CONTAINER, CLIENT("counter"), "data.h5", "1");
	has(o.err, "has waited 1 s to open 'data.h5' (exclusive), which is ");
	has(o.err, held_by("shared"));
	actor_end(holder);
}
END_TEST

START_TEST(status_has_a_row)
{
	struct outcome o;

	NEEDS_NAMESPACES;
	held_on_node17("rw");
	o = status_in_container();
	has_row(o.out, "holds", "exclusive", actor_pid(holder), "actor on node17, since ");
	has_row(o.out, "holds", "exclusive", actor_pid(holder), ", job slurm 77");
	has(o.out, "data.h5: whoever is on another host, or outside of this container, holds it "
		   "as the timelines in '");
	/* It may have been killed. */
	has(o.out, "data.h5: whether somebody else has it can't be told from here");
	ck_assert_int_eq(o.status, 2);
	actor_ok(holder, "close f");
	o = status_in_container();
	has(o.out, "data.h5  unknown");
	ck_assert_int_eq(o.status, 2);
	actor_end(holder);
}
END_TEST

/* Outside, where it can be seen, it has one row, and that of the kernel. */
START_TEST(who_is_seen_is_not_there_twice)
{
	struct outcome o;

	NEEDS_NAMESPACES;
	held_on_node17("r");
	NEEDS("[ \"$(readlink /proc/self/ns/pid)\" = 'pid:[4026531836]' ]",
	      "this is inside a container");
	o = status("data.h5");
	has_row(o.out, "holds", "shared", actor_pid(holder), "actor");
	ck_assert_int_eq(rows(o.out), 1);
	ck_assert_int_eq(o.status, 1);
	actor_end(holder);
}
END_TEST

START_TEST(a_timeline_shows_user_and_job)
{
	NEEDS_PYTHON;
	NEEDS_NAMESPACES;
	held_on_node17("r");
	actor_ok(holder, "close f");
	timeline("names[p] == f'actor {p} (node17)' and labels[p].endswith(', job slurm 77')"
		 " and labels[p].startswith('user ')",
		 actor_pid(holder));
	actor_end(holder);
}
END_TEST

int main(void)
{
	TCase *tests = group("elsewhere");

	tcase_add_test(tests, a_failure_names_the_holder_its_host_and_its_job);
	tcase_add_test(tests, a_notice_does_so_too);
	tcase_add_test(tests, status_has_a_row);
	tcase_add_test(tests, who_is_seen_is_not_there_twice);
	tcase_add_test(tests, a_timeline_shows_user_and_job);
	return group_run();
}
