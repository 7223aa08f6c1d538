/* SPDX-License-Identifier: BSD-3-Clause */
/* "lockedh5 trace" alone: traces that no program would write on this machine, and none at all. */
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define T(end)	    "17000000000000" end "\t"
#define WHO	    "10\tabc\tprocess\t\"host\"\t\"prog\"\n"
#define HOLD(fd, m) "10\t" fd "\thold\t" m "\t1\t2\t\"/data.h5\"\n"
#define END(fd)	    "10\t" fd "\trelease\n"

START_TEST(other_hosts_and_later_processes_of_the_same_number_are_other_rows)
{
	NEEDS_PYTHON;
	traces_folder();
	file_write("traces/host-10.trace", T("00") WHO T("01") HOLD("3", "exclusive")
		   /* The same program, introduced by another thread. */
		   T("02") WHO T("03") END("3")
		   /* Another one. */
		   T("10") "10\tdef\tprocess\t\"host\"\t\"later\"\n" T("11") HOLD("3", "exclusive")
			   T("13") END("3"));
	file_write("traces/other-10.trace", T("20") "10\tabc\tprocess\t\"other\"\t\"prog\"\n" T(
						    "21") HOLD("3", "shared") T("22") END("3"));
	timeline("sorted(names.values()) == ['later 10 (host)', 'prog 10 (host)',"
		 " 'prog 10 (other)'] and [s.end - s.begin for s in holds] == [2, 2, 1]",
		 0);
}
END_TEST

START_TEST(user_and_job_are_labels)
{
	static const char *const broken[] = {
		"\t1000\n",
		"\t1000\tslurm 1\n",
		"\t-1\t\"slurm 1\"\n",
		"\t4294967296\t\"slurm 1\"\n",
		"\t\t\"slurm 1\"\n",
		"\t1000\t\"slurm 1\"\t\n",
	};
	char text[256];

	NEEDS_PYTHON;
	traces_folder();
	file_write("traces/old-10.trace", T("00") WHO);
	file_write("traces/new-11.trace",
		   T("00") "11\tabc\tprocess\t\"host\"\t\"prog\"\t1000\t\"slurm 1_2\"\n");
	file_write("traces/new-12.trace",
		   T("00") "12\tabc\tprocess\t\"host\"\t\"prog\"\t0\t\"\"\n");
	timeline("labels == {11: 'user 1000, job slurm 1_2', 12: 'user 0'}"
		 " and sorted(names) == [10, 11, 12]",
		 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", T("00") "11\tabc\tprocess\t\"host\"\t\"prog\"",
			 broken[i]);
		file_write("traces/new-11.trace", text);
		timeline("sorted(names) == [10, 12]", 0);
	}
}
END_TEST

START_TEST(what_is_not_whole_is_left_out)
{
	static const char *const cut[] = {
		"", "\n", "17000", "\t\t\t\t\n", T("10") "10\t4\thold\texclusive\t1\t2\t\"/da",
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/da" T("10") END("3"),
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/da\\\"\n",
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/da\\\n",
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/da\\u00e\"\n",
		T("10") "007\t4\thold\texclusive\t1\t2\t\"/da\"\n",
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/\"da\"\n", T("10") "10\t4\thold\texcl\n",
		T("10") "10\t3\trelea", T("10") "10\t3\n", T("10") "10\t-\twait\tshared\t\"\n",
		T("10") "10\t4\thold\texclusive\t1\t2\t/data\n",
		T("10") "10\t4\thold\texclusive\t1\t2\t\"/da\001ta\"\n",
		T("10") "10\txyz\tprocess\t\"host\"\t\"prog\"\n",
		T("10") "10\tabc\tprocess\t\"host\"\n", "x" T("10") "10\t4\thold\n",
		/* The end of something that was never begun. */
		T("03") END("9"), T("03") "10\t-\tgot\n",
		T("03") "10\t9\tchange\t1700000000000004\tshared\n"
	};
	enum { CUT = sizeof(cut) / sizeof(cut[0]) };
	char text[1024];

	NEEDS_PYTHON;
	traces_folder();
	for (int i = 0; i < CUT; i++) {
		snprintf(text, sizeof(text), "%s%s%s\n%s", T("00") WHO,
			 T("01") HOLD("3", "exclusive"), cut[i], T("05") END("3"));
		file_write("traces/host-10.trace", text);
		timeline("len(spans) == 1 and spans[0].end - spans[0].begin == 4", 0);
		/* And before anything else. */
		snprintf(text, sizeof(text), "%s\n%s", cut[i],
			 T("00") WHO T("01") HOLD("3", "exclusive") T("05") END("3"));
		file_write("traces/host-10.trace", text);
		timeline("len(spans) == 1 and spans[0].end - spans[0].begin == 4", 0);
	}
}
END_TEST

