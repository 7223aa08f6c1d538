/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file: what /proc says about locks that this test's own children take. */
#include "lock/describe.h"
#include "lock/holders.h"
#include "lock/kernel_lock.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char file[] = "some.file";

/* A child that says when it has got there, and stays until it is killed. */
struct child {
	pid_t pid;
	int ready;
};

static struct child begin(void)
{
	struct child child;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	child.pid = fork();
	ck_assert_int_ge(child.pid, 0);
	if (child.pid) {
		close(ends[1]);
		child.ready = ends[0];
		return child;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[0]);
	child.ready = ends[1];
	return child;
}

static void here(const struct child *child)
{
	if (write(child->ready, "", 1) != 1)
		_exit(1);
}

static void wait_until_here(const struct child *child)
{
	char byte;

	ck_assert_int_eq(read(child->ready, &byte, 1), 1);
	close(child->ready);
}

static struct child holder(int operation)
{
	struct child child = begin();

	if (child.pid == 0) {
		if (flock(open(file, O_RDWR), operation))
			_exit(1);
		here(&child);
		for (;;)
			pause();
	}
	wait_until_here(&child);
	return child;
}

/* One whose lock is on bytes, as where a flock() would be one (kernel_lock.h). */
static int lock_bytes(int fd, int operation)
{
	static const struct filesystem bytes = { .name = "nfs4", .traits = FS_BYTES };

	return kernel_lock(&bytes, fd, operation);
}

static struct child holder_of_bytes(int operation)
{
	struct child child = begin();

	if (child.pid == 0) {
		if (lock_bytes(open(file, O_RDWR), operation))
			_exit(1);
		here(&child);
		for (;;)
			pause();
	}
	wait_until_here(&child);
	return child;
}

static void end(const struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
}

static void make_file(void)
{
	file_write(file, "");
}

static const char *describe(void)
{
	static char text[1024];
	int fd = open(file, O_PATH);

	describe_holders(fd, text, sizeof(text));
	close(fd);
	return text;
}

static int find(struct holder *holders, int max)
{
	int fd = open(file, O_PATH), found = holders_find(fd, holders, max);

	close(fd);
	return found;
}

static int find_only(struct holder *holders, int max)
{
	int fd = open(file, O_PATH), found = holders_only(fd, holders, max);

	close(fd);
	return found;
}

START_TEST(a_free_file_has_no_holder)
{
	struct holder h;

	ck_assert_int_eq(find(&h, 1), 0);
	ck_assert_str_eq(describe(), "held by another host or container");
}
END_TEST

START_TEST(one_writer)
{
	time_t before = time(NULL);
	struct child child = holder(LOCK_EX);
	char expected[64];
	struct holder h;

	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert_int_eq(h.pid, child.pid);
	ck_assert(h.exclusive && !h.waiting && !h.turnstile && !h.left);
	ck_assert_str_eq(h.process.command, "test_holders");
	/* The kernel counts in hundredths. */
	ck_assert_int_ge(h.process.started, before - 1);
	ck_assert_int_le(h.process.started, time(NULL) + 1);
	snprintf(expected, sizeof(expected), "held by %d (test_holders, exclusive, running since ",
		 (int)child.pid);
	ck_assert_msg(!strncmp(describe(), expected, strlen(expected)), "%s", describe());
	ck_assert_int_eq(strlen(describe()), strlen(expected) + strlen("14:03:22)"));
	end(&child);
	ck_assert_int_eq(find(&h, 1), 0);
}
END_TEST

START_TEST(five_readers_of_whom_three_are_named)
{
	struct child children[5];
	struct holder h[5];

	for (int i = 0; i < 5; i++)
		children[i] = holder(LOCK_SH);
	ck_assert_int_eq(find(h, 5), 5);
	ck_assert_int_eq(find(h, 1), 5);
	ck_assert(!h[0].exclusive && !h[4].exclusive);
	ck_assert_msg(!strncmp(describe(), "held by 5 readers: ", 19), "%s", describe());
	ck_assert_ptr_nonnull(strstr(describe(), " (test_holders, running since "));
	ck_assert_ptr_nonnull(strstr(describe(), ") and 2 more"));
	for (int i = 0; i < 5; i++)
		end(&children[i]);
}
END_TEST

START_TEST(one_reader_is_not_several)
{
	struct child child = holder(LOCK_SH);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;

	ck_assert_ptr_nonnull(strstr(describe(), "(test_holders, shared, running since "));
	/* Others may share it where other hosts do. */
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(!strstr(describe(), "on other hosts") ==
		  !(filesystem_of(fd, st.st_dev)->traits & FS_REMOTE));
	end(&child);
}
END_TEST

