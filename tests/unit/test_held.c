/* The table of held descriptors: it is believed only after a look. */
#include "held.h"
#include "libc.h"
#include "proc.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct stat st;

/* A locked descriptor of a new file, entered as STATE. */
static int hold(const char *name, enum held_state state)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(held_add(fd, &st, state, HELD_EXCLUSIVE, "library"), 0);
	return fd;
}

START_TEST(an_entry_is_found_by_descriptor_and_by_file)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	ck_assert(held_any());
	ck_assert(held_get(fd, &h));
	ck_assert_int_eq(h.state, HELD_OPEN);
	ck_assert_int_eq(h.lock, HELD_EXCLUSIVE);
	ck_assert(!h.inherited);
	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.fd, fd);
	ck_assert(!held_get(fd + 1, &h));
	ck_assert(!held_get(-1, &h));
	ck_assert(!held_get(1 << 30, &h));
}
END_TEST

START_TEST(release_unlocks_and_forgets_and_keeps_errno)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	locks_become("a", 0, 1);
	errno = 77;
	ck_assert(held_release(fd, &h));
	ck_assert_int_eq(errno, 77);
	locks_become("a", 0, 0);
	ck_assert(!held_release(fd, &h));
	ck_assert(!held_find(&st, -1, &h));
	ck_assert(!held_any());
}
END_TEST

START_TEST(a_number_that_now_is_another_file_is_not_believed)
{
	struct held h;
	int fd = hold("a", HELD_OPEN), other = open("b", O_RDWR | O_CREAT, 0666);
	struct stat a = st;

	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(dup2(other, fd), fd);
	ck_assert(!held_get(fd, &h));
	ck_assert(!held_find(&a, -1, &h));
	/* Nor is the lock that somebody else has there let go. */
	ck_assert(!held_release(fd, &h));
	locks_become("b", 0, 1);
}
END_TEST

START_TEST(the_same_number_on_another_file_system_is_another_file)
{
	struct held h;
	int fd = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	ck_assert_int_eq(fstat(fd, &st), 0);
	st.st_dev++;
	ck_assert_int_eq(held_add(fd, &st, HELD_OPEN, HELD_EXCLUSIVE, "library"), 0);
	ck_assert(!held_get(fd, &h));
	ck_assert(!held_find(&st, -1, &h));
}
END_TEST

START_TEST(what_is_open_is_preferred_to_what_is_being_opened)
{
	struct held h;
	int opening = hold("a", HELD_OPENING), other = dup(opening);

	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.state, HELD_OPENING);
	ck_assert_int_eq(held_add(other, &st, HELD_OPEN, HELD_EXCLUSIVE, NULL), 0);
	ck_assert(held_find(&st, -1, &h));
	ck_assert_int_eq(h.fd, other);
	held_change(opening, HELD_OPEN, HELD_SHARED);
	ck_assert(held_get(opening, &h));
	ck_assert_int_eq(h.state, HELD_OPEN);
	ck_assert_int_eq(h.lock, HELD_SHARED);
}
END_TEST

START_TEST(of_two_that_wait_the_second_defers_to_the_first)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert(!held_find(&st, first, &h));
	ck_assert_int_eq(held_add(second, &st, HELD_WAITING, HELD_UNLOCKED, NULL), 0);
	ck_assert(!held_find(&st, first, &h));
	ck_assert(held_find(&st, second, &h));
	ck_assert_int_eq(h.fd, first);
	/* Whoever has the lock comes first in any case. */
	held_change(second, HELD_OPENING, HELD_EXCLUSIVE);
	ck_assert(held_find(&st, first, &h));
	ck_assert_int_eq(h.fd, second);
}
END_TEST

START_TEST(a_lock_is_revoked_only_before_hdf5_has_the_descriptor)
{
	struct held h;
	int fd = hold("a", HELD_OPENING);
	struct stat other = st;

	other.st_ino++;
	ck_assert(!held_revoke(fd, &other));
	locks_are("a", 0, 1);
	ck_assert(held_revoke(fd, &st));
	locks_are("a", 0, 0);
	ck_assert(!held_revoke(fd, &st));
	ck_assert(!held_commit(fd));
	ck_assert(!held_find(&st, -1, &h));
	held_drop(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert(!held_any());
	fd = hold("b", HELD_OPENING);
	ck_assert(held_commit(fd));
	ck_assert(held_commit(fd));
	ck_assert(!held_revoke(fd, &st));
	locks_are("b", 0, 1);
}
END_TEST

/* Who waits within HDF5 has its mutex, and nobody gets past that. */
START_TEST(of_two_that_wait_the_one_within_hdf5_goes_first)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert(!held_any_inside());
	ck_assert_int_eq(held_add(second, &st, HELD_INSIDE, HELD_UNLOCKED, "library"), 0);
	ck_assert(held_any_inside());
	ck_assert(!held_find(&st, second, &h));
	ck_assert(held_find(&st, first, &h));
	ck_assert_int_eq(h.fd, second);
	held_change(second, HELD_OPEN, HELD_EXCLUSIVE);
	ck_assert(!held_any_inside());
}
END_TEST

