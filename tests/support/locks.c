/* SPDX-License-Identifier: BSD-3-Clause */
/* Who has a file locked, as the kernel tells it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Finds what /proc/locks calls the file, "fe:00:12345".  stat() can say otherwise (btrfs,
 * overlayfs), so take a lock that disturbs nobody and read its name off the descriptor. */
static void kernel_name(const char *file, char name[64])
{
	struct flock probe = { .l_type = F_RDLCK, .l_start = (off_t)1 << 61, .l_len = 1 };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char path[64], line[256];
	FILE *info;

	ck_assert_msg(fd >= 0, "%s: %s", file, strerror(errno));
	if (fcntl(fd, F_OFD_SETLK, &probe)) {
		struct stat st;

		/* Somebody has locked the whole file so. */
		ck_assert_msg(errno == EAGAIN && !fstat(fd, &st), "%s: %s", file, strerror(errno));
		snprintf(name, 64, "%02x:%02x:%lu", major(st.st_dev), minor(st.st_dev),
			 (unsigned long)st.st_ino);
		close(fd);
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	ck_assert_msg(info, "%s: %s", path, strerror(errno));
	*name = 0;
	while (fgets(line, sizeof(line), info))
		sscanf(line, "lock: %*d: OFDLCK %*s %*s %*d %63s", name);
	fclose(info);
	close(fd);
	ck_assert_msg(*name, "the kernel shows no lock on %s", file);
}

struct request {
	bool waits;
	char kind[16], mode[16], file[64];
};

/* One line of /proc/locks: "1: -> FLOCK  ADVISORY  WRITE 1234 fe:00:12345 0 EOF". */
static bool parse(const char *line, struct request *request)
{
	const char *arrow = strstr(line, "->");
	const char *from = arrow ? arrow + 2 : strchr(line, ':');

	if (!from)
		return false;
	request->waits = arrow;
	return sscanf(from + !arrow, "%15s %*s %15s %*d %63s", request->kind, request->mode,
		      request->file) == 3;
}

/* One read() gives a page of lines as they are at one moment; the page ends early if a lock and all
 * that wait for it don't fit any more.  The next read() goes on at the line of that number, and if
 * somebody got or lost a lock meanwhile it tells one again or leaves one out, or finds that there
 * are no more lines now.  Returns whether one page surely was enough. */
static bool read_table(char *text, size_t size)
{
	size_t pages = 0;
	int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	ck_assert_msg(fd >= 0, "/proc/locks: %s", strerror(errno));
	do {
		n = read(fd, text + used, size - 1 - used);
		ck_assert_msg(n >= 0, "/proc/locks: %s", strerror(errno));
		used += (size_t)n;
		pages += n > 0;
	} while (n > 0);
	text[used] = 0;
	close(fd);
	return pages <= 1 && used <= 2048;
}

/* Sets *SURE to whether the kernel showed them all at one moment. */
static struct locks count(const char *file, int *waiters, bool *sure)
{
	struct locks locks = { 0 };
	struct request request;
	char name[64], table[65536], *rest = table, *line;

	kernel_name(file, name);
	*sure = read_table(table, sizeof(table));
	*waiters = 0;
	while ((line = strsep(&rest, "\n"))) {
		if (!parse(line, &request) || strcmp(request.file, name))
			continue;
		*waiters += request.waits;
		if (strcmp(request.kind, "FLOCK"))
			locks.others += !request.waits;
		else if (request.waits)
			locks.waiting++;
		else if (!strcmp(request.mode, "WRITE"))
			locks.exclusive++;
		else
			locks.shared++;
	}
	return locks;
}

struct locks locks_on(const char *file)
{
	int waiters, tries = 20;
	struct locks locks;
	bool sure;

	/* One that was left out at the end of a page is there at the next look. */
	for (;;) {
		locks = count(file, &waiters, &sure);
		if (sure || locks.shared || locks.exclusive || !--tries)
			return locks;
		usleep(2000);
	}
}

int waiters_on(const char *file)
{
	int waiters;
	bool sure;

	count(file, &waiters, &sure);
	return waiters;
}

void locks_are(const char *file, int shared, int exclusive)
{
	double end = seconds_now() + 5;
	struct locks locks;
	int waiters;
	bool sure;

	/* A wrong count is believed if it is certain, or comes again and again: while others lock
	 * and unlock thousands of files, the one at the end of a page may be left out for a while.
	 */
	for (;;) {
		locks = count(file, &waiters, &sure);
		if ((locks.shared == shared && locks.exclusive == exclusive && !locks.others) ||
		    sure || seconds_now() > end)
			break;
		usleep(10000);
	}
	ck_assert_msg(
		locks.shared == shared && locks.exclusive == exclusive && !locks.others,
		"%s should have %d shared and %d exclusive locks, but has %d, %d, and %d others",
		file, shared, exclusive, locks.shared, locks.exclusive, locks.others);
}

void locks_become(const char *file, int shared, int exclusive)
{
	double end = seconds_now() + PATIENCE;
	struct locks locks;
	int waiters;
	bool sure;

	for (;;) {
		locks = count(file, &waiters, &sure);
		if (locks.shared == shared && locks.exclusive == exclusive)
			return;
		if (seconds_now() > end)
			break;
		usleep(10000);
	}
	ck_abort_msg("%s should have %d shared and %d exclusive locks, but has %d and %d", file,
		     shared, exclusive, locks.shared, locks.exclusive);
}

void locks_waiting(const char *file, int n)
{
	double end = seconds_now() + PATIENCE;

	while (waiters_on(file) < n) {
		ck_assert_msg(seconds_now() < end, "%s: %d of %d wait", file, waiters_on(file), n);
		usleep(10000);
	}
}