/* What waits is told apart from what holds, and is not called a holder. */
START_TEST(a_waiter)
{
	struct child writer = holder(LOCK_EX), waiter = begin();
	struct holder h[2];

	if (waiter.pid == 0)
		_exit(flock(open(file, O_RDWR), LOCK_SH));
	close(waiter.ready);
	locks_waiting(file, 1);
	ck_assert_int_eq(find(h, 2), 2);
	ck_assert(h[0].pid == writer.pid && !h[0].waiting && h[0].exclusive);
	ck_assert(h[1].pid == waiter.pid && h[1].waiting && !h[1].exclusive);
	ck_assert_ptr_nonnull(strstr(describe(), "exclusive"));
	ck_assert_ptr_null(strstr(describe(), "readers"));
	end(&waiter);
	end(&writer);
}
END_TEST

static void stand_in_turnstile(void)
{
	struct flock stand = { .l_type = F_WRLCK, .l_start = 1L << 62, .l_len = 1 };

	if (fcntl(open(file, O_RDWR), F_OFD_SETLKW, &stand))
		_exit(1);
}

/* Who stands in the turnstile is seen at the lock; behind it the kernel gives no process. */
START_TEST(a_waiter_at_the_turnstile)
{
	struct child first = begin(), second;
	struct holder h;

	if (first.pid == 0) {
		stand_in_turnstile();
		here(&first);
		for (;;)
			pause();
	}
	wait_until_here(&first);
	ck_assert_int_eq(find(&h, 1), 0);
	second = begin();
	if (second.pid == 0) {
		stand_in_turnstile();
		_exit(0);
	}
	close(second.ready);
	locks_waiting(file, 1);
	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert(h.turnstile && h.waiting && h.exclusive && h.pid <= 0);
	end(&second);
	end(&first);
}
END_TEST

/* The kernel names the process that took the lock, which then is not the one to look for. */
START_TEST(a_lock_that_a_forked_child_keeps)
{
	struct child parent = begin();
	struct holder h;
	char expected[64];
	int grandchild;

	if (parent.pid == 0) {
		if (flock(open(file, O_RDWR), LOCK_EX))
			_exit(1);
		grandchild = fork();
		if (grandchild == 0) {
			for (;;)
				pause();
		}
		if (write(parent.ready, &grandchild, sizeof(grandchild)) < 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(read(parent.ready, &grandchild, sizeof(grandchild)), sizeof(grandchild));
	waitpid(parent.pid, NULL, 0);
	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert(h.left && h.pid == parent.pid);
	snprintf(expected, sizeof(expected), "held by a child of %d, which has ended",
		 (int)parent.pid);
	ck_assert_str_eq(describe(), expected);
	kill(grandchild, SIGKILL);
}
END_TEST

START_TEST(a_lock_that_its_process_has_closed)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct child child;
	char expected[64];

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	child = begin();
	if (child.pid == 0) {
		for (;;)
			pause();
	}
	close(child.ready);
	close(fd);
	snprintf(expected, sizeof(expected),
		 "held by a child of %d, which has closed the file itself", (int)getpid());
	ck_assert_str_eq(describe(), expected);
	end(&child);
}
END_TEST

/* A name that would clear the screen, or end the list of facts. */
START_TEST(a_command_is_printable)
{
	struct child child = begin();
	struct holder h;

	if (child.pid == 0) {
		prctl(PR_SET_NAME, "a) R\n\033[2J\177");
		if (flock(open(file, O_RDWR), LOCK_EX))
			_exit(1);
		here(&child);
		for (;;)
			pause();
	}
	wait_until_here(&child);
	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert_str_eq(h.process.command, "a) R??[2J?");
	ck_assert(h.process.started > 0);
	end(&child);
}
END_TEST

/* What it held is gone, or somebody else's. */
START_TEST(a_zombie_has_ended)
{
	struct proc_facts facts;
	siginfo_t info;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	proc_facts(child, &facts);
	ck_assert_int_eq(facts.state, PROC_ENDED);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	proc_facts(getpid(), &facts);
	ck_assert_int_eq(facts.state, PROC_RUNS);
}
END_TEST

START_TEST(a_time_of_another_day_has_a_date)
{
	time_t now = time(NULL);
	char text[PROC_TIME];

	proc_write_time(text, sizeof(text), now - 366 * 86400);
	ck_assert_int_eq((int)strlen(text), (int)strlen("2026-01-02 12:34"));
	proc_write_time(text, sizeof(text), now - 2 * 86400);
	ck_assert_int_eq((int)strlen(text), (int)strlen("2026-01-02 12:34"));
}
END_TEST

/* As /proc/locks can be.  (Not with that many locks: other tests, which read it at the same time,
 * need it on one page to be sure.) */
START_TEST(a_long_table_is_read_to_its_end)
{
	FILE *table = fopen("table", "w");
	struct proc_lines lines;
	char *line;
	int number, n = 0;

	for (int i = 1; i <= 5000; i++) {
		fprintf(table, "%d: FLOCK  ADVISORY  WRITE 1234 fe:00:12345 0 EOF", i);
		/* Longer than what one read() gives, with something like a line in it. */
		for (int j = 0; i % 1000 == 0 && j < 1000; j++)
			fprintf(table, "%d: FLOCK ", j);
		putc('\n', table);
	}
	fclose(table);
	ck_assert_int_eq(proc_begin(&lines, "table"), 0);
	while ((line = proc_next(&lines))) {
		ck_assert_int_eq(sscanf(line, "%d: FLOCK  ADVISORY  WRITE", &number), 1);
		ck_assert_int_eq(number, ++n);
	}
	proc_end(&lines);
	ck_assert_int_eq(n, 5000);
}
END_TEST

/* Programs may lock single bytes, with or without a process to their name. */
START_TEST(other_locks_on_the_file_do_not_count)
{
	struct flock stand = { .l_type = F_WRLCK, .l_start = 0, .l_len = 1 };
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct holder h;

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &stand), 0);
	stand.l_start = 10;
	ck_assert_int_eq(fcntl(fd, F_SETLK, &stand), 0);
	ck_assert_int_eq(find(&h, 1), 0);
}
END_TEST

