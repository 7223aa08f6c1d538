/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors that waiting can't mend come back at once, and as without the library. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const commands[] = {
	"open a missing.h5 r",
	"open a missing.h5 rw",
	"open a missing/missing.h5 r",
	"open a unreadable.h5 r",
	"open a unreadable.h5 rw",
	"open a readonly.h5 rw",
	"open a folder r",
	"open a folder rw",
	"open a text.h5 r",
	"open a text.h5 rw",
	"open a text.h5/below.h5 r",
	"open a empty.h5 r",
	"open a empty.h5 rw",
	"open a dangling.h5 r",
	"open a dangling.h5 rw",
	"open a loop.h5 r",
	"open a /dev/null r",
	"create a missing/new.h5 trunc",
	"create a missing/new.h5 excl",
	"create a unreadable.h5 trunc",
	"create a readonly.h5 trunc",
	"create a folder trunc",
	"create a folder excl",
	"create a locked/new.h5 trunc",
	"create a locked/new.h5 excl",
	"create a data.h5 excl",
	"create a text.h5 excl",
	"create a dangling.h5 excl",
	"create a loop.h5 trunc",
	"is-hdf5 text.h5",
	"is-hdf5 empty.h5",
	"is-hdf5 missing.h5",
	"is-hdf5 data.h5",
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void prepare_files(void)
{
	h5_file("data.h5", 1);
	h5_file("unreadable.h5", 1);
	h5_file("readonly.h5", 1);
	ck_assert_int_eq(RUN("sh", "-c",
			     "chmod 777 . data.h5; chmod 0 unreadable.h5; chmod 444 readonly.h5;"
			     "mkdir folder; chmod 777 folder; mkdir locked; chmod 555 locked;"
			     "echo 'no HDF5' >text.h5; chmod 666 text.h5;"
			     "touch -d '1 hour ago' empty.h5; chmod 666 empty.h5;"
			     "ln -s nothing.h5 dangling.h5; ln -s loop.h5 loop.h5")
				 .status,
			 0);
}

/* Some of HDF5's errors tell the time, the descriptor's number, and where a buffer is. */
static void forget(char *answer, const char *key)
{
	char *value = strstr(answer, key);
	char *end = value ? strchr(value, ',') : NULL;

	if (end)
		memmove(value, end, strlen(end) + 1);
}

/* What a program without root's powers is told; the caller frees it. */
static char *told(const char *command, bool preloaded, double *seconds)
{
	struct actor *a;
	char *answer;
	double start;

	preload(preloaded);
	a = actor_new();
	actor_ok(a, "become-nobody");
	start = seconds_now();
	answer = strdup(actor_ask(a, "%s", command));
	*seconds = seconds_now() - start;
	forget(answer, "time = ");
	forget(answer, "file descriptor = ");
	forget(answer, "buf = ");
	ck_assert_int_eq(actor_end(a), 0);
	return answer;
}

START_TEST(errors_are_as_without_the_library)
{
	double seconds;
	char *without, *with, *files;

	prepare_files();
	without = told(commands[_i], false, &seconds);
	files = RUN("ls", "-l").out;
	with = told(commands[_i], true, &seconds);
	ck_assert_msg(!strcmp(with, without), "%s: %s, but with the library: %s", commands[_i],
		      without, with);
	/* The least patience, 90 seconds, was not used. */
	ck_assert_msg(seconds < 20, "%s took %g s", commands[_i], seconds);
	ck_assert_str_eq(RUN("ls", "-l").out, files);
	free(without);
	free(with);
}
END_TEST

START_TEST(errors_are_printed_as_without_the_library)
{
	prepare_files();
	same_without_library((const char *const[]){ "h5dump", "missing.h5", NULL });
	/* Without any name. */
	same_without_library((const char *const[]){ "h5dump", "", NULL });
}
END_TEST

/* HDF5 prints once what is wrong with the list, not again because the library has asked it, too.
 * (One that is thread-safe says its thread's number, which is another one each time.) */
START_TEST(a_list_of_another_kind_is_complained_of_as_without_the_library)
{
	static const char *const complains[] = { "sh", "-c",
						 ACTOR " <commands 2>&1 | sed 's/thread [0-9]*//'",
						 NULL };

	h5_file("data.h5", 1);
	file_write("commands", "printing on\ndriver wrong\nopen f data.h5 r\n");
	has(run(complains).out, "H5Fopen");
	same_without_library(complains);
}
END_TEST

/* A program that says by HDF5 1.6's interface who prints errors hears of each once, of the
 * library's refusals, too. */
START_TEST(errors_are_printed_by_the_old_interface)
{
	static const char *const prints[] = { "sh", "-c", ACTOR " <commands", NULL };
	struct outcome o;
	size_t nothing;

	NEEDS("echo printing old | " ACTOR " | grep ^ok", "this HDF5 has no such interface");
	h5_file("data.h5", 1);
	file_write("text.h5", "no HDF5");
	file_write("commands", "printing old\nopen a missing.h5 r\nopen a text.h5 rw\n"
			       "create a data.h5 excl\nis-hdf5 missing.h5\nopen a data.h5 r\n");
	same_without_library(prints);
	o = run(prints);
	has(o.err, "printed\n");
	setting("LOCKEDH5_LOG", "log");
	/* HDF5 (1.10.8) prints something at its end, too. */
	file_write("commands", "printing old\n");
	nothing = strlen(run(prints).err);
	file_write("commands", "printing old\ndriver stdio\nopen a data.h5 r\ndriver default\n"
			       "open a missing.h5 r\n");
	o = run(prints);
	ck_assert_uint_eq(strlen(o.err), nothing + 2 * strlen("printed\n"));
	has(o.out, "the file driver is stdio");
}
END_TEST

int main(void)
{
	TCase *tests = group("unmendable errors");

	tcase_add_loop_test(tests, errors_are_as_without_the_library, 0, COMMANDS);
	tcase_add_test(tests, errors_are_printed_as_without_the_library);
	tcase_add_test(tests, a_list_of_another_kind_is_complained_of_as_without_the_library);
	tcase_add_test(tests, errors_are_printed_by_the_old_interface);
	return group_run();
}
