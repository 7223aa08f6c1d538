/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in buffers of fixed size, and what a terminal would obey. */
#include "system/text.h"

#include "support.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

START_TEST(what_is_added_stands_behind_what_is_there)
{
	struct text text;
	char buffer[32];

	memset(buffer, 'x', sizeof(buffer));
	text_begin(&text, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "");
	text_add(&text, "%s%d", "a", 1);
	text_add(&text, "%s", "");
	text_add(&text, "-%s", "b");
	ck_assert_str_eq(buffer, "a1-b");
	ck_assert_int_eq((int)text.used, 4);
	ck_assert(!text.cut);
}
END_TEST

/* Of each size around that of what is added. */
START_TEST(what_does_not_fit_is_cut)
{
	size_t size = (size_t)_i;
	char buffer[16], expected[16] = "abcdefgh";
	struct text text;

	memset(buffer, 'x', sizeof(buffer));
	text_begin(&text, buffer, size);
	text_add(&text, "abc");
	text_add(&text, "%s", "defgh");
	if (size <= 8)
		expected[size - 1] = 0;
	ck_assert_int_eq(text.cut, size <= 8);
	/* Nothing follows where something is missing. */
	if (text.cut)
		text_add(&text, "!");
	ck_assert_str_eq(buffer, expected);
	ck_assert_int_eq((int)text.used, (int)strlen(buffer));
	for (size_t i = size; i < sizeof(buffer); i++)
		ck_assert_int_eq(buffer[i], 'x');
}
END_TEST

START_TEST(longer_than_any_number_says)
{
	volatile int width = INT_MAX; /* the compiler must not see it coming */
	struct text text;
	char buffer[16];

	text_begin(&text, buffer, sizeof(buffer));
	text_add(&text, "a");
	text_add(&text, "%*s%*s", width, "b", width, "c");
	ck_assert(text.cut);
	ck_assert_int_eq(buffer[0], 'a');
	ck_assert_int_eq((int)text.used, (int)strlen(buffer));
	/* Nothing stands behind the gap. */
	text_add(&text, "d");
	ck_assert_ptr_null(strchr(buffer, 'd'));
}
END_TEST

static const struct {
	const char *text, *printable;
} characters[] = {
	{ "plain", "plain" },
	{ "", "" },
	{ "a\nb\tc\033d\177e", "a?b?c?d?e" },
	/* C1 in UTF-8, from the first to the last, and what is next to it. */
	{ "a\302\200b\302\233c\302\237d", "a?b?c?d" },
	{ "\302\240\302\277", "\302\240\302\277" },
	/* C1 as bytes, which some terminals obey, and what is next to it. */
	{ "a\200b\2332Jc\237d", "a?b?2Jc?d" },
	{ "\240\377", "\240\377" },
	/* These bytes inside of other characters. */
	{ "\303\233 \342\202\254 \360\237\230\200", "\303\233 \342\202\254 \360\237\230\200" },
	/* Beginnings without an end, before C1 and at the end. */
	{ "\302\302\233x", "\302?x" },
	{ "\342\302\233x", "\342?x" },
	{ "\342\202", "\342?" },
	{ "\302", "\302" },
	/* Too long a way to write it. */
	{ "\340\202\233", "\340??" },
	{ "\300\233", "\300?" },
};

START_TEST(terminals_get_nothing_to_obey)
{
	char text[64];

	strcpy(text, characters[_i].text);
	text_make_printable(text);
	ck_assert_str_eq(text, characters[_i].printable);
}
END_TEST

int main(void)
{
	TCase *tests = group("text");

	tcase_add_test(tests, what_is_added_stands_behind_what_is_there);
	tcase_add_loop_test(tests, what_does_not_fit_is_cut, 1, 12);
	tcase_add_test(tests, longer_than_any_number_says);
	tcase_add_loop_test(tests, terminals_get_nothing_to_obey, 0,
			    sizeof(characters) / sizeof(characters[0]));
	return group_run();
}
