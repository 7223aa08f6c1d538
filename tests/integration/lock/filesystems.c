/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done otherwise on file systems that are not one of this machine's own: a FUSE file system
 * that leaves locks to the kernel stands for those whose locks are this host's alone. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const char mounts_bindfs[] = "mkdir -p below above && bindfs below above && umount above";
#define NEEDS_BINDFS() NEEDS(mounts_bindfs, "no bindfs, or no right to mount")

static void end_mount(void)
{
	RUN("umount", "-l", "above");
}

/* A file system of its own, where "above/data.h5" is the counter. */
static void mount_bindfs(void)
{
	counter_file("data.h5");
	succeeds(RUN("mv", "data.h5", "below"));
	succeeds(RUN("bindfs", "below", "above"));
}

#define COUNTS(...) RUN(CLIENT("counter"), "above/data.h5", __VA_ARGS__)

static void assert_refused(struct outcome o)
{
	ck_assert_int_eq(o.status, 1);
	has(o.err,
	    "its file system (fuse) is a FUSE file system that leaves locks to the kernel of "
	    "each host: a lock would keep out the programs of this host alone; ");
	has(o.err, "LOCKEDH5_LOCALLOCKS=pass");
}

START_TEST(a_lock_of_this_host_alone_is_told_once)
{
	struct outcome o;

	NEEDS_BINDFS();
	mount_bindfs();
	o = COUNTS("3");
	succeeds(o);
	has(o.err, "'above/data.h5' is locked for the programs of this host alone: its file system "
		   "(fuse) is a FUSE file system that leaves locks to the kernel of each host; ");
	ck_assert_ptr_null(strstr(strstr(o.err, "this host alone") + 1, "this host alone"));
	setting("LOCKEDH5_LOCALLOCKS", "pass");
	o = COUNTS("1");
	succeeds(o);
	ck_assert_str_eq(o.err, "");
	ck_assert_int_eq(counter_number("above/data.h5"), 4);
	end_mount();
}
END_TEST

START_TEST(a_lock_of_this_host_alone_can_be_refused)
{
	NEEDS_BINDFS();
	mount_bindfs();
	setting("LOCKEDH5_LOCALLOCKS", "refuse");
	assert_refused(COUNTS("show"));
	assert_refused(COUNTS("1"));
	assert_refused(COUNTS("create"));
	assert_refused(RUN(CLIENT("counter"), "above/new.h5", "create"));
	/* Neither emptied, nor left behind. */
	ck_assert_int_eq(counter_number("below/data.h5"), 0);
	ck_assert(!file_exists("below/new.h5"));
	end_mount();
}
END_TEST

/* Nobody on another host is seen, and so it is not free. */
START_TEST(what_others_hold_there_is_not_known)
{
	struct outcome o;

	NEEDS_BINDFS();
	mount_bindfs();
	o = RUN(LAUNCHER, "status", "above/data.h5");
	ck_assert_int_eq(o.status, 2);
	has(o.out, "above/data.h5  unknown");
	has(o.out, "\nabove/data.h5: whether somebody else has it can't be told from here (fuse)");
	end_mount();
}
END_TEST

/* The calls of a program about the file, up to its end. */
static struct outcome calls_of(const char *file, const char *what)
{
	succeeds(RUN("strace", "-f", "-o", "calls", "-e",
		     "trace=fadvise64,fstatfs,openat,flock,fcntl", CLIENT("counter"), file, what));
	return RUN("cat", "calls");
}

#define NEEDS_STRACE() NEEDS("strace -o /dev/null true", "no strace, or it may not trace")

/* Neither the caches nor the table of mounts are touched for this machine's own, and what kind it
 * is, is asked once at most. */
START_TEST(nothing_is_done_for_this_machines_own)
{
	const char *statfs;
	struct outcome o;

	NEEDS_STRACE();
	NEEDS("case $(stat -f -c %T .) in ext*|xfs|btrfs|tmpfs|overlayfs) ;; *) false ;; esac",
	      "the tests are on another file system");
	counter_data_and_copy();
	for (int i = 0; i < 2; i++) {
		o = calls_of("data.h5", i ? "1" : "show");
		has(o.out, "flock(");
		ck_assert_ptr_null(strstr(o.out, "fadvise64"));
		ck_assert_ptr_null(strstr(o.out, "mountinfo"));
		statfs = strstr(o.out, "fstatfs(");
		ck_assert(!statfs || !strstr(statfs + 1, "fstatfs("));
	}
}
END_TEST

/* After the lock: before it, another host could write again. */
START_TEST(caches_are_forgotten_where_one_says_so)
{
	const char *lock, *forgotten;
	struct outcome o;

	NEEDS_STRACE();
	counter_data_and_copy();
	setting("LOCKEDH5_COHERENCE", "remote");
	for (int i = 0; i < 2; i++) {
		o = calls_of("data.h5", i ? "1" : "show");
		lock = strstr(o.out, "flock(");
		ck_assert_ptr_nonnull(lock);
		forgotten = strstr(lock, "POSIX_FADV_DONTNEED");
		ck_assert_ptr_nonnull(forgotten);
		ck_assert(!strstr(forgotten, "LOCK_NB)"));
	}
	setting("LOCKEDH5_COHERENCE", "local");
	ck_assert_ptr_null(strstr(calls_of("data.h5", "1").out, "fadvise64"));
}
END_TEST

START_TEST(caches_are_forgotten_there)
{
	NEEDS_STRACE();
	NEEDS_BINDFS();
	mount_bindfs();
	has(calls_of("above/data.h5", "show").out, "POSIX_FADV_DONTNEED");
	setting("LOCKEDH5_COHERENCE", "local");
	ck_assert_ptr_null(strstr(calls_of("above/data.h5", "show").out, "fadvise64"));
	end_mount();
}
END_TEST

int main(void)
{
	TCase *tests = group("filesystems");

	tcase_add_test(tests, a_lock_of_this_host_alone_is_told_once);
	tcase_add_test(tests, a_lock_of_this_host_alone_can_be_refused);
	tcase_add_test(tests, what_others_hold_there_is_not_known);
	tcase_add_test(tests, nothing_is_done_for_this_machines_own);
	tcase_add_test(tests, caches_are_forgotten_where_one_says_so);
	tcase_add_test(tests, caches_are_forgotten_there);
	return group_run();
}
