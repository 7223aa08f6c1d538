/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/proc.h"

#include "system/libc.h"
#include "system/names.h"
#include "system/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* --- reading -------------------------------------------------------------------------------- */

int proc_begin(struct proc_lines *lines, const char *name)
{
	lines->fd = libc_open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	lines->used = lines->next = 0;
	lines->pages = lines->rest = false;
	return lines->fd < 0 ? -errno : 0;
}

/* Moves the unread rest to the front and reads behind it; false if there is nothing more. */
static bool refill(struct proc_lines *lines)
{
	ssize_t n;

	lines->pages = lines->pages || lines->used > 0;
	lines->used -= lines->next;
	memmove(lines->buffer, lines->buffer + lines->next, lines->used);
	lines->next = 0;
	do
		n = libc_read(lines->fd, lines->buffer + lines->used,
			      sizeof(lines->buffer) - 1 - lines->used);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	lines->used += (size_t)n;
	return true;
}

char *proc_next(struct proc_lines *lines)
{
	for (;;) {
		char *line = lines->buffer + lines->next;
		char *end = memchr(line, '\n', lines->used - lines->next);
		bool rest = lines->rest;

		if (end) {
			*end = 0;
			lines->next = (size_t)(end + 1 - lines->buffer);
			lines->rest = false;
		} else if (lines->next == 0 && lines->used == sizeof(lines->buffer) - 1) {
			line[lines->used] = 0;
			lines->next = lines->used;
			lines->rest = true;
		} else if (refill(lines)) {
			continue;
		} else {
			return NULL;
		}
		if (!rest)
			return line;
	}
}

void proc_end(struct proc_lines *lines)
{
	libc_close(lines->fd);
}

ssize_t proc_read(const char *name, char *text, size_t size)
{
	int fd = libc_open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	ssize_t n, used = 0;

	if (fd < 0)
		return -errno;
	do {
		n = libc_read(fd, text + used, size - 1 - (size_t)used);
		used += n > 0 ? n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		used = -errno;
	text[used > 0 ? used : 0] = 0;
	libc_close(fd);
	return used;
}

/* --- files ---------------------------------------------------------------------------------- */

/* The number of the mount's file system, as the kernel has it. */
static bool mount_device(int mount, dev_t *device)
{
	unsigned int major, minor;
	struct proc_lines lines;
	bool found = false;
	char *line;
	int id;

	if (proc_begin(&lines, "/proc/self/mountinfo"))
		return false;
	while (!found && (line = proc_next(&lines)))
		found = sscanf(line, "%d %*d %u:%u", &id, &major, &minor) == 3 && id == mount;
	proc_end(&lines);
	if (found)
		*device = makedev(major, minor);
	return found;
}

ssize_t proc_path(int fd, char *path, size_t size)
{
	int saved_errno = errno;
	ssize_t length;
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, size - 1);
	if (length < 0)
		length = -errno;
	path[length > 0 ? length : 0] = 0;
	errno = saved_errno;
	return length;
}

/* stat() can tell other numbers than /proc/locks: a device for each subvolume (btrfs), or those of
 * the file below (overlayfs).  The descriptor's own page and its mount have the kernel's. */
int proc_name(int fd, struct proc_name *name)
{
	char path[64], *line;
	struct proc_lines lines;
	struct stat st;
	int mount = -1;

	if (fstat(fd, &st))
		return -errno;
	name->dev = st.st_dev;
	name->ino = st.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (proc_begin(&lines, path) == 0) {
		while ((line = proc_next(&lines))) {
			sscanf(line, "mnt_id: %d", &mount);
			sscanf(line, "ino: %" SCNu64, &st.st_ino); /* since Linux 5.14 */
		}
		proc_end(&lines);
	}
	if (mount >= 0)
		mount_device(mount, &st.st_dev);
	name->hint = st.st_dev != name->dev;
	snprintf(name->text, sizeof(name->text), "%02x:%02x:%" PRIu64, major(st.st_dev),
		 minor(st.st_dev), st.st_ino);
	return 0;
}

