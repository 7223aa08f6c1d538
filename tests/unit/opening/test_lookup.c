/* SPDX-License-Identifier: BSD-3-Clause */
/* Where names lead: links that lead nowhere, and what may be removed at a name; and the thread that
 * looks. */
#include "lock/held.h"
#include "opening/lookup.h"
#include "opening/ongoing.h"

#include "support.h"
#include "system/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct opening opening_of(const char *name)
{
	return (struct opening){ .call.name = name, .file.fd = -1, .folder = -1 };
}

static const struct {
	const char *name;
	int result;
	const char *leads_to;
} names[] = {
	{ "file", 0, NULL },
	{ "nothing", 0, NULL },
	{ "to-file", 0, NULL },
	{ "to-nothing", 1, "nothing" },
	{ "folder/to-sibling", 1, "folder/sibling" },
	{ "folder/up", 1, "folder/../nothing" },
	{ "to-to-nothing", 1, "nothing" },
	{ "folder/to-root", 1, "/no/such/file" },
	{ "to-sibling", 1, "folder/sibling" },
	{ "circle", -ELOOP, NULL },
	{ "file/name", -ENOTDIR, NULL },
};

START_TEST(links_are_followed_to_where_nothing_is)
{
	struct opening o = opening_of(names[_i].name);
	char buffer[PATH_MAX];

	file_write("file", "x");
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(symlink("file", "to-file"), 0);
	ck_assert_int_eq(symlink("nothing", "to-nothing"), 0);
	ck_assert_int_eq(symlink("to-nothing", "to-to-nothing"), 0);
	ck_assert_int_eq(symlink("sibling", "folder/to-sibling"), 0);
	ck_assert_int_eq(symlink("folder/to-sibling", "to-sibling"), 0);
	ck_assert_int_eq(symlink("../nothing", "folder/up"), 0);
	ck_assert_int_eq(symlink("/no/such/file", "folder/to-root"), 0);
	ck_assert_int_eq(symlink("circle", "circle"), 0);
	ck_assert_int_eq(lookup_dangling(&o, buffer), names[_i].result);
	if (names[_i].leads_to)
		ck_assert_str_eq(buffer, names[_i].leads_to);
}
END_TEST

enum { PART = 250, PARTS = 15 };

/* A link whose target is no path any more behind the folders of its own name. */
START_TEST(what_is_too_long_is_not_followed)
{
	char name[PARTS * (PART + 1) + 8] = "", part[PART + 1], target[2 * PART];
	struct opening o = opening_of(name);
	struct {
		char buffer[PATH_MAX], behind[sizeof(target)];
	} place = { .behind = "untouched" };

	memset(part, 'a', PART);
	part[PART] = 0;
	memset(target, 'b', sizeof(target));
	target[PART] = '/';
	target[sizeof(target) - 1] = 0;
	for (int i = 0; i < PARTS; i++) {
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s/", part);
		ck_assert_int_eq(mkdir(name, 0777), 0);
	}
	strcat(name, "link");
	ck_assert_int_eq(symlink(target, name), 0);
	ck_assert_int_eq(lookup_dangling(&o, place.buffer), -ENAMETOOLONG);
	ck_assert_str_eq(place.behind, "untouched");
	target[0] = 'c';
	ck_assert_int_eq(unlink(name), 0);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_told)
{
	char name[PATH_MAX + 1] = "", buffer[PATH_MAX];
	struct opening o = opening_of(name);

	memset(name, 'a', PATH_MAX);
	ck_assert_int_eq(lookup_dangling(&o, buffer), -ENAMETOOLONG);
}
END_TEST