START_TEST(a_clock_that_was_set_back_makes_nothing_negative)
{
	NEEDS_PYTHON;
	traces_folder();
	file_write("traces/host-10.trace",
		   T("50") WHO T("51") HOLD("3", "exclusive") T("11") END("3"));
	timeline("len(spans) == 1 and spans[0].begin == spans[0].end", 0);
	/* Also where the end was not recorded. */
	file_write("traces/host-10.trace",
		   T("50") WHO T("51") HOLD("3", "exclusive") T("11") END("9"));
	timeline("len(spans) == 1 and spans[0].begin == spans[0].end", 0);
}
END_TEST

/* The first process was killed.  Whether the second one's file is the same decides when it must
 * have been over; the last event of all is at 9. */
START_TEST(a_lost_hold_ends_where_another_one_of_the_same_file_begins)
{
	static const struct {
		const char *host, *mode, *file;
		int end;
	} others[] = {
		{ "host", "exclusive", "1\t1\t\"/other.h5\"", 9 },
		{ "host", "exclusive", "1\t2\t\"/data.h5\"", 5 },
		{ "host", "shared", "1\t2\t\"/data.h5\"", 5 },
		{ "host", "shared", "1\t2\t\"/link.h5\"", 5 },
		{ "other", "shared", "8\t2\t\"/data.h5\"", 5 },
		/* Devices have the same numbers everywhere. */
		{ "other", "shared", "1\t2\t\"/link.h5\"", 9 },
		{ "host", "shared", "1\t3\t\"/other.h5\"", 9 },
	};
	char text[1024], expression[128];

	NEEDS_PYTHON;
	traces_folder();
	file_write("traces/host-10.trace", T("01") WHO T("02") HOLD("3", "exclusive"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text),
			 T("03") "20\tdef\tprocess\t\"%s\"\t\"prog\"\n" T(
				 "05") "20\t3\thold\t%s\t%s\n" T("09") "20\t3\trelease\n",
			 others[i].host, others[i].mode, others[i].file);
		file_write("traces/second-20.trace", text);
		snprintf(expression, sizeof(expression), "[s.end %% 10 for s in of(10)] == [%d]",
			 others[i].end);
		timeline(expression, 0);
	}
}
END_TEST

/* Nobody but a person gives a file such a name; a shell that reads names line by line fails. */
START_TEST(names_of_files_may_be_anything)
{
	NEEDS_PYTHON;
	traces_folder();
	file_write("traces/a\nb.trace", T("00") WHO T("01") HOLD("3", "shared") T("02") END("3"));
	file_write("traces/\n.trace", T("00") "11\tabc\tprocess\t\"host\"\t\"prog\"\n");
	file_write("traces/-n $(x) '\\.trace", T("00") "12\tabc\tprocess\t\"host\"\t\"prog\"\n");
	file_write("traces/\377.trace", T("00") "13\tabc\tprocess\t\"host\"\t\"prog\"\n");
	/* These are none. */
	file_write("traces/.hidden.trace", T("00") "14\tabc\tprocess\t\"host\"\t\"prog\"\n");
	file_write("traces/a.trace~", T("00") "15\tabc\tprocess\t\"host\"\t\"prog\"\n");
	timeline("sorted(names) == [10, 11, 12, 13] and [s.end - s.begin for s in spans] == [1]",
		 0);
}
END_TEST

/* What it needs grows with the waits and holds, not with the text: 64 bytes for each here. */
START_TEST(a_big_trace_takes_little_memory)
{
	enum { HOLDS = 500000 };
	struct outcome o;
	FILE *file;

	NEEDS("[ \"$(ulimit -v)\" ]", "the shell has no ulimit -v");
	traces_folder();
	file = fopen("traces/host-10.trace", "w");
	ck_assert_ptr_nonnull(file);
	fputs(T("00") WHO, file);
	for (int i = 0; i < HOLDS; i++)
		fprintf(file, "%lld\t" HOLD("3", "shared") "%lld\t" END("3"),
			1700000000000000 + 10LL * i, 1700000000000009 + 10LL * i);
	/* Nor with what is no trace: one line of 200 MB. */
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq(ftruncate(fileno(file), ftello(file) + 200000000), 0);
	fclose(file);
	preload(false);
	o = RUN("sh", "-c",
		"ulimit -v 80000; \"$0\" trace traces >trace.json; grep -c X trace.json", LAUNCHER);
	ck_assert_msg(o.status == 0 && atoi(o.out) == HOLDS, "%d: %s%s", o.status, o.out, o.err);
}
END_TEST