/* Each copy of HDF5 has a mutex of its own. */
START_TEST(who_waits_within_another_copy_of_hdf5_goes_by_the_order)
{
	struct held h;
	int first = hold("a", HELD_WAITING), second = dup(first);

	ck_assert_int_eq(held_add(second, &st, HELD_INSIDE, HELD_UNLOCKED, "another library"), 0);
	ck_assert(!held_find(&st, first, &h));
	ck_assert(held_find(&st, second, &h));
	ck_assert_int_eq(h.fd, first);
}
END_TEST

/* Runs BODY in a forked child; its failed assertions become its exit status. */
static void in_forked_child(int (*body)(int fd), int fd)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body(fd));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static int inherits(int fd)
{
	struct held h;

	if (!held_get(fd, &h) || !h.inherited || !proc_shows_lock(fd))
		return 1;
	/* Closing it must not unlock the parent's file. */
	if (held_release(fd, &h) || held_any())
		return 2;
	return close(fd) ? 3 : 0;
}

START_TEST(a_forked_child_knows_but_never_unlocks)
{
	struct held h;
	int fd = hold("a", HELD_OPEN);

	in_forked_child(inherits, fd);
	locks_become("a", 0, 1);
	ck_assert(held_get(fd, &h) && !h.inherited);
}
END_TEST

static int sees_it_unlocked(int fd)
{
	return proc_shows_lock(fd);
}

START_TEST(a_lock_that_is_gone_shows_in_fdinfo)
{
	int fd = hold("a", HELD_OPEN);

	ck_assert(proc_shows_lock(fd));
	flock(fd, LOCK_UN);
	in_forked_child(sees_it_unlocked, fd);
}
END_TEST

static int has_none(int fd)
{
	struct held h;

	return held_get(fd, &h) || fcntl(fd, F_GETFD) != -1 || held_any();
}

START_TEST(a_forked_child_closes_what_is_being_waited_for_or_opened)
{
	in_forked_child(has_none, hold("a", HELD_WAITING));
	in_forked_child(has_none, hold("a2", HELD_OPENING));
}
END_TEST

START_TEST(a_vforked_child_changes_nothing)
{
	struct held h;
	int fd = hold("a", HELD_OPEN), status;
	pid_t child = vfork();

	if (child == 0)
		_exit(held_release(fd, &h));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	/* By its status: under ThreadSanitizer it is a forked child with a memory of its own. */
	ck_assert_int_eq(status, 0);
	ck_assert(held_get(fd, &h));
	locks_become("a", 0, 1);
}
END_TEST

START_TEST(descriptor_numbers_have_an_end)
{
	ck_assert_int_eq(fstat(0, &st), 0);
	ck_assert_int_eq(held_add(1 << 20, &st, HELD_OPEN, HELD_SHARED, NULL), -EMFILE);
	ck_assert_int_eq(held_add((1 << 20) - 1, &st, HELD_OPEN, HELD_SHARED, NULL), 0);
}
END_TEST

int main(void)
{
	TCase *tests = group("held");

	tcase_add_test(tests, an_entry_is_found_by_descriptor_and_by_file);
	tcase_add_test(tests, release_unlocks_and_forgets_and_keeps_errno);
	tcase_add_test(tests, a_number_that_now_is_another_file_is_not_believed);
	tcase_add_test(tests, the_same_number_on_another_file_system_is_another_file);
	tcase_add_test(tests, what_is_open_is_preferred_to_what_is_being_opened);
	tcase_add_test(tests, of_two_that_wait_the_second_defers_to_the_first);
	tcase_add_test(tests, a_lock_is_revoked_only_before_hdf5_has_the_descriptor);
	tcase_add_test(tests, of_two_that_wait_the_one_within_hdf5_goes_first);
	tcase_add_test(tests, who_waits_within_another_copy_of_hdf5_goes_by_the_order);
	tcase_add_test(tests, a_forked_child_knows_but_never_unlocks);
	tcase_add_test(tests, a_lock_that_is_gone_shows_in_fdinfo);
	tcase_add_test(tests, a_forked_child_closes_what_is_being_waited_for_or_opened);
	tcase_add_test(tests, a_vforked_child_changes_nothing);
	tcase_add_test(tests, descriptor_numbers_have_an_end);
	return group_run();
}
