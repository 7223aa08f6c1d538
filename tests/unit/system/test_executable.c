/* SPDX-License-Identifier: BSD-3-Clause */
/* The executable's own functions and strings: this program's. */
#include "system/executable.h"

#include "support.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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
	/* That there are more than are wanted is no secret. */
	ck_assert_int_eq(executable_functions(names, found, 1), 2);
}
END_TEST

/* What can't be looked at is not what is not there. */
START_TEST(says_that_it_could_not_look)
{
	static const char *const names[] = { "some_local_function", NULL };
	struct rlimit few, before;
	struct span found[2];

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ 0, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	errno = 0;
	ck_assert_int_eq(executable_functions(names, found, 2), -EMFILE);
	ck_assert_int_eq(errno, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(executable_functions(names, found, 2), 1);
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

/* Moves the symbol table to the end of the file PATH, to an odd byte. */
static void move_symbols(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	Elf64_Shdr section;
	Elf64_Ehdr elf;
	struct stat st;
	off_t at;
	char *table;

	ck_assert(fd >= 0 && fstat(fd, &st) == 0);
	ck_assert_int_eq(pread(fd, &elf, sizeof(elf), 0), sizeof(elf));
	at = (off_t)elf.e_shoff;
	do {
		ck_assert_int_eq(pread(fd, &section, sizeof(section), at), sizeof(section));
		at += sizeof(section);
	} while (section.sh_type != SHT_SYMTAB);
	table = malloc(section.sh_size);
	ck_assert(table && pread(fd, table, section.sh_size, (off_t)section.sh_offset) ==
				   (ssize_t)section.sh_size);
	section.sh_offset = (Elf64_Off)(st.st_size | 1);
	ck_assert(pwrite(fd, table, section.sh_size, (off_t)section.sh_offset) ==
		  (ssize_t)section.sh_size);
	ck_assert_int_eq(pwrite(fd, &section, sizeof(section), at - (off_t)sizeof(section)),
			 sizeof(section));
	free(table);
	close(fd);
}

/* What it says in that copy of this program: see main(). */
START_TEST(finds_functions_in_a_table_that_is_not_aligned)
{
	char command[256];

	snprintf(command, sizeof(command), "cp /proc/%d/exe copy", (int)getpid());
	ck_assert_int_eq(system(command), 0);
	move_symbols("copy");
	ck_assert_int_eq(system("./copy says whether"), 0);
}
END_TEST

static int says_whether_it_finds_a_function(void)
{
	static const char *const names[] = { "some_local_function", NULL };
	struct span found;

	return executable_functions(names, &found, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	TCase *tests;

	(void)argv;
	if (argc > 1)
		return says_whether_it_finds_a_function();
	tests = group("executable");

	tcase_add_test(tests, finds_a_local_function_where_it_is_loaded);
	tcase_add_test(tests, finds_all_parts_of_a_function);
	tcase_add_test(tests, says_that_it_could_not_look);
	tcase_add_test(tests, finds_no_other_function);
	tcase_add_test(tests, code_is_where_functions_are);
	tcase_add_test(tests, finds_a_string);
	tcase_add_test(tests, finds_functions_in_a_table_that_is_not_aligned);
	return group_run();
}