START_TEST(a_short_buffer_is_not_overrun)
{
	struct child child = holder(LOCK_EX);
	char text[16] = "0123456789abcde";
	int fd = open(file, O_PATH);

	errno = 77;
	ck_assert_int_eq(describe_holders(fd, text, 11), 1);
	ck_assert_int_eq(errno, 77);
	ck_assert_int_eq((int)strlen(text), 10);
	ck_assert_str_eq(text + 11, "bcde");
	end(&child);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	struct child child = holder(LOCK_EX);
	int before, after;

	describe(); /* the C library may keep something from its first call */
	before = open("/dev/null", O_RDONLY);
	describe();
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(after, before + 1);
	end(&child);
}
END_TEST

/* Mounts that only this test sees; false if that is not allowed. */
static bool own_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void unmount(const char *folder)
{
	ck_assert_msg(umount2(folder, MNT_DETACH) == 0, "%s: %s", folder, strerror(errno));
}

/* stat() tells another device there than /proc/locks. */
START_TEST(a_file_on_overlayfs)
{
	static const char *const names[] = { "merged/below", "merged/above" };

	NEEDS("unshare -m true", "a mount namespace is not allowed here");
	ck_assert(own_mounts());
	NEEDS("mkdir lower two merged && touch lower/below && mount -t tmpfs none two && "
	      "mkdir two/upper two/work && mount -t overlay none "
	      "-o lowerdir=lower,upperdir=two/upper,workdir=two/work merged",
	      "mounting an overlayfs is not allowed here");
	for (int i = 0; i < 2; i++) {
		int fd = open(names[i], O_RDONLY | O_CREAT, 0600);
		struct holder h;

		ck_assert_int_eq(flock(fd, LOCK_EX), 0);
		ck_assert_int_eq(holders_find(fd, &h, 1), 1);
		ck_assert_int_eq(h.pid, getpid());
		close(fd);
	}
	unmount("merged");
	unmount("two");
}
END_TEST

