/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a lock keeps out the programs of this host alone: refused, told of, or passed over, as the
 * user says. */
#include "opening/weak_lock.h"

#include "report/report.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WHY .name = "some", .why = "is mounted with something", .change = "mount it without"

static const struct filesystem says_so = { .traits = FS_REMOTE | FS_HERE, WHY };
static const struct filesystem likely = { .traits = FS_REMOTE | FS_LIKELY_HERE, WHY };
static const struct filesystem shown = { .traits = FS_REMOTE | FS_HERE_IF_SHOWN, WHY };
static const struct filesystem all_hosts = { .name = "some", .traits = FS_REMOTE };

/* What is told, all of it. */
static const char *told(void)
{
	static char text[4096];
	ssize_t n;
	int fd = open("log", O_RDONLY);

	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n] = 0;
	close(fd);
	return text;
}

/* Before the settings are read, which is once in a process. */
static void policy_is(const char *policy)
{
	setenv("LOCKEDH5_LOG", "log", 1);
	if (policy)
		setenv("LOCKEDH5_LOCALLOCKS", policy, 1);
}

static struct opening opening_of(const char *name)
{
	return (struct opening){ .call.name = name,
				 .file.fd = open(name, O_RDWR | O_CREAT, 0666),
				 .folder = -1 };
}

/* Asks as one does who is about to lock the file, and again with the lock. */
static int lock(struct opening *o, const struct filesystem *fs)
{
	int rc = weak_lock_here(o, fs, o->file.fd, false);

	if (rc)
		return rc;
	ck_assert_int_eq(flock(o->file.fd, LOCK_EX), 0);
	return weak_lock_here(o, fs, o->file.fd, true);
}

enum answer { PASSES, WARNS, REFUSES };

static const struct {
	const char *policy;
	const struct filesystem *fs;
	enum answer answer;
} cases[] = {
	{ NULL, &says_so, REFUSES },	 { NULL, &likely, WARNS },
	{ NULL, &shown, WARNS },	 { NULL, &all_hosts, PASSES },
	{ "auto", &says_so, REFUSES },	 { "auto", &likely, WARNS },
	{ "auto", &shown, WARNS },	 { "auto", &all_hosts, PASSES },
	{ "refuse", &says_so, REFUSES }, { "refuse", &likely, REFUSES },
	{ "refuse", &shown, REFUSES },	 { "refuse", &all_hosts, PASSES },
	{ "warn", &says_so, WARNS },	 { "warn", &likely, WARNS },
	{ "warn", &shown, WARNS },	 { "warn", &all_hosts, PASSES },
	{ "pass", &says_so, PASSES },	 { "pass", &likely, PASSES },
	{ "pass", &shown, PASSES },	 { "pass", &all_hosts, PASSES },
};

START_TEST(it_is_as_the_user_says)
{
	struct opening o = opening_of("data.h5");
	enum answer answer = cases[_i].answer;

	policy_is(cases[_i].policy);
	ck_assert_int_eq(lock(&o, cases[_i].fs), answer == REFUSES ? -ENOLCK : 0);
	if (answer == REFUSES) {
		ck_assert_int_eq(o.failure.error, ENOLCK);
		has(o.failure.sentence, "(some) is mounted with something: ");
		has(o.failure.sentence, "; mount it without, or set LOCKEDH5_LOCALLOCKS=pass");
		has(told(), "mount it without");
	} else {
		ck_assert_int_eq(o.failure.error, 0);
	}
	if (answer == WARNS)
		has(told(), "'data.h5' is locked for the programs of this host alone: its file "
			    "system (some) is mounted with something; mount it without, or set ");
	if (answer == PASSES)
		ck_assert_str_eq(told(), "");
	free(o.failure.sentence);
}
END_TEST

START_TEST(one_warning_is_enough)
{
	struct opening o = opening_of("data.h5"), other = opening_of("other.h5");

	policy_is("warn");
	ck_assert_int_eq(lock(&o, &likely), 0);
	ck_assert_int_eq(lock(&other, &says_so), 0);
	ck_assert_int_eq(lock(&o, &likely), 0);
	has(told(), "data.h5");
	ck_assert_ptr_null(strstr(told(), "other.h5"));
	ck_assert_ptr_null(strchr(strchr(told(), '\n') + 1, '\n'));
}
END_TEST