int proc_is_file(pid_t pid, int fd, const struct proc_name *name)
{
	char path[64];
	struct statx st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	/* The server of another file may be gone; what is cached says enough. */
	if (libc_statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &st))
		return -errno;
	return st.stx_ino == name->ino && makedev(st.stx_dev_major, st.stx_dev_minor) == name->dev;
}

/* --- processes ------------------------------------------------------------------------------ */

/* The kernel counts from the boot, in ticks; the clocks translate that. */
static time_t time_of(unsigned long long ticks)
{
	struct timespec now, since_boot;
	long frequency = sysconf(_SC_CLK_TCK);
	double began;

	if (frequency <= 0 || clock_gettime(CLOCK_REALTIME, &now) ||
	    clock_gettime(CLOCK_BOOTTIME, &since_boot))
		return 0;
	began = (double)(now.tv_sec - since_boot.tv_sec) +
		(double)(now.tv_nsec - since_boot.tv_nsec) / 1e9 +
		(double)ticks / (double)frequency;
	return (time_t)began;
}

void proc_facts(pid_t pid, struct proc_facts *facts)
{
	char path[64], text[1024], *name, *rest;
	unsigned long long ticks;
	int parent;
	char state;

	*facts = (struct proc_facts){ .state = PROC_HIDDEN };
	if (kill(pid, 0) && errno == ESRCH)
		facts->state = PROC_ENDED;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (proc_read(path, text, sizeof(text)) <= 0)
		return;
	/* "1234 (name) S …": the name may contain anything, ") S" too. */
	name = strchr(text, '(');
	rest = strrchr(text, ')');
	if (!name || !rest || rest < name)
		return;
	*rest = 0;
	snprintf(facts->command, sizeof(facts->command), "%s", name + 1);
	text_make_printable(facts->command);
	if (sscanf(rest + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
		   "%llu",
		   &state, &parent, &ticks) != 3)
		return;
	/* A zombie has let go of everything. */
	facts->state = state == 'Z' || state == 'X' ? PROC_ENDED : PROC_RUNS;
	facts->stopped = state == 'T' || state == 't';
	facts->parent = parent;
	facts->started = time_of(ticks);
}

/* A process that has lost its parent gets another one, and there are not that many generations. */
enum { GENERATIONS = 100 };

bool proc_is_ancestor(pid_t pid)
{
	struct proc_facts facts = { .parent = getppid() };

	/* In a container the first process of all may be the program itself. */
	for (int i = 0; i < GENERATIONS && facts.parent > 0; i++) {
		if (facts.parent == pid)
			return true;
		proc_facts(facts.parent, &facts);
	}
	return false;
}

void proc_write_time(char *text, size_t size, time_t when)
{
	time_t now = time(NULL);
	struct tm then, today;

	*text = 0;
	if (!localtime_r(&when, &then) || !localtime_r(&now, &today))
		return;
	if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday)
		strftime(text, size, "%H:%M:%S", &then);
	else
		strftime(text, size, "%Y-%m-%d %H:%M", &then);
}

bool proc_has_ended(pid_t pid)
{
	char path[64], text[256], *end;

	if (kill(pid, 0))
		return errno == ESRCH;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (proc_read(path, text, sizeof(text)) <= 0)
		return false;
	/* "1234 (name) S …" */
	end = strrchr(text, ')');
	return end && (!strncmp(end, ") Z", 3) || !strncmp(end, ") X", 3));
}

bool proc_in_container(void)
{
	char text[64] = "";

	/* The first namespace's number is fixed: PROC_PID_INIT_INO in linux/proc_ns.h. */
	return readlink("/proc/self/ns/pid", text, sizeof(text) - 1) > 0 &&
	       strcmp(text, "pid:[4026531836]") != 0;
}

bool proc_shows_lock(int fd)
{
	struct proc_lines lines;
	char name[64], *line;
	bool locked = false;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	if (proc_begin(&lines, name))
		return true;
	while (!locked && (line = proc_next(&lines)))
		locked = strncmp(line, "lock:", 5) == 0;
	proc_end(&lines);
	return locked;
}
