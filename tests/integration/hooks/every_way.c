/* SPDX-License-Identifier: BSD-3-Clause */
/* Every hook in every way of being called: what becomes of it is what tests/ways/table says, and so
 * does the manual. */
#include "programs.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define TABLE	 WAYS "/table"
#define MODULE	 CLIENT("ways_module.so")
#define PROGRAM	 CLIENT("ways_client")
#define IN_FRONT CLIENT("ways_interposer.so")

/* How a way is started; those that are not here are ways of the client's. */
static const struct {
	const char *way, *program, *of_client, *module;
} starts[] = {
	{ "dlopen", PROGRAM, "dlopen", MODULE },
	{ "deepbind", PROGRAM, "deepbind", MODULE },
	{ "tail", PROGRAM, "dlopen", CLIENT("ways_tail.so") },
	{ "dlsym", PROGRAM, "dlopen", CLIENT("ways_dlsym.so") },
	{ "second-copy", PROGRAM, "second-copy", "own/ways_module.so" },
	{ "before", PROGRAM, "direct", NULL },
	{ "behind", PROGRAM, "direct", NULL },
	{ "static", CLIENT("ways_client_static"), "direct", NULL },
	{ "stripped", CLIENT("ways_client_stripped"), "direct", NULL },
};
enum { STARTS = sizeof(starts) / sizeof(starts[0]), MOST_WAYS = 40 };

/* --- the table -------------------------------------------------------------------- */

static struct {
	char name[64];
	char exceptions[2048]; /* " HOOK=WORD" each, and a space */
} ways[MOST_WAYS];
static int n_ways;

static void read_exceptions(char *line)
{
	char *word = strtok(line, " \n"), *hook;
	char *to = ways[n_ways - 1].exceptions;

	while (word && (hook = strtok(NULL, " \n")))
		snprintf(to + strlen(to), sizeof(ways[0].exceptions) - strlen(to), " %s=%s ", hook,
			 word);
}

static void read_table(void)
{
	FILE *table = fopen(TABLE, "re");
	char line[512];

	while (table && n_ways < MOST_WAYS && fgets(line, sizeof(line), table)) {
		if (sscanf(line, "way %63[^:]:", ways[n_ways].name) == 1)
			n_ways++;
		else if (line[0] == ' ')
			read_exceptions(line);
	}
	if (table)
		fclose(table);
}

static void expected(int way, const char *hook, char *word, size_t size)
{
	char key[80];
	const char *found;

	snprintf(key, sizeof(key), " %s=", hook);
	found = strstr(ways[way].exceptions, key);
	snprintf(word, size, "kept");
	if (found)
		snprintf(word, size, "%.*s", (int)strcspn(found + strlen(key), " "),
			 found + strlen(key));
}

/* --- one way ------------------------------------------------------------------------ */

static int start_of(const char *way)
{
	int i = 0;

	while (i < STARTS && strcmp(starts[i].way, way))
		i++;
	return i;
}

static void prepare_way(const char *way)
{
	preload(true);
	if (!strcmp(way, "before"))
		setting("LD_PRELOAD", IN_FRONT);
	if (!strcmp(way, "behind"))
		preload_before(IN_FRONT);
	if (!strcmp(way, "stripped"))
		setting("LOCKEDH5_FILES", "*.h5");
	if (!strcmp(way, "second-copy"))
		setting("LD_LIBRARY_PATH", "own");
}

static void done_with_way(void)
{
	setting("LD_PRELOAD", NULL);
	setting("LOCKEDH5_FILES", NULL);
	setting("LD_LIBRARY_PATH", NULL);
	preload(false);
}

/* New files, of which somebody holds one. */
static int make_files(void)
{
	int held;

	ck_assert_int_eq(RUN(PROGRAM, "make").status, 0);
	held = open("held.h5", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(held, LOCK_EX), 0);
	return held;
}

static struct outcome call(const char *way, const char *hook)
{
	int start = start_of(way);

	if (start == STARTS)
		return RUN(PROGRAM, way, hook);
	return RUN(starts[start].program, starts[start].of_client, hook, starts[start].module);
}

