/* SPDX-License-Identifier: BSD-3-Clause */
/* Timelines that no program here has written, and what is found in them. */
#ifndef TIMELINES_H
#define TIMELINES_H

#include "report/elsewhere.h"
#include "report/settings.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { MAX = 3 };

static struct elsewhere found[MAX];

/* Times are seconds of one day. */
#define T(seconds)	"17000" seconds "000000\t"
#define WHO(pid, host)	pid "\tabc\tprocess\t\"" host "\"\t\"h5copy\"\t1000\t\"slurm 12345_6\"\n"
#define HOLD(fd, mode)	"1\t" fd "\thold\t" mode "\t9\t2\t\"/there/data.h5\"\n"
#define END(fd)		"1\t" fd "\trelease\n"
#define A_HOLD(t, host) T("00000") WHO("4711", host) T(t) HOLD("3", "exclusive")

static inline void traces_folder(void)
{
	ck_assert_int_eq(mkdir("traces", 0777), 0);
	setenv(SETTING_TRACE, "traces", 1);
}

static inline int find_named(const char *path, ino_t ino, dev_t dev)
{
	struct elsewhere_file file = { .dev = dev, .ino = ino, .path = path };
	int before = open("/dev/null", O_RDONLY), after, n;

	errno = 77;
	n = elsewhere_find(&file, found, MAX);
	ck_assert_int_eq(errno, 77);
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(after, before + 1);
	close(before);
	close(after);
	return n;
}

static inline int find(void)
{
	return find_named("/here/data.h5", 2, 0);
}

static inline int find_in(const char *trace)
{
	file_write("traces/node17-4711.trace", trace);
	return find();
}

static inline void trace_of(const char *host, int pid, int second, const char *mode,
			    const char *then)
{
	char name[128], text[8192];

	snprintf(name, sizeof(name), "traces/%s-%d.trace", host, pid);
	snprintf(text, sizeof(text),
		 "1700000000000000\t%d\tabc\tprocess\t\"%s\"\t\"prog\"\t5\t\"\"\n"
		 "%lld\t%d\t3\thold\t%s\t9\t2\t\"/data.h5\"\n%s",
		 pid, host, 1700000000000000 + 1000000LL * second, pid, mode, then);
	file_write(name, text);
}

static inline const char *this_host(void)
{
	static struct utsname host;

	uname(&host);
	return host.nodename;
}

#endif