/* Before the lock it is not known, nor is it where the kernel does not show it. */
START_TEST(what_is_not_shown_is_for_all_hosts)
{
	struct opening o = opening_of("data.h5");

	policy_is("refuse");
	ck_assert_int_eq(weak_lock_here(&o, &shown, o.file.fd, false), 0);
	ck_assert_int_eq(weak_lock_here(&o, &shown, o.file.fd, true), 0);
	ck_assert_int_eq(flock(o.file.fd, LOCK_SH), 0);
	ck_assert_int_eq(weak_lock_here(&o, &shown, o.file.fd, true), -ENOLCK);
	free(o.failure.sentence);
}
END_TEST

/* Where the mount says so it is refused before the lock, and not asked again after it. */
START_TEST(what_is_known_is_said_at_once)
{
	struct opening o = opening_of("data.h5");

	policy_is("refuse");
	ck_assert_int_eq(weak_lock_here(&o, &says_so, o.file.fd, true), 0);
	ck_assert_int_eq(weak_lock_here(&o, &likely, o.file.fd, true), 0);
	ck_assert_int_eq(weak_lock_here(&o, &likely, o.file.fd, false), -ENOLCK);
	free(o.failure.sentence);
}
END_TEST

START_TEST(without_any_lock_it_is_the_users_to_say)
{
	struct opening o = opening_of("data.h5"), other = opening_of("other.h5");

	policy_is(NULL);
	if (_i)
		setenv("LOCKEDH5_NOLOCKS", "pass", 1);
	ck_assert_int_eq(weak_lock_none(&o, o.file.fd, ENOSYS), _i ? 0 : -ENOSYS);
	ck_assert_int_eq(weak_lock_none(&other, other.file.fd, ENOSYS), _i ? 0 : -ENOSYS);
	has(told(), _i ? "'data.h5' is opened unlocked" : "can't lock it");
	ck_assert_ptr_null(strstr(told(), "other.h5"));
	free(o.failure.sentence);
	free(other.failure.sentence);
}
END_TEST

static const int troubles[] = { EIO, ESTALE, EDQUOT, ETIMEDOUT, EHOSTDOWN, EREMOTEIO };

/* A server that is in trouble has locks, or may have them. */
START_TEST(trouble_is_no_want_of_locks)
{
	struct opening o = opening_of("data.h5");

	policy_is(NULL);
	setenv("LOCKEDH5_NOLOCKS", "pass", 1);
	ck_assert_int_eq(weak_lock_none(&o, o.file.fd, troubles[_i]), -troubles[_i]);
	has(o.failure.sentence, "try again later");
	free(o.failure.sentence);
}
END_TEST

static const char *const words[] = { NULL, "auto", "local", "remote" };

START_TEST(what_may_be_old_is_told_once_unless_the_user_has_spoken)
{
	static const struct filesystem old = { .traits = FS_REMOTE | FS_STALE, WHY };
	struct opening o = opening_of("data.h5"), other = opening_of("other.h5");

	policy_is(NULL);
	if (words[_i])
		setenv("LOCKEDH5_COHERENCE", words[_i], 1);
	weak_lock_stale(&o, &all_hosts);
	ck_assert_str_eq(told(), "");
	weak_lock_stale(&o, &old);
	weak_lock_stale(&other, &old);
	if (_i < 2)
		has(told(), "'data.h5' may be read as it was before another host changed it: its "
			    "file system (some) is mounted with something; mount it without, or "
			    "set LOCKEDH5_COHERENCE=local ");
	else
		ck_assert_str_eq(told(), "");
	ck_assert_ptr_null(strstr(told(), "other.h5"));
}
END_TEST

int main(void)
{
	TCase *tests = group("weak_lock");

	tcase_add_loop_test(tests, it_is_as_the_user_says, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, one_warning_is_enough);
	tcase_add_test(tests, what_is_not_shown_is_for_all_hosts);
	tcase_add_test(tests, what_is_known_is_said_at_once);
	tcase_add_loop_test(tests, without_any_lock_it_is_the_users_to_say, 0, 2);
	tcase_add_loop_test(tests, trouble_is_no_want_of_locks, 0,
			    sizeof(troubles) / sizeof(troubles[0]));
	tcase_add_loop_test(tests, what_may_be_old_is_told_once_unless_the_user_has_spoken, 0, 4);
	return group_run();
}