/* Two files with the same device and inode in /proc/locks. */
START_TEST(a_namesake_in_another_subvolume_of_btrfs)
{
	int here, there;
	struct holder h;

	NEEDS("unshare -m true", "a mount namespace is not allowed here");
	NEEDS("command -v mkfs.btrfs", "there is no mkfs.btrfs");
	ck_assert(own_mounts());
	NEEDS("truncate -s 150M image && mkfs.btrfs -q image && mkdir top && "
	      "mount -o loop image top && btrfs subvolume create top/sub && "
	      "touch top/file top/sub/file",
	      "mounting a btrfs is not allowed here");
	here = open("top/file", O_RDONLY | O_CLOEXEC);
	there = open("top/sub/file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(there, LOCK_EX), 0);
	ck_assert_int_eq(holders_find(there, &h, 1), 1);
	ck_assert_int_eq(holders_find(here, &h, 1), 0);
	close(here);
	close(there);
	unmount("top");
}
END_TEST

START_TEST(a_stopped_holder_is_said_to_be)
{
	struct child child = holder(LOCK_EX);
	int status;

	ck_assert_int_eq(kill(child.pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(child.pid, &status, WUNTRACED), child.pid);
	has(describe(), ", exclusive, stopped, running since ");
	end(&child);
}
END_TEST

START_TEST(what_can_not_be_looked_at_is_told)
{
	pid_t gone = fork();
	int fd = open(file, O_RDWR), closed = dup(fd), status;
	struct proc_name name;

	if (gone == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(gone, &status, 0), gone);
	close(closed);
	ck_assert_int_eq(proc_name(fd, &name), 0);
	ck_assert_int_eq(holders_has_lock(gone, &name), -ENOENT);
	ck_assert_int_eq(holders_has_lock_on(getpid(), closed, &name), 0);
	/* Who can't look believes the worst. */
	ck_assert(holders_at_turnstile(closed));
	ck_assert(holders_turnstile_in_the_way(closed));
	ck_assert(!holders_at_turnstile(fd));
	ck_assert(!holders_turnstile_in_the_way(fd));
}
END_TEST

START_TEST(a_lock_of_our_own)
{
	int fd = open(file, O_RDWR);
	struct proc_name name;
	struct holder h;

	ck_assert_int_eq(proc_name(fd, &name), 0);
	ck_assert_int_eq(holders_own_lock(fd, &name, &h), 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(holders_own_lock(fd, &name, &h), 1);
	ck_assert_int_eq(h.pid, getpid());
	ck_assert(h.exclusive);
}
END_TEST

/* The kernel names nobody, but shows the lock on the descriptor. */
START_TEST(one_writer_of_bytes)
{
	struct child child = holder_of_bytes(LOCK_EX);
	char expected[64];
	struct holder h;

	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert_int_eq(h.pid, child.pid);
	ck_assert(h.exclusive && !h.waiting && !h.turnstile && !h.left);
	snprintf(expected, sizeof(expected), "held by %d (test_holders, exclusive, running since ",
		 (int)child.pid);
	has(describe(), expected);
	end(&child);
	ck_assert_int_eq(find(&h, 1), 0);
}
END_TEST

START_TEST(two_readers_of_bytes)
{
	struct child first = holder_of_bytes(LOCK_SH), second = holder_of_bytes(LOCK_SH);
	struct child bystander = begin();
	struct holder h[3];
	char part[32];

	/* One that has the file open, and no lock, is none of them. */
	if (bystander.pid == 0) {
		if (open(file, O_RDWR) < 0)
			_exit(1);
		here(&bystander);
		for (;;)
			pause();
	}
	wait_until_here(&bystander);
	ck_assert_int_eq(find(h, 3), 2);
	ck_assert((h[0].pid == first.pid && h[1].pid == second.pid) ||
		  (h[0].pid == second.pid && h[1].pid == first.pid));
	ck_assert(!h[0].exclusive && !h[1].exclusive && !h[0].left && !h[1].left);
	has(describe(), "held by 2 readers: ");
	for (int i = 0; i < 2; i++) {
		snprintf(part, sizeof(part), "%d (test_holders, ", (int)h[i].pid);
		has(describe(), part);
	}
	/* Even if there is place for one. */
	h[1].pid = -1;
	ck_assert_int_eq(find(h, 1), 2);
	ck_assert(h[0].pid == first.pid || h[0].pid == second.pid);
	ck_assert_int_eq(h[1].pid, -1);
	end(&bystander);
	end(&second);
	end(&first);
}
END_TEST

START_TEST(a_waiter_for_bytes)
{
	struct child writer = holder_of_bytes(LOCK_EX), waiter = begin();
	struct holder h[2];

	if (waiter.pid == 0)
		_exit(lock_bytes(open(file, O_RDWR), LOCK_SH));
	close(waiter.ready);
	locks_waiting(file, 1);
	ck_assert_int_eq(find(h, 2), 2);
	ck_assert(h[0].pid == writer.pid && !h[0].waiting && h[0].exclusive);
	ck_assert(h[1].pid <= 0 && h[1].waiting && !h[1].exclusive && !h[1].turnstile);
	/* Those who hold, alone. */
	ck_assert_int_eq(find_only(h, 2), 1);
	ck_assert_int_eq(h[0].pid, writer.pid);
	end(&waiter);
	end(&writer);
}
END_TEST

/* A lock that two processes have is one holder, and the other one of them no waiter. */
START_TEST(a_waiter_for_bytes_that_two_processes_have)
{
	struct child parent = begin(), waiter;
	struct holder h[2];
	int heir;

	if (parent.pid == 0) {
		if (lock_bytes(open(file, O_RDWR), LOCK_EX))
			_exit(1);
		heir = fork();
		if (heir == 0)
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		else if (write(parent.ready, &heir, sizeof(heir)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(parent.ready, &heir, sizeof(heir)), sizeof(heir));
	close(parent.ready);
	waiter = begin();
	if (waiter.pid == 0)
		_exit(lock_bytes(open(file, O_RDWR), LOCK_SH));
	close(waiter.ready);
	locks_waiting(file, 1);
	ck_assert_int_eq(find(h, 2), 2);
	ck_assert(h[0].pid == parent.pid || h[0].pid == heir);
	ck_assert(h[1].waiting && h[1].pid <= 0);
	end(&waiter);
	end(&parent);
}
END_TEST

/* Who has a lock that is shown on its descriptor has it, whatever its kind. */
START_TEST(bytes_of_our_own)
{
	int fd = open(file, O_RDWR), other = open(file, O_RDWR);
	struct proc_name name;
	struct holder h;

	ck_assert_int_eq(proc_name(fd, &name), 0);
	ck_assert_int_eq(lock_bytes(fd, LOCK_EX), 0);
	ck_assert_int_eq(holders_own_lock(fd, &name, &h), 1);
	ck_assert(h.exclusive);
	ck_assert_int_eq(holders_own_lock(other, &name, &h), 0);
	ck_assert_int_eq(holders_has_lock(getpid(), &name), 1);
	ck_assert_int_eq(holders_has_lock_on(getpid(), other, &name), 0);
	ck_assert_int_eq(find(&h, 1), 1);
	ck_assert_int_eq(h.pid, getpid());
}
END_TEST

/* Others' locks on nearly all bytes are others' business. */
static const struct {
	long long start, length;
	bool counts;
} ranges[] = {
	{ 0, KERNEL_LOCK_END, true },
	{ 0, KERNEL_LOCK_END - 1, false },
	{ 0, KERNEL_LOCK_END + 1, false },
	{ 1, KERNEL_LOCK_END - 1, false },
	{ 0, 0, false },
};

START_TEST(the_bytes_are_these)
{
	struct flock64 lock = { .l_type = F_WRLCK,
				.l_start = ranges[_i].start,
				.l_len = ranges[_i].length };
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct holder h;

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
	ck_assert_int_eq(find(&h, 1), ranges[_i].counts);
}
END_TEST

int main(void)
{
	TCase *tests = group("holders");

	tcase_add_checked_fixture(tests, make_file, NULL);
	tcase_add_test(tests, a_free_file_has_no_holder);
	tcase_add_test(tests, one_writer);
	tcase_add_test(tests, five_readers_of_whom_three_are_named);
	tcase_add_test(tests, one_reader_is_not_several);
	tcase_add_test(tests, a_waiter);
	tcase_add_test(tests, a_waiter_at_the_turnstile);
	tcase_add_test(tests, a_lock_that_a_forked_child_keeps);
	tcase_add_test(tests, a_lock_that_its_process_has_closed);
	tcase_add_test(tests, a_command_is_printable);
	tcase_add_test(tests, a_zombie_has_ended);
	tcase_add_test(tests, a_time_of_another_day_has_a_date);
	tcase_add_test(tests, a_long_table_is_read_to_its_end);
	tcase_add_test(tests, other_locks_on_the_file_do_not_count);
	tcase_add_test(tests, a_short_buffer_is_not_overrun);
	tcase_add_test(tests, no_descriptor_is_left_behind);
	tcase_add_test(tests, a_file_on_overlayfs);
	tcase_add_test(tests, a_namesake_in_another_subvolume_of_btrfs);
	tcase_add_test(tests, a_stopped_holder_is_said_to_be);
	tcase_add_test(tests, what_can_not_be_looked_at_is_told);
	tcase_add_test(tests, a_lock_of_our_own);
	tcase_add_test(tests, one_writer_of_bytes);
	tcase_add_test(tests, two_readers_of_bytes);
	tcase_add_test(tests, a_waiter_for_bytes);
	tcase_add_test(tests, a_waiter_for_bytes_that_two_processes_have);
	tcase_add_test(tests, bytes_of_our_own);
	tcase_add_loop_test(tests, the_bytes_are_these, 0, sizeof(ranges) / sizeof(ranges[0]));
	return group_run();
}
