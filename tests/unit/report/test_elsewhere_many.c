/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file on other hosts, as many timelines say; and in words. */
#include "lock/describe.h"

#include "timelines.h"

#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

/* --- several -------------------------------------------------------------- */

START_TEST(the_newest_are_first)
{
	traces_folder();
	for (int i = 0; i < 5; i++)
		trace_of("node1", 10 + i, 100 + (i * 3) % 5, "shared", "");
	ck_assert_int_eq(find(), 5);
	ck_assert_int_eq(found[0].pid, 13);
	ck_assert_int_eq(found[1].pid, 11);
	ck_assert_int_eq(found[2].pid, 14);
}
END_TEST

START_TEST(the_newest_of_very_many_are_known)
{
	traces_folder();
	for (int i = 0; i < 40; i++)
		trace_of("node1", 10 + i, 100 + (i * 7) % 40, "shared", "");
	ck_assert_int_eq(find(), 16);
	for (int i = 0; i < MAX; i++)
		ck_assert_int_eq(found[i].since, 1700000139000000 - 1000000LL * i);
}
END_TEST

START_TEST(of_one_process_with_very_many_the_newest_counts)
{
	char then[4096] = "", *to = then;

	traces_folder();
	for (int i = 0; i < 20; i++)
		to += sprintf(to, "17000002%02d000000\t1\t%d\thold\tshared\t9\t2\t\"/data.h5\"\n",
			      i, 10 + i);
	trace_of("node1", 10, 100, "shared", then);
	ck_assert_int_eq(find(), 1);
	ck_assert_int_eq(found[0].pid, 10);
	ck_assert(found[0].since >= 1700000200000000);
}
END_TEST

/* Nobody could have got it. */
START_TEST(who_was_killed_held_it_until_somebody_else_got_it)
{
	traces_folder();
	trace_of("node1", 10, 100, "exclusive", "");
	trace_of("node2", 11, 200, "shared", T("00300") END("3"));
	ck_assert_int_eq(find(), 0);
	/* Of this host, too. */
	trace_of("node1", 10, 250, "exclusive", "");
	ck_assert_int_eq(find(), 1);
	trace_of("node1", 10, 250, "exclusive",
		 T("00260") "10\t3\tchange\t1700000260000000\tshared\n");
	ck_assert_int_eq(find(), 1);
	trace_of("node2", 11, 300, "exclusive", T("00300") END("3"));
	ck_assert_int_eq(find(), 0);
}
END_TEST

START_TEST(readers_go_with_each_other)
{
	traces_folder();
	trace_of("node1", 10, 100, "shared", "");
	trace_of("node2", 11, 200, "shared", "");
	ck_assert_int_eq(find(), 2);
	/* By clocks that are not that exact nobody can be said to be over. */
	trace_of("node3", 12, 201, "exclusive", "");
	ck_assert_int_eq(find(), 2);
	ck_assert_int_eq(found[0].pid, 12);
	ck_assert_int_eq(found[1].pid, 11);
}
END_TEST

START_TEST(a_process_does_not_replace_itself)
{
	traces_folder();
	trace_of("node1", 10, 100, "shared", T("00200") HOLD("4", "shared") T("00201") END("4"));
	ck_assert_int_eq(find(), 1);
	ck_assert_int_eq(found[0].since, 1700000100000000);
}
END_TEST

/* --- this host ------------------------------------------------------------ */

/* In a child, since LeakSanitizer can't look at a process whose namespace has no first one any
 * more. */
static void finds_in_a_container(int seen)
{
	pid_t child = unshare(CLONE_NEWPID) ? -1 : fork();
	int status;

	if (child == 0)
		_exit(find() != 1 || found[0].pid != seen);
	_exit(child < 0 || waitpid(child, &status, 0) != child || status);
}

