/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done otherwise on file systems that are not one of this machine's own: a FUSE file system
 * that leaves locks to the kernel stands for those whose locks are this host's alone, and for
 * others, if it says that it is one of them. */
#include "counter.h"
#include "programs.h"
#include "waiting.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static const char mounts_bindfs[] = "mkdir -p below above && bindfs below above && umount above";
#define NEEDS_BINDFS() NEEDS(mounts_bindfs, "no bindfs, or no right to mount")

static void end_mount(void)
{
	RUN("umount", "-l", "above");
}

/* A file system of its own, of that type in the table of mounts, where "above/data.h5" is the
 * counter. */
static void mount_as(const char *type)
{
	char option[64];

	/* One that fails leaves no mount behind; programs that are started before don't see it. */
	if (unshare(CLONE_NEWNS) == 0)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	counter_file("data.h5");
	succeeds(RUN("mv", "data.h5", "below"));
	snprintf(option, sizeof(option), "subtype=%s", type);
	succeeds(RUN("bindfs", "-o", option, "below", "above"));
}

static void mount_bindfs(void)
{
	mount_as("bindfs");
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
	RUN("strace", "-f", "-o", "calls", "-e", "trace=fadvise64,fstatfs,openat,flock,fcntl",
	    CLIENT("counter"), file, what);
	return RUN("cat", "calls");
}

/* The mount says so: nothing is locked, nor left behind. */
START_TEST(what_the_mount_says_is_refused)
{
	struct outcome o;

	NEEDS_BINDFS();
	mount_as("sshfs");
	o = COUNTS("1");
	ck_assert_int_eq(o.status, 1);
	has(o.err, "its file system (sshfs) is sshfs, which does not tell the server of locks: ");
	o = RUN(CLIENT("counter"), "above/new.h5", "create");
	ck_assert_int_eq(o.status, 1);
	ck_assert(!file_exists("below/new.h5"));
	NEEDS_STRACE();
	has(calls_of("above/data.h5", "1").out, "fstatfs(");
	ck_assert_ptr_null(strstr(calls_of("above/data.h5", "1").out, "LOCK_EX"));
	setting("LOCKEDH5_LOCALLOCKS", "warn");
	o = COUNTS("1");
	succeeds(o);
	has(o.err, "'above/data.h5' is locked for the programs of this host alone: ");
	setting("LOCKEDH5_LOCALLOCKS", "pass");
	succeeds_silently(COUNTS("1"));
	ck_assert_int_eq(counter_number("above/data.h5"), 2);
	end_mount();
}
END_TEST

/* --- locks on bytes --------------------------------------------------------------------------- */

/* Programs take turns, and each reads what the last one has written. */
START_TEST(programs_count_with_locks_on_bytes)
{
	enum { PROGRAMS = 4 };
	struct process *programs[PROGRAMS];

	NEEDS_BINDFS();
	mount_as("glusterfs");
	setting("LOCKEDH5_COUNT", "inf");
	for (int i = 0; i < PROGRAMS; i++)
		programs[i] = START(CLIENT("counter"), "above/data.h5", "5");
	for (int i = 0; i < PROGRAMS; i++)
		succeeds_silently(finish(programs[i]));
	ck_assert_int_eq(counter_number("above/data.h5"), 5 * PROGRAMS);
	end_mount();
}
END_TEST

START_TEST(who_has_the_bytes_is_named)
{
	struct actor *first, *second, *writer;
	const char *answer = "";
	char part[32];
	struct outcome o;

	NEEDS_BINDFS();
	mount_as("glusterfs");
	first = actor_new();
	second = actor_new();
	writer = impatient_actor();
	actor_ok(first, "open a above/data.h5 r");
	actor_ok(second, "open a above/data.h5 r");
	ck_assert_int_eq(locks_on("above/data.h5").shared, 0);
	/* While others' locks come and go, the kernel may tell one more than once. */
	for (int i = 0; i < 20 && !strstr(answer, "held by 2 readers: "); i++)
		answer = actor_error(writer, "open a above/data.h5 rw");
	has(answer, "held by 2 readers: ");
	has(answer, ", and maybe by others on other hosts");
	o = RUN(LAUNCHER, "status", "above/data.h5");
	ck_assert_int_eq(o.status, 1);
	for (int i = 0; i < 2; i++) {
		snprintf(part, sizeof(part), "%d", (int)actor_pid(i ? first : second));
		has(o.out, part);
	}
	has(o.out, "there may be others on other hosts (glusterfs)");
	actor_ok(first, "close a");
	actor_ok(second, "close a");
	actor_ok(writer, "open a above/data.h5 rw");
	actor_ok(writer, "close a");
	end_mount();
}
END_TEST

/* Where a server can be asked, one is. */
START_TEST(the_server_is_asked_who_has_it)
{
	struct flock64 byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	struct outcome o;
	int fd;

	NEEDS_BINDFS();
	mount_as("glusterfs");
	o = RUN(LAUNCHER, "status", "above/data.h5");
	ck_assert_int_eq(o.status, 0);
	has(o.out, "above/data.h5  free");
	/* No lock that the kernel shows for a program's. */
	fd = open("above/data.h5", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &byte), 0);
	o = RUN(LAUNCHER, "status", "above/data.h5");
	ck_assert_int_eq(o.status, 1);
	has(o.out, "above/data.h5  holds");
	has(o.out, "its server says that a program has it which this host does not show");
	has(actor_error(impatient_actor(), "open a above/data.h5 rw"),
	    "held by a process that this host's kernel does not show, here or on another host");
	close(fd);
	end_mount();
}
END_TEST

/* --- what is done to the file ----------------------------------------------------------------- */

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
	tcase_add_test(tests, what_the_mount_says_is_refused);
	tcase_add_test(tests, programs_count_with_locks_on_bytes);
	tcase_add_test(tests, who_has_the_bytes_is_named);
	tcase_add_test(tests, the_server_is_asked_who_has_it);
	tcase_add_test(tests, nothing_is_done_for_this_machines_own);
	tcase_add_test(tests, caches_are_forgotten_where_one_says_so);
	tcase_add_test(tests, caches_are_forgotten_there);
	return group_run();
}