/* Appends what is not as expected. */
static void try_cell(int way, const char *hook, char *wrong, size_t size)
{
	char word[64];
	struct outcome o;
	int held;

	expected(way, hook, word, sizeof(word));
	if (!strcmp(word, "none"))
		return;
	/* A look is remembered for a second: a busy machine is given another one. */
	do {
		held = make_files();
		prepare_way(ways[way].name);
		o = call(ways[way].name, hook);
		done_with_way();
		close(held);
	} while (!strcmp(o.out, "late\n"));
	/* HDF5 1.10.6 unlocks its SWMR writers' files whether its own lock is on or off. */
	if (!strcmp(word, "alone") && !strcmp(o.out, "kept\n"))
		return;
	if (strncmp(o.out, word, strlen(word)) || o.out[strlen(word)] != '\n')
		snprintf(wrong + strlen(wrong), size - strlen(wrong),
			 "\n%s %s: %.*s instead of %s (status %d) %.300s", ways[way].name, hook,
			 (int)strcspn(o.out, "\n"), o.out, word, o.status, o.err);
}

static struct outcome the_hooks(void)
{
	struct outcome o = RUN(PROGRAM, "hooks");

	ck_assert_int_eq(o.status, 0);
	return o;
}

START_TEST(every_hook_in_this_way)
{
	char wrong[16384] = "", *next = NULL;
	int start = start_of(ways[_i].name);

	if (start < STARTS && access(starts[start].program, X_OK)) {
		printf("SKIP every_hook_in_this_way: %s: no libhdf5.a\n", ways[_i].name);
		return;
	}
	preload(false);
	/* HDF5's own lock must not stand in for ours. */
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
	setting("LOCKEDH5_COUNT", "1");
	if (!strcmp(ways[_i].name, "second-copy"))
		ck_assert_int_eq(RUN(SCRIPT("own_hdf5"), "own", MODULE).status, 0);
	for (char *hook = strtok_r(the_hooks().out, "\n", &next); hook;
	     hook = strtok_r(NULL, "\n", &next))
		try_cell(_i, hook, wrong, sizeof(wrong));
	ck_assert_msg(!*wrong, "%s", wrong);
}
END_TEST

/* Those that another library could not forward would look as if all were well. */
START_TEST(the_module_jumps)
{
	NEEDS("command -v objdump", "no objdump");
	ck_assert_int_eq(RUN("sh", "-c",
			     "objdump -d " CLIENT("ways_tail.so") " | grep -q 'jmp.*H5Fopen\\|"
								  "b[^l].*H5Fopen'")
				 .status,
			 0);
}
END_TEST

START_TEST(the_table_has_every_hook)
{
	struct outcome o;

	preload(false);
	o = RUN("sh", "-c",
		"exports() { nm -D -P --defined-only " LIBRARY " | cut -d ' ' -f 1; }\n"
		/* Those that do the same as another one, for other arguments. */
		"exports | grep -v -e _async -e _multi -e __asan -e _chk$ -e '^H5Dget_space$' -e "
		"H5Dvlen "
		/* What they see is none of our business but for the names of drivers. */
		"-e H5FDregister -e H5Eset_auto1 "
		"-e stat64 -e statat64 -e xstat -e openat64 -e '^__open' -e creat64 -e euidaccess "
		"-e renameat2 -e linkat -e 'wait[34]' | "
		"while read -r hook; do grep -q \"\\\"$hook\\\"\" " WAYS "/hooks.c " WAYS
		"/looks.c || echo $hook; done");
	ck_assert_msg(!*o.out, "neither in tests/ways/hooks.c nor in looks.c: %s", o.out);
}
END_TEST

/* And so does the list of limits. */
START_TEST(the_manual_says_so)
{
	static const char *const pages[] = { "man/liblockedh5.7", "doc/limits.md" };
	struct outcome o;

	preload(false);
	setting("page", pages[_i]);
	o = RUN("sh", "-c",
		"cd " TOP_SRCDIR " && tests/ways/manual $page | diff - $page &&"
		" grep -c ' ways begin\\|<!-- ways' $page");
	ck_assert_msg(o.status == 0 && !strcmp(o.out, "1\n"),
		      "tests/ways/manual %s makes another section of it:\n%s%s", pages[_i], o.out,
		      o.err);
}
END_TEST

int main(void)
{
	TCase *tests = group("every_way");

	read_table();
	tcase_add_loop_test(tests, every_hook_in_this_way, 0, n_ways);
	tcase_add_test(tests, the_module_jumps);
	tcase_add_test(tests, the_table_has_every_hook);
	tcase_add_loop_test(tests, the_manual_says_so, 0, 2);
	return group_run();
}