/* Outside of a container each process can be seen, and one that is not there has ended. */
START_TEST(of_this_host_only_who_is_not_visible)
{
	struct elsewhere_file file = { .ino = 2, .path = "data.h5" };
	int seen = 1 << 30, status;
	pid_t child;

	traces_folder();
	trace_of(this_host(), getppid(), 100, "shared", "");
	ck_assert_int_eq(find(), 0);
	/* But where no lock is shown, it may be one of ours. */
	file.hidden = true;
	ck_assert_int_eq(elsewhere_find(&file, found, MAX), 1);
	trace_of(this_host(), getpid(), 200, "exclusive", "");
	ck_assert_int_eq(elsewhere_find(&file, found, MAX), 0);
	trace_of(this_host(), seen, 300, "exclusive", "");
	ck_assert_int_eq(find(), 0);
	NEEDS("unshare -p true", "not allowed to make a process ID namespace");
	child = fork();
	if (child == 0)
		finds_in_a_container(seen);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* --- the folder ----------------------------------------------------------- */

START_TEST(what_is_no_timeline_is_left_alone)
{
	traces_folder();
	file_write("elsewhere", A_HOLD("00001", "node17"));
	ck_assert_int_eq(symlink("../elsewhere", "traces/node17-1.trace"), 0);
	ck_assert_int_eq(symlink("node17-2.trace", "traces/node17-2.trace"), 0);
	ck_assert_int_eq(mkfifo("traces/node17-3.trace", 0666), 0);
	ck_assert_int_eq(mkdir("traces/node17-4.trace", 0777), 0);
	file_write("traces/.node17-5.trace", A_HOLD("00001", "node17"));
	file_write("traces/node17-6.trace~", A_HOLD("00001", "node17"));
	file_write("traces/node17-7.trace", "");
	ck_assert_int_eq(find(), 0);
	trace_of("node17", 8, 100, "shared", "");
	ck_assert_int_eq(find(), 1);
}
END_TEST

static void set_time(const char *name, time_t second)
{
	struct timespec times[2] = { { .tv_sec = second }, { .tv_sec = second } };

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

START_TEST(the_newest_of_many_files_are_read)
{
	char name[128];

	traces_folder();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "traces/node%d-1.trace", i);
		file_write(name, T("00000") WHO("1", "node"));
		set_time(name, 1000 + (i * 7) % 1000);
	}
	trace_of("node17", 1, 100, "shared", "");
	set_time("traces/node17-1.trace", 1);
	ck_assert_int_eq(find(), 0);
	set_time("traces/node17-1.trace", 1500);
	ck_assert_int_eq(find(), 0);
	set_time("traces/node17-1.trace", 1900);
	ck_assert_int_eq(find(), 1);
	/* Those of this host don't stand in the way of others. */
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "traces/%s-%d.trace", this_host(), i);
		file_write(name, T("00000") WHO("1", "node"));
	}
	ck_assert_int_eq(find(), 1);
}
END_TEST

/* The middle of a huge one is a hole here: to read it all would take long. */
START_TEST(a_huge_file_is_read_in_part)
{
	static const char last[] = "\n" T("00005") HOLD("5", "shared");
	int fd;

	traces_folder();
	file_write("traces/node17-4711.trace",
		   A_HOLD("00001", "node17") T("00002") END("3") T("00003") HOLD("4", "shared"));
	fd = open("traces/node17-4711.trace", O_RDWR);
	ck_assert_int_eq(ftruncate(fd, (off_t)1 << 34), 0);
	/* That it held something then does not say that it still does. */
	ck_assert_int_eq(find(), 0);
	ck_assert_int_eq(pwrite(fd, last, sizeof(last) - 1, (off_t)1 << 34), sizeof(last) - 1);
	ck_assert_int_eq(find(), 1);
	ck_assert_str_eq(found[0].host, "node17");
	ck_assert_int_eq(found[0].pid, 4711);
	ck_assert_int_eq(found[0].since, 1700000005000000);
	close(fd);
}
END_TEST

/* --- in words ------------------------------------------------------------- */

static const char *describe(void)
{
	static char text[1024];
	int fd = open("data.h5", O_RDWR | O_CREAT, 0666);

	describe_holders(fd, text, sizeof(text));
	close(fd);
	return text;
}