static void refused(const char *folder, const char *sentence)
{
	struct outcome o = merge(folder);

	ck_assert_msg(o.status == 2, "%s: status %d", folder, o.status);
	ck_assert_str_eq(o.out, "");
	ck_assert_msg(!strncmp(o.err, "lockedh5: ", 10) && strstr(o.err, sentence), "%s: %s",
		      folder, o.err);
	ck_assert_msg(strchr(o.err, '\n') && !strchr(o.err, '\n')[1], "not one line: %s", o.err);
}

START_TEST(there_is_no_timeline_without_traces)
{
	struct outcome o;

	refused("missing", "there is no folder 'missing'");
	refused("", "there is no folder ''");
	file_write("file", "");
	refused("file", "there is no folder 'file'");
	ck_assert_int_eq(mkdir("-", 0777), 0);
	refused("-", "there are no traces in '-'");
	file_write("-/a.trace", "something else\n");
	refused("-", "is a trace of the library");
	ck_assert_int_eq(mkdir("-/b.trace", 0777), 0);
	refused("-", "'./b.trace' can't be read");
	preload(false);
	o = RUN(LAUNCHER, "trace");
	ck_assert_int_eq(o.status, 2);
	ck_assert_ptr_nonnull(strstr(o.err, "the name of one folder"));
	ck_assert_int_eq(RUN(LAUNCHER, "trace", "-", "-").status, 2);
}
END_TEST

/* Root reads everything. */
static void refused_to_nobody(const char *sentence)
{
	struct outcome o;

	preload(false);
	o = RUN("sh", "-c",
		"[ \"$(id -u)\" != 0 ] || set -- setpriv --reuid=65534 --clear-groups \"$@\"\n"
		"cp \"$0\" . && exec \"$@\" ./lockedh5 trace traces",
		LAUNCHER);
	ck_assert_msg(o.status == 2 && strstr(o.err, sentence), "status %d: %s", o.status, o.err);
	ck_assert_str_eq(o.out, "");
}

START_TEST(what_cannot_be_read_is_said)
{
	NEEDS("[ $(id -u) != 0 ] || setpriv --reuid=65534 --clear-groups true",
	      "root reads everything, and there is no setpriv");
	traces_folder();
	file_write("traces/host-10.trace", T("00") WHO);
	ck_assert_int_eq(chmod("traces/host-10.trace", 0), 0);
	refused_to_nobody("'./host-10.trace' can't be read");
	ck_assert_int_eq(chmod("traces", 0), 0);
	refused_to_nobody("the folder 'traces' can't be read");
	ck_assert_int_eq(chmod("traces", 0700), 0);
}
END_TEST

START_TEST(a_program_called_trace_can_be_run)
{
	struct outcome o;

	file_write("trace", "#!/bin/sh\necho runs\n");
	ck_assert_int_eq(chmod("trace", 0755), 0);
	preload(false);
	o = RUN("sh", "-c", "PATH=$PWD:$PATH exec \"$0\" -- trace", LAUNCHER);
	ck_assert_str_eq(o.out, "runs\n");
}
END_TEST

int main(void)
{
	TCase *tests = group("trace_merger");

	tcase_add_test(tests, other_hosts_and_later_processes_of_the_same_number_are_other_rows);
	tcase_add_test(tests, user_and_job_are_labels);
	tcase_add_test(tests, what_is_not_whole_is_left_out);
	tcase_add_test(tests, a_clock_that_was_set_back_makes_nothing_negative);
	tcase_add_test(tests, a_lost_hold_ends_where_another_one_of_the_same_file_begins);
	tcase_add_test(tests, names_of_files_may_be_anything);
	tcase_add_test(tests, a_big_trace_takes_little_memory);
	tcase_add_test(tests, there_is_no_timeline_without_traces);
	tcase_add_test(tests, what_cannot_be_read_is_said);
	tcase_add_test(tests, a_program_called_trace_can_be_run);
	return group_run();
}
