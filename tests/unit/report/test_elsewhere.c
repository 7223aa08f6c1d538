/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a file on other hosts, as one timeline says. */
#include "timelines.h"

START_TEST(nothing_is_looked_for_without_the_setting)
{
	ck_assert_int_eq(mkdir("traces", 0777), 0);
	ck_assert_int_eq(find_in(A_HOLD("00001", "node17")), 0);
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is)
{
	setenv(SETTING_TRACE, "traces", 1);
	ck_assert_int_eq(find(), 0);
	ck_assert_int_eq(mkdir("traces", 0777), 0);
	ck_assert_int_eq(find(), 0);
}
END_TEST

START_TEST(a_holder_of_another_host)
{
	traces_folder();
	ck_assert_int_eq(find_in(A_HOLD("00001", "node17")), 1);
	ck_assert_int_eq(found[0].pid, 4711);
	ck_assert(found[0].exclusive);
	ck_assert_int_eq(found[0].since, 1700000001000000);
	ck_assert(found[0].has_user);
	ck_assert_int_eq(found[0].user, 1000);
	ck_assert_str_eq(found[0].host, "node17");
	ck_assert_str_eq(found[0].program, "h5copy");
	ck_assert_str_eq(found[0].job, "slurm 12345_6");
}
END_TEST

START_TEST(a_timeline_of_an_earlier_version)
{
	traces_folder();
	ck_assert_int_eq(find_in(T("00000") "4711\tabc\tprocess\t\"node17\"\t\"h5copy\"\n" T(
				 "00001") HOLD("3", "shared")),
			 1);
	ck_assert(!found[0].has_user && !found[0].exclusive);
	ck_assert_str_eq(found[0].job, "");
	ck_assert_str_eq(found[0].program, "h5copy");
}
END_TEST

/* What comes after a hold of descriptor 3, and whether there is a holder then. */
static const struct {
	const char *then;
	int found;
} later[] = {
	{ T("00002") END("3"), 0 },
	{ T("00002") END("4"), 1 },
	{ T("00002") END("3") T("00003") HOLD("3", "shared"), 1 },
	{ T("00002") HOLD("4", "exclusive") T("00003") END("3"), 1 },
	{ T("00002") HOLD("4", "exclusive") T("00003") END("3") T("00004") END("4"), 0 },
	/* The number was free, and so the file closed. */
	{ T("00002") "1\t3\thold\tshared\t9\t7\t\"/other.h5\"\n", 0 },
	/* Another thread introduces the process; another program has its number. */
	{ T("00002") WHO("4711", "node17"), 1 },
	{ T("00002") "4711\tdef\tprocess\t\"node17\"\t\"later\"\n", 0 },
	/* A line that is just being written, or was cut. */
	{ T("00002") "1\t3\trelease", 1 },
	{ T("00002") "1\t3\trel\n", 1 },
	{ "\n\n\t\t\t\n", 1 },
	{ "\xff\xfe\x01\n", 1 },
	{ T("00002") "1\t-\twait\tshared\t\"/there/data.h5\"\n", 1 },
	{ T("00002") "1\t3\tchange\t1700000002000000\tshared\n", 1 },
	{ T("00002") "1\t9\tchange\t1700000002000000\tshared\n", 1 },
};

START_TEST(what_a_timeline_goes_on_with)
{
	char text[2048];

	traces_folder();
	snprintf(text, sizeof(text), "%s%s", A_HOLD("00001", "node17"), later[_i].then);
	ck_assert_int_eq(find_in(text), later[_i].found);
}
END_TEST

START_TEST(a_lock_of_another_kind_since)
{
	traces_folder();
	ck_assert_int_eq(find_in(A_HOLD("00001", "node17")
					 T("00002") "1\t3\tchange\t1700000003000000\tshared\n"),
			 1);
	ck_assert(!found[0].exclusive);
	ck_assert_int_eq(found[0].since, 1700000003000000);
}
END_TEST

