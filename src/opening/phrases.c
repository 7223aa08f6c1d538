/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/phrases.h"

#include "lock/held.h"
#include "report/settings.h"
#include "system/names.h"
#include "system/proc.h"
#include "system/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Nanoseconds as LOCKEDH5_WAIT is written, in every locale with a point. */
static void write_seconds(char *text, size_t size, int64_t ns)
{
	int used = snprintf(text, size, "%lld.%09lld", (long long)(ns / 1000000000),
			    (long long)(ns % 1000000000));

	while (text[used - 1] == '0')
		text[--used] = 0;
	if (text[used - 1] == '.')
		text[--used] = 0;
}

void phrase_own_files(char *buffer, size_t size)
{
	char path[PATH_MAX];
	struct text text;
	struct held h;

	text_begin(&text, buffer, size);
	for (int fd = held_next(0, &h); fd >= 0 && !text.cut; fd = held_next(fd + 1, &h)) {
		if (proc_path(fd, path, sizeof(path)) >= 0)
			text_add(&text, "%s'%s'", text.used ? ", " : "; this process holds ", path);
	}
}

void phrase_advice(char *text, size_t size)
{
	const struct settings *s = settings();
	bool one = s->count == 1, no_time = s->wait_ns == 0;
	char count[32] = "inf", wait[32];

	if (s->count != COUNT_INFINITE)
		snprintf(count, sizeof(count), "%lld", (long long)s->count);
	write_seconds(wait, sizeof(wait), s->wait_ns);
	if (one && !no_time)
		snprintf(text, size, SETTING_COUNT " (now %s)", count);
	else if (no_time && !one)
		snprintf(text, size, SETTING_WAIT " (now %s s)", wait);
	else
		snprintf(text, size, SETTING_COUNT " (now %s) %s " SETTING_WAIT " (now %s s)",
			 count, one ? "and" : "or", wait);
}

void phrase_time(char *text, size_t size, const struct opening *o)
{
	time_t when = o->file.st.st_mtim.tv_sec;
	struct tm local;
	int64_t born;

	if (libc_born(o->file.fd, &born))
		when = born / 1000000000;
	if (!localtime_r(&when, &local) || !strftime(text, size, "%H:%M:%S", &local))
		snprintf(text, size, "?");
}
