/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/mounts.h"

#include "system/proc.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

/* "36 35 0:52 / /home rw,noatime master:1 - nfs4 server:/home rw,vers=4.2,…": proc(5).  What stands
 * between the sixth word and " - " varies, and blanks within names are written as \040. */
bool mounts_parse(const char *line, dev_t device, struct mount *m)
{
	const char *rest = strstr(line, " - ");
	unsigned int major, minor;

	_Static_assert(MOUNT_TYPE == 64 && MOUNT_OPTIONS == 2048 && MOUNT_WHERE == 1024,
		       "the widths below");
	if (!rest || sscanf(line, "%*d %*d %u:%u %*s %1023s", &major, &minor, m->where) != 3 ||
	    makedev(major, minor) != device)
		return false;
	return sscanf(rest, " - %63s %*s %2047s", m->type, m->options) == 2;
}

bool mounts_find(dev_t device, struct mount *m)
{
	struct proc_lines lines;
	bool found = false;
	char *line;

	if (proc_begin(&lines, "/proc/self/mountinfo"))
		return false;
	while (!found && (line = proc_next(&lines)))
		found = mounts_parse(line, device, m);
	proc_end(&lines);
	return found;
}

const char *mounts_value(const struct mount *m, const char *name, size_t *length)
{
	size_t n = strlen(name);

	for (const char *option = m->options; *option;) {
		size_t all = strcspn(option, ",");

		if (all > n && option[n] == '=' && !memcmp(option, name, n)) {
			*length = all - n - 1;
			return option + n + 1;
		}
		option += all + (option[all] == ',');
	}
	return NULL;
}

bool mounts_option(const struct mount *m, const char *option)
{
	size_t n = strlen(option);

	for (const char *o = m->options; *o;) {
		size_t all = strcspn(o, ",");

		if (all == n && !memcmp(o, option, n))
			return true;
		o += all + (o[all] == ',');
	}
	return false;
}