/* Only what this process has created, and as it created it. */
START_TEST(nothing_is_removed_but_the_same_empty_file)
{
	struct opening o = opening_of("a");
	int fd = open("a", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq((int)write(fd, "x", 1), 1);
	lookup_remove_empty(&o, "a", fd);
	ck_assert(file_exists("a"));
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	/* Somebody else's, which is empty, too. */
	ck_assert_int_eq(rename("a", "b"), 0);
	file_write("a", "");
	lookup_remove_empty(&o, "a", fd);
	ck_assert(file_exists("a"));
	ck_assert_int_eq(rename("b", "a"), 0);
	lookup_remove_empty(&o, "a", fd);
	ck_assert(!file_exists("a"));
}
END_TEST

/* The name leads where it led when the call began. */
START_TEST(a_folder_is_kept_until_the_end)
{
	struct opening o = opening_of("a");
	char before[PATH_MAX], expected[PATH_MAX + 8];
	struct stat folder;

	file_write("a", "x");
	ck_assert_int_eq(stat("a", &o.file.st), 0);
	ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
	ck_assert_int_eq(lookup_keep_folder(&o), 0);
	ck_assert_int_ge(o.folder, 0);
	ck_assert_str_eq(lookup_name(&o), "a");
	ck_assert(lookup_is_name(&o, "a"));
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert(!lookup_replaced(&o, &o.file.st));
	snprintf(expected, sizeof(expected), "%s/a", before);
	ck_assert_str_eq(lookup_name(&o), expected);
	ck_assert(lookup_is_name(&o, expected));
	ck_assert(!lookup_is_name(&o, "a"));
	ck_assert_int_eq(chdir(before), 0);
	lookup_end(&o);
	ck_assert_int_eq(o.folder, -1);
	ck_assert_ptr_null(o.absolute);
	/* Another file stands there by now. */
	ck_assert_int_eq(rename("a", "b"), 0);
	file_write("a", "y");
	ck_assert_int_eq(lookup_keep_folder(&o), AFRESH);
	ck_assert_int_eq(fstat(o.folder, &folder), 0);
	lookup_end(&o);
}
END_TEST

static int times_asked;
static char asked_for[PATH_MAX];
static int asked_how;

static int note_statx(int fd, const char *path, int flags, unsigned int mask, struct statx *st)
{
	times_asked++;
	strcpy(asked_for, path);
	asked_how = flags;
	return (int)syscall(SYS_statx, fd, path, flags, mask, st);
}

static const struct filesystem here = { .name = "here", .traits = FS_LINE };
static const struct filesystem elsewhere = { .name = "elsewhere", .traits = FS_REMOTE };

static const struct {
	const char *name, *folder;
} folders[] = { { "a", "." }, { "folder/a", "folder/" }, { "./folder/../a", "./folder/../" } };

/* A client that remembers where the name led hears from the server that its folder has changed. */
START_TEST(another_hosts_folder_is_looked_at_first)
{
	struct opening o = opening_of(folders[_i].name);

	ck_assert_int_eq(mkdir("folder", 0777), 0);
	file_write(o.call.name, "x");
	ck_assert_int_eq(stat(o.call.name, &o.file.st), 0);
	names_statx = note_statx;
	o.file.fs = &here;
	ck_assert(!lookup_replaced(&o, &o.file.st));
	ck_assert_int_eq(times_asked, 0);
	o.file.fs = &elsewhere;
	ck_assert(!lookup_replaced(&o, &o.file.st));
	ck_assert_int_eq(times_asked, 1);
	ck_assert_str_eq(asked_for, folders[_i].folder);
	ck_assert(asked_how & AT_STATX_FORCE_SYNC);
}
END_TEST

/* A thread that is cancelled dies when the call is over: in its middle, lock and timer would stay.
 */
START_TEST(an_opening_is_not_cancelled)
{
	struct opening start = opening_of("a"), *o;
	struct bracket_mark mark;
	int state;

	for (int i = 0; i < 2; i++) {
		pthread_setcancelstate(i ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE, NULL);
		o = ongoing_begin(&start, &mark);
		ck_assert_ptr_nonnull(o);
		/* HDF5's open() is answered in HDF5's call alone, not while it waits. */
		ck_assert_ptr_null(ongoing_that_answers());
		o->handed.answers = true;
		ck_assert_ptr_eq(ongoing_that_answers(), o);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		ck_assert_int_eq(state, PTHREAD_CANCEL_DISABLE);
		errno = ENOTTY;
		ongoing_end(o);
		ck_assert_int_eq(errno, ENOTTY);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		ck_assert_int_eq(state, i ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE);
	}
}
END_TEST

__attribute__((noinline)) static void begin_and_leave(void)
{
	struct opening start = opening_of("a");
	struct bracket_mark mark;

	ck_assert_ptr_nonnull(ongoing_begin(&start, &mark));
}

/* Another thread may wait for this one's opening. */
START_TEST(whoever_waits_is_told_of_a_jump)
{
	uint32_t before = held_version();
	int state;

	begin_and_leave();
	ck_assert(held_version() == before);
	bracket_sweep(__builtin_frame_address(0));
	ck_assert(held_version() != before);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	ck_assert_int_eq(state, PTHREAD_CANCEL_ENABLE);
}
END_TEST

/* The flags by which it differs from other descriptors of the file are not what HDF5 gets. */
START_TEST(what_is_opened_alone_keeps_no_odd_flags)
{
	struct opening o = opening_of("file");
	int flags = _i % 2 ? O_RDWR : O_RDONLY, fd;

	close(open("file", O_RDWR | O_CREAT, 0666));
	fd = lookup_open_alone(&o, flags);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND | O_NOATIME),
			 flags);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	o = opening_of("missing");
	ck_assert_int_lt(lookup_open_alone(&o, flags), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("lookup");

	tcase_add_loop_test(tests, links_are_followed_to_where_nothing_is, 0,
			    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tests, what_is_too_long_is_not_followed);
	tcase_add_test(tests, a_name_that_is_too_long_is_told);
	tcase_add_test(tests, nothing_is_removed_but_the_same_empty_file);
	tcase_add_test(tests, an_opening_is_not_cancelled);
	tcase_add_test(tests, whoever_waits_is_told_of_a_jump);
	tcase_add_test(tests, a_folder_is_kept_until_the_end);
	tcase_add_loop_test(tests, another_hosts_folder_is_looked_at_first, 0,
			    sizeof(folders) / sizeof(folders[0]));
	tcase_add_loop_test(tests, what_is_opened_alone_keeps_no_odd_flags, 0, 16);
	return group_run();
}
