/* SPDX-License-Identifier: BSD-3-Clause */
/* ELF files that are not what they say: nothing outside of them is read. */
#include "system/elf_file.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A library, whose addresses are its offsets. */
struct library {
	Elf64_Ehdr header;
	Elf64_Phdr program[2];
	Elf64_Dyn dynamic[4];
	Elf64_Shdr section[2];
	Elf64_Sym symbol[1];
	char strings[16];
};

/* As the kernel and the linker made this program. */
static Elf64_Ehdr own_header(void)
{
	FILE *file = fopen("/proc/self/exe", "r");
	Elf64_Ehdr header;

	ck_assert_int_eq((int)fread(&header, sizeof(header), 1, file), 1);
	fclose(file);
	return header;
}

static struct library sound(void)
{
	struct library l = { .header = own_header(), .strings = "\0libx.so\0me.so" };

	l.header.e_type = ET_DYN;
	l.header.e_phoff = offsetof(struct library, program);
	l.header.e_phnum = 2;
	l.header.e_shoff = offsetof(struct library, section);
	l.header.e_shnum = 2;
	l.program[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_filesz = sizeof(l) };
	l.program[1] = (Elf64_Phdr){ .p_type = PT_DYNAMIC,
				     .p_offset = offsetof(struct library, dynamic),
				     .p_filesz = sizeof(l.dynamic) };
	l.dynamic[0] = (Elf64_Dyn){ DT_SONAME, { 9 } };
	l.dynamic[1] = (Elf64_Dyn){ DT_NEEDED, { 1 } };
	l.dynamic[2] = (Elf64_Dyn){ DT_STRTAB, { offsetof(struct library, strings) } };
	l.section[0] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
				     .sh_offset = offsetof(struct library, symbol),
				     .sh_size = sizeof(l.symbol),
				     .sh_link = 1 };
	l.section[1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
				     .sh_offset = offsetof(struct library, strings),
				     .sh_size = sizeof(l.strings) };
	l.symbol[0] = (Elf64_Sym){ .st_name = 9,
				   .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				   .st_shndx = 1,
				   .st_value = 100,
				   .st_size = 10 };
	return l;
}

static struct elf opened(const struct library *l)
{
	FILE *file = fopen("file", "w");
	struct elf elf;

	ck_assert_int_eq((int)fwrite(l, sizeof(*l), 1, file), 1);
	fclose(file);
	ck_assert_int_eq(elf_open(&elf, "file"), 0);
	return elf;
}

START_TEST(a_sound_library)
{
	struct library l = sound();
	struct elf elf = opened(&l);

	ck_assert(elf_is_whole(&elf));
	ck_assert(elf_is_library(&elf));
	ck_assert_str_eq(elf_needed(&elf, 0), "libx.so");
	ck_assert_ptr_null(elf_needed(&elf, 1));
	ck_assert_ptr_null(elf_interpreter(&elf));
	elf_close(&elf);
}
END_TEST

START_TEST(program_headers_beyond_the_end)
{
	struct library l = sound();
	struct elf elf;

	l.header.e_phoff = sizeof(l);
	elf = opened(&l);
	ck_assert(!elf_is_whole(&elf));
	ck_assert(!elf_is_library(&elf));
	ck_assert_ptr_null(elf_needed(&elf, 0));
	elf_close(&elf);
}
END_TEST

START_TEST(an_interpreter_beyond_the_end)
{
	struct library l = sound();
	struct elf elf;

	l.program[1].p_type = PT_INTERP;
	l.program[1].p_offset = sizeof(l);
	elf = opened(&l);
	ck_assert_ptr_null(elf_interpreter(&elf));
	elf_close(&elf);
}
END_TEST

START_TEST(names_at_no_address)
{
	struct library l = sound();
	struct elf elf;

	l.dynamic[2].d_un.d_ptr = 2 * sizeof(l);
	elf = opened(&l);
	ck_assert_ptr_null(elf_needed(&elf, 0));
	elf_close(&elf);
}
END_TEST

START_TEST(a_dynamic_section_beyond_the_end)
{
	struct library l = sound();
	struct elf elf;

	l.program[1].p_offset = sizeof(l) - 1;
	elf = opened(&l);
	ck_assert_ptr_null(elf_needed(&elf, 0));
	ck_assert(!elf_is_library(&elf));
	elf_close(&elf);
}
END_TEST

START_TEST(a_dynamic_section_without_its_end)
{
	struct library l = sound();
	struct elf elf;

	l.dynamic[3].d_tag = DT_DEBUG;
	elf = opened(&l);
	ck_assert_str_eq(elf_needed(&elf, 0), "libx.so");
	ck_assert_ptr_null(elf_needed(&elf, 1));
	elf_close(&elf);
}
END_TEST

/* What a compiler makes of me() besides it is called me.cold. */
static const char *const names[] = { "me", NULL };

START_TEST(a_function_is_found_by_its_name)
{
	struct library l = sound();
	struct elf elf = opened(&l);
	struct span found[1];

	ck_assert_int_eq(elf_functions(&elf, SHT_SYMTAB, names, 1000, found, 1), 1);
	ck_assert_uint_eq(found[0].start, 1100);
	ck_assert_uint_eq(found[0].end, 1110);
	elf_close(&elf);
}
END_TEST

START_TEST(symbols_whose_names_have_no_end)
{
	struct library l = sound();
	struct span found[1];
	struct elf elf;

	l.strings[sizeof(l.strings) - 1] = 'x';
	elf = opened(&l);
	ck_assert_int_eq(elf_functions(&elf, SHT_SYMTAB, names, 0, found, 1), 0);
	elf_close(&elf);
}
END_TEST

START_TEST(symbols_whose_names_are_in_no_section)
{
	struct library l = sound();
	struct span found[1];
	struct elf elf;

	l.section[0].sh_link = 77;
	elf = opened(&l);
	ck_assert_int_eq(elf_functions(&elf, SHT_SYMTAB, names, 0, found, 1), 0);
	elf_close(&elf);
}
END_TEST

START_TEST(what_can_not_be_read_or_mapped_is_told)
{
	struct library l = sound();
	struct elf elf = opened(&l), unmapped;
	struct rlimit before, none;
	struct span found[1];
	int functions, whole;
	char byte;

	elf_close(&elf);
	ck_assert_int_eq(elf_open_unmapped(&unmapped, "file"), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
	none = before;
	none.rlim_cur = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
	functions = elf_functions(&unmapped, SHT_SYMTAB, names, 0, found, 1);
	whole = elf_open(&elf, "file");
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
	ck_assert_int_eq(functions, -ENOMEM);
	ck_assert_int_eq(whole, -ENOMEM);
	close(unmapped.fd);
	ck_assert_int_eq(elf_read(&unmapped, 0, &byte, 1), -EBADF);
}
END_TEST

int main(void)
{
	TCase *tests = group("elf_file");

	tcase_add_test(tests, a_sound_library);
	tcase_add_test(tests, program_headers_beyond_the_end);
	tcase_add_test(tests, an_interpreter_beyond_the_end);
	tcase_add_test(tests, names_at_no_address);
	tcase_add_test(tests, a_dynamic_section_beyond_the_end);
	tcase_add_test(tests, a_dynamic_section_without_its_end);
	tcase_add_test(tests, a_function_is_found_by_its_name);
	tcase_add_test(tests, symbols_whose_names_have_no_end);
	tcase_add_test(tests, symbols_whose_names_are_in_no_section);
	tcase_add_test(tests, what_can_not_be_read_or_mapped_is_told);
	return group_run();
}
