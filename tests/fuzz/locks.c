/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: lock/describe.c lock/holders.c lock/requests.c lock/filesystem.c lock/mounts.c */
/* fuzz: lock/kernel_lock.c system/proc.c system/names.c system/next.c system/text.c */
/* Files of /proc: whatever is opened there has the next part of the input in it, up to a byte 0:
 * the table of locks first, then descriptors, processes and mounts as they are asked for.  "FILE"
 * stands for the file that is asked about, as "01:02:3" would. */
#include "fuzz.h"
#include "lock/describe.h"
#include "lock/holders.h"
#include "report/elsewhere.h"
#include "report/settings.h"
#include "system/libc.h"

static const uint8_t *input;
static size_t left;
static struct proc_name asked;

static void write_part(int fd, const char *part)
{
	const char *file;

	while ((file = strstr(part, "FILE"))) {
		MUST(write(fd, part, (size_t)(file - part)) >= 0);
		MUST(write(fd, asked.text, strlen(asked.text)) >= 0);
		part = file + strlen("FILE");
	}
	MUST(write(fd, part, strlen(part)) >= 0);
	lseek(fd, 0, SEEK_SET);
}

int libc_open(const char *path, int flags, mode_t mode)
{
	char *part = fuzz_string(&input, &left, 0);
	int fd = fuzz_file("", 0);

	(void)path;
	(void)flags;
	(void)mode;
	write_part(fd, part);
	free(part);
	return fd;
}

ssize_t libc_read(int fd, void *buffer, size_t size)
{
	return read(fd, buffer, size);
}

int libc_close(int fd)
{
	return close(fd);
}

int64_t monotonic_ns(void)
{
	return 0;
}

int libc_flock(int fd, int operation)
{
	(void)fd;
	(void)operation;
	return -1;
}

/* No timelines: that is elsewhere.c's target. */
int elsewhere_find(const struct elsewhere_file *file, struct elsewhere *holders, int max)
{
	(void)file;
	(void)holders;
	(void)max;
	return 0;
}

const struct settings *settings(void)
{
	static const struct settings s = { .trace = NULL };

	return &s;
}

static void begin(const uint8_t *data, size_t size)
{
	input = data;
	left = size;
}

static void describe(int fd, size_t size)
{
	char *text = malloc(size);

	MUST(text);
	describe_holders(fd, text, size);
	MUST(memchr(text, 0, size));
	for (const char *p = text; *p; p++)
		MUST((unsigned char)*p >= ' ');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { MOST = 4 };
	struct holder *holders = malloc(MOST * sizeof(*holders));
	static int fd = -1;
	int found;

	if (fd < 0)
		fd = fuzz_file("", 0);
	begin((const uint8_t *)"", 0);
	MUST(holders && proc_name(fd, &asked) == 0);
	begin(data, size);
	found = holders_find(fd, holders, MOST);
	for (int i = 0; i < found && i < MOST; i++)
		MUST(memchr(holders[i].process.command, 0, PROC_COMMAND));
	begin(data, size);
	describe(fd, 512);
	begin(data, size);
	describe(fd, 1);
	begin(data, size);
	holders_has_lock_on(1, 1, &asked);
	begin(data, size);
	proc_shows_lock(fd);
	free(holders);
	return 0;
}
