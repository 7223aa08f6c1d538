/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz: report/elsewhere.c report/event.c system/text.c */
/* Two timelines, the first of which ends with a byte 0, as the library reads them in other people's
 * programs: as two files, and as the beginning and the end of a long one.  What is found can be
 * printed, the newest first. */
#include "fuzz.h"

#include "report/elsewhere.h"
#include "report/folder.h"
#include "report/settings.h"
#include "system/libc.h"
#include "system/proc.h"
#include "system/text.h"

enum { FAR = 40000, MOST = 4 };

static const char *files[2];
static size_t sizes[2];
static bool as_one;

/* --- instead of the folder, and of this process ------------------------------------------------
 */

void folder_list(const char *host, struct folder_list *own, struct folder_list *other)
{
	(void)host;
	strcpy(other->entries[0].name, "0");
	other->n = 1;
	strcpy(own->entries[0].name, "1");
	own->n = !as_one;
}

int folder_open(const char *name, off_t *size)
{
	int i = *name - '0', fd = fuzz_file(files[i], sizes[i]);

	if (as_one)
		MUST(pwrite(fd, files[1], sizes[1], FAR) == (ssize_t)sizes[1]);
	*size = as_one ? FAR + (off_t)sizes[1] : (off_t)sizes[i];
	return fd;
}

const struct settings *settings(void)
{
	static const struct settings s = { .trace = (char *)"traces" };

	return &s;
}

bool proc_in_container(void)
{
	return true;
}

bool proc_has_ended(pid_t pid)
{
	return pid % 2;
}

ssize_t libc_pread64(int fd, void *buffer, size_t size, __off64_t offset)
{
	return pread(fd, buffer, size, offset);
}

int libc_close(int fd)
{
	return close(fd);
}

int64_t monotonic_ns(void)
{
	return 0;
}

/* --- what must hold --------------------------------------------------------------------------- */

static void is_printable(const char *text, size_t size)
{
	MUST(memchr(text, 0, size));
	while (*text) {
		int length = text_utf8_length(text);

		MUST(length > 0 && (unsigned char)*text >= ' ' && *text != 127);
		text += length;
	}
}

static void find(bool hidden, dev_t dev)
{
	struct elsewhere_file file = {
		.dev = dev, .ino = 2, .path = "/here/data.h5", .hidden = hidden
	};
	struct elsewhere *holders = malloc(MOST * sizeof(*holders));
	int found;

	MUST(holders);
	found = elsewhere_find(&file, holders, MOST);
	MUST(found >= 0 && found <= 2);
	for (int i = 0; i < found; i++) {
		MUST(holders[i].pid >= 0 && holders[i].since >= 0);
		MUST(!i || holders[i - 1].since >= holders[i].since);
		is_printable(holders[i].host, sizeof(holders[i].host));
		is_printable(holders[i].program, sizeof(holders[i].program));
		is_printable(holders[i].job, sizeof(holders[i].job));
	}
	free(holders);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *first = fuzz_string(&data, &size, 0);

	files[0] = first;
	sizes[0] = strlen(first);
	files[1] = (const char *)data;
	sizes[1] = size;
	as_one = false;
	find(false, 0);
	find(true, 9);
	as_one = true;
	find(false, 0);
	free(first);
	return 0;
}