/* A byte 0 ends no line. */
START_TEST(a_line_with_a_byte_0_is_none)
{
	static const char cut[] = T("00002") "1\t3\trelease\0\n";
	FILE *file;

	traces_folder();
	file = fopen("traces/node17-4711.trace", "w");
	fputs(A_HOLD("00001", "node17"), file);
	fwrite(cut, 1, sizeof(cut) - 1, file);
	fclose(file);
	ck_assert_int_eq(find(), 1);
}
END_TEST

START_TEST(what_is_before_an_introduction_is_nobodys)
{
	traces_folder();
	ck_assert_int_eq(find_in(T("00001") HOLD("3", "shared")), 0);
}
END_TEST

START_TEST(it_is_the_same_file)
{
	traces_folder();
	file_write("traces/node17-4711.trace", A_HOLD("00001", "node17"));
	ck_assert_int_eq(find_named("data.h5", 2, 0), 1);
	ck_assert_int_eq(find_named("/here/data.h5", 2, 9), 1);
	ck_assert_int_eq(find_named("/here/data.h5", 2, 8), 0);
	ck_assert_int_eq(find_named("/here/data.h5", 3, 0), 0);
	ck_assert_int_eq(find_named("/here/other.h5", 2, 0), 0);
	ck_assert_int_eq(find_named("/here/a.h5", 2, 0), 0);
	ck_assert_int_eq(find_named("/here/ata.h5", 2, 0), 0);
}
END_TEST

START_TEST(a_name_as_json_has_it)
{
	traces_folder();
	file_write("traces/node17-4711.trace",
		   T("00000") WHO("4711", "node17")
			   T("00001") "1\t3\thold\tshared\t9\t2\t\"/x/a\\\"\\\\\\u000a\\\\xE9\"\n");
	ck_assert_int_eq(find_named("/y/a\"\\\n\xe9", 2, 0), 1);
}
END_TEST

/* Who has written them may be anybody. */
START_TEST(texts_are_short_and_printable)
{
	char text[4096], name[512];

	traces_folder();
	memset(name, 'n', sizeof(name));
	memcpy(name + 62, "\xc3\xa9", 2);
	name[sizeof(name) - 1] = 0;
	snprintf(text, sizeof(text),
		 T("00000") "1\tabc\tprocess\t\"%s\"\t\"\\\"\xc2\x9b"
			    "31m\\\\\\u001b\"\t1\t\"%s\"\n" T("00001") HOLD("3", "shared"),
		 name, name);
	ck_assert_int_eq(find_in(text), 1);
	ck_assert_int_eq((int)strlen(found[0].host), 64);
	ck_assert_int_eq((int)strlen(found[0].job), JOB_BYTES - 1);
	ck_assert_str_eq(found[0].program, "\"?31m\\\\u001b");
	name[63] = (char)0xaa;
	name[62] = 'n';
	memcpy(name + 63, "\xc3\xa9", 2);
	snprintf(text, sizeof(text),
		 T("00000") "1\tabc\tprocess\t\"%s\"\t\"\"\t1\t\"\"\n" T("00001")
			 HOLD("3", "shared"),
		 name);
	ck_assert_int_eq(find_in(text), 1);
	/* Not half of a character. */
	ck_assert_int_eq((int)strlen(found[0].host), 63);
}
END_TEST

int main(void)
{
	TCase *tests = group("elsewhere");

	tcase_add_test(tests, nothing_is_looked_for_without_the_setting);
	tcase_add_test(tests, nothing_is_found_where_nothing_is);
	tcase_add_test(tests, a_holder_of_another_host);
	tcase_add_test(tests, a_timeline_of_an_earlier_version);
	tcase_add_loop_test(tests, what_a_timeline_goes_on_with, 0,
			    sizeof(later) / sizeof(later[0]));
	tcase_add_test(tests, a_lock_of_another_kind_since);
	tcase_add_test(tests, a_line_with_a_byte_0_is_none);
	tcase_add_test(tests, what_is_before_an_introduction_is_nobodys);
	tcase_add_test(tests, it_is_the_same_file);
	tcase_add_test(tests, a_name_as_json_has_it);
	tcase_add_test(tests, texts_are_short_and_printable);
	return group_run();
}