/* A holder of data.h5 as it is here. */
static void holds_here(const char *host, int pid, int second, const char *mode, const char *who)
{
	char name[128], text[1024];
	struct stat st;
	int fd = open("data.h5", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	snprintf(name, sizeof(name), "traces/%s-%d.trace", host, pid);
	snprintf(text, sizeof(text),
		 "1700000000000000\t%d\tabc\tprocess\t\"%s\"\t%s\n"
		 "%lld\t%d\t3\thold\t%s\t9\t%llu\t\"/data.h5\"\n",
		 pid, host, who, 1700000000000000 + 1000000LL * second, pid, mode,
		 (unsigned long long)st.st_ino);
	file_write(name, text);
}

START_TEST(a_sentence_names_them)
{
	setenv("TZ", "UTC", 1);
	setenv(SETTING_COHERENCE, "remote", 1);
	traces_folder();
	ck_assert_str_eq(describe(), "held by another host or container");
	holds_here("node17", 4711, 100, "exclusive", "\"h5copy\"\t1000\t\"slurm 12345_6\"");
	ck_assert_str_eq(describe(), "held by 4711 on node17 (h5copy, exclusive since 2023-11-14 "
				     "22:15, user 1000, job slurm 12345_6), as its timeline says");
	holds_here("node17", 4711, 100, "shared", "\"\"");
	holds_here("node18", 12, 90, "shared", "\"h5ls\"\t7\t\"\"");
	ck_assert_str_eq(describe(),
			 "held by 4711 on node17 (shared since 2023-11-14 22:15) and 12 "
			 "on node18 (h5ls, shared since 2023-11-14 22:14, user 7), as "
			 "their timelines say");
	holds_here("node18", 12, 99, "exclusive", "\"h5ls\"");
	has(describe(), ") or 12 on node18 (h5ls, exclusive since 2023-11-14 22:14), as their");
	holds_here("node18", 12, 99, "shared", "\"h5ls\"");
	holds_here("node18", 13, 98, "shared", "\"h5ls\"");
	has(describe(), "), 12 on node18 (h5ls, shared since 2023-11-14 22:14) and 13 on ");
	holds_here("node18", 14, 97, "shared", "\"h5ls\"");
	has(describe(), "), 13 on node18 (h5ls, shared since 2023-11-14 22:14) and 1 more, as");
}
END_TEST

START_TEST(next_to_readers_of_this_host)
{
	char beginning[64];
	int pipes[2];
	pid_t child;
	char byte;

	setenv("TZ", "UTC", 1);
	setenv(SETTING_COHERENCE, "remote", 1);
	traces_folder();
	holds_here("node17", 4711, 100, "exclusive", "\"h5copy\"");
	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		flock(open("data.h5", O_RDWR), LOCK_SH);
		_exit(write(pipes[1], "", 1) != 1 || pause());
	}
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	snprintf(beginning, sizeof(beginning), "held by %d (", (int)child);
	has(describe(), beginning);
	/* That one was killed, or else nobody could read here. */
	has(describe(), "), and maybe by others on other hosts");
	holds_here("node17", 4711, 100, "shared", "\"h5copy\"");
	has(describe(), beginning);
	has(describe(), "), and by 4711 on node17 (h5copy, shared since 2023-11-14 22:15), as its "
			"timeline says");
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* Here each holder can be seen, and a timeline of another host is of another file. */
START_TEST(a_file_of_this_machine_alone_has_no_holders_elsewhere)
{
	NEEDS("[ \"$(readlink /proc/self/ns/pid)\" = 'pid:[4026531836]' ]",
	      "this is inside a container");
	traces_folder();
	holds_here("node17", 4711, 100, "exclusive", "\"h5copy\"");
	ck_assert_str_eq(describe(), "held by another host or container");
}
END_TEST

int main(void)
{
	TCase *tests = group("elsewhere_many");

	tcase_add_test(tests, the_newest_are_first);
	tcase_add_test(tests, the_newest_of_very_many_are_known);
	tcase_add_test(tests, of_one_process_with_very_many_the_newest_counts);
	tcase_add_test(tests, who_was_killed_held_it_until_somebody_else_got_it);
	tcase_add_test(tests, readers_go_with_each_other);
	tcase_add_test(tests, a_process_does_not_replace_itself);
	tcase_add_test(tests, of_this_host_only_who_is_not_visible);
	tcase_add_test(tests, what_is_no_timeline_is_left_alone);
	tcase_add_test(tests, the_newest_of_many_files_are_read);
	tcase_add_test(tests, a_huge_file_is_read_in_part);
	tcase_add_test(tests, a_sentence_names_them);
	tcase_add_test(tests, next_to_readers_of_this_host);
	tcase_add_test(tests, a_file_of_this_machine_alone_has_no_holders_elsewhere);
	return group_run();
}
