/* The executable's own functions and strings: this program's. */
#include "executable.h"

#include "support.h"

#include <dlfcn.h>

__attribute__((noinline)) static int some_local_function(int x)
{
	__asm__ volatile("");
	return x + 1;
}

START_TEST(finds_a_local_function_where_it_is_loaded)
{
	static const char *const names[] = { "no_such_function", "some_local_function", NULL };
	struct span found[2];
	uintptr_t address = (uintptr_t)some_local_function;

	ck_assert_int_eq(some_local_function(1), 2);
	ck_assert_int_eq(executable_functions(names, found, 2), 1);
	ck_assert_uint_eq(found[0].start, address);
	ck_assert_uint_gt(found[0].end, address);
	ck_assert_uint_lt(found[0].end, address + 4096);
}
END_TEST

/* A part that a compiler split off, and a function that only begins alike. */
__asm__(".text\n"
	".type of_parts,@function\nof_parts: nop\n.size of_parts, .-of_parts\n"
	".type of_parts.cold,@function\nof_parts.cold: nop\n.size of_parts.cold, .-of_parts.cold\n"
	".type of_parts_too,@function\nof_parts_too: nop\n.size of_parts_too, .-of_parts_too\n");

START_TEST(finds_all_parts_of_a_function)
{
	static const char *const names[] = { "of_parts", NULL };
	struct span found[4];

	ck_assert_int_eq(executable_functions(names, found, 4), 2);
	ck_assert_int_eq(executable_functions(names, found, 1), 1);
}
END_TEST

START_TEST(finds_no_other_function)
{
	/* In the table of strings, but not the name of a function. */
	static const char *const names[] = { "no_such_function", "local_function", NULL };
	struct span found[2];

	ck_assert_int_eq(executable_functions(names, found, 2), 0);
}
END_TEST

START_TEST(code_is_where_functions_are)
{
	struct span code = executable_code();
	uintptr_t address = (uintptr_t)some_local_function;

	ck_assert(address >= code.start && address < code.end);
	address = (uintptr_t)dlsym(RTLD_NEXT, "close");
	ck_assert(address && (address < code.start || address >= code.end));
}
END_TEST

/* AddressSanitizer's memmem() must not look between variables; executable_has_string() does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "intercept_memmem=0";
}

START_TEST(finds_a_string)
{
	static const char *const there[] = { "a string that is nowhere else", NULL };
	/* Built here, so that it is in no memory that is searched. */
	char text[] = "b string that is nowhere else";
	const char *const absent[] = { text, NULL };

	ck_assert(executable_has_string(there));
	text[0] = 'c';
	ck_assert(!executable_has_string(absent));
}
END_TEST

int main(void)
{
	TCase *tests = group("executable");

	tcase_add_test(tests, finds_a_local_function_where_it_is_loaded);
	tcase_add_test(tests, finds_all_parts_of_a_function);
	tcase_add_test(tests, finds_no_other_function);
	tcase_add_test(tests, code_is_where_functions_are);
	tcase_add_test(tests, finds_a_string);
	return group_run();
}
