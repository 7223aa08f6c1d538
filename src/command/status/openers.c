/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/status/openers.h"

#include "lock/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A process that has the file open more often is not looked at more closely. */
enum { DESCRIPTORS = 64 };

struct descriptors {
	int fd[DESCRIPTORS];
	bool writes[DESCRIPTORS];
	int n;
};

/* --- one process ---------------------------------------------------------------------------- */

static bool opened_for_writing(pid_t pid, int fd)
{
	struct proc_lines lines;
	unsigned int flags = 0;
	char path[64], *line;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	if (proc_begin(&lines, path))
		return false;
	while ((line = proc_next(&lines)) && sscanf(line, "flags: %o", &flags) != 1)
		;
	proc_end(&lines);
	return !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
}

static void look_at_descriptor(struct opener *opener, int fd, const struct proc_name *name,
			       struct descriptors *descriptors)
{
	bool writes = opened_for_writing(opener->pid, fd);
	bool locks = holders_has_lock_on(opener->pid, fd, name) == 1;

	bool stands_to_write;

	if (holders_stands_with(opener->pid, fd, name, &stands_to_write)) {
		opener->stands = true;
		opener->exclusive = stands_to_write;
	}
	opener->locks = opener->locks || locks;
	opener->writes = opener->writes || writes;
	opener->unlocked = opener->unlocked || (writes && !locks);
	if (descriptors->n == DESCRIPTORS)
		return;
	descriptors->fd[descriptors->n] = fd;
	descriptors->writes[descriptors->n++] = writes;
}

/* Our library asks for the turnstile as it has opened the file: to write, or to read. */
static void look_at_call(struct opener *opener, const struct descriptors *descriptors, int fd)
{
	for (int i = 0; i < descriptors->n; i++)
		if (descriptors->fd[i] == fd) {
			opener->turnstile = true;
			opener->exclusive = descriptors->writes[i];
		}
}

/* What a thread is doing in the kernel; its arguments are for those who may trace it only. */
static void look_at_thread(struct opener *opener, int thread, const struct descriptors *descriptors)
{
	unsigned long fd, command;
	char path[64], text[256];
	long number;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)opener->pid, thread);
	if (proc_read(path, text, sizeof(text)) > 0) {
		if (sscanf(text, "%ld %lx %lx", &number, &fd, &command) == 3 &&
		    number == SYS_fcntl && command == F_OFD_SETLKW)
			look_at_call(opener, descriptors, (int)fd);
		return;
	}
	/* Where Yama forbids to trace one's own processes (kernel.yama.ptrace_scope=1). */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)opener->pid, thread);
	if (proc_read(path, text, sizeof(text)) > 0 && strstr(text, "fcntl_setlk"))
		look_at_call(opener, descriptors, descriptors->fd[descriptors->n - 1]);
}

/* Opens a folder of process PID. */
static DIR *folder_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return opendir(path);
}

/* Returns 1 if the process has the file open, 0 if not, or a negative errno. */
static int look_at_process(struct opener *opener, const struct proc_name *name)
{
	struct descriptors descriptors = { .n = 0 };
	struct dirent *entry;
	DIR *folder = folder_of(opener->pid, "fd");

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && proc_is_file(opener->pid, fd, name) == 1)
			look_at_descriptor(opener, fd, name, &descriptors);
	}
	closedir(folder);
	if (descriptors.n == 0)
		return 0;
	folder = folder_of(opener->pid, "task");
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			look_at_thread(opener, atoi(entry->d_name), &descriptors);
	if (folder)
		closedir(folder);
	return 1;
}

/* --- all processes -------------------------------------------------------------------------- */

static int append(struct openers *openers, const struct opener *opener)
{
	size_t size = (size_t)(openers->n + 1) * sizeof(*opener);
	struct opener *array = realloc(openers->array, size);

	if (!array)
		return -ENOMEM;
	openers->array = array;
	array[openers->n++] = *opener;
	return 0;
}

/* A zombie's descriptors are gone, and not shown to others than root. */
static bool is_alive(pid_t pid)
{
	struct proc_facts facts;

	proc_facts(pid, &facts);
	return facts.state != PROC_ENDED;
}

int openers_find(const struct proc_name *name, struct openers *openers)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int rc = 0;

	*openers = (struct openers){ .n = 0 };
	if (!folder)
		return -errno;
	while (rc >= 0 && (entry = readdir(folder))) {
		struct opener opener = { .pid = atoi(entry->d_name) };

		if (!isdigit((unsigned char)entry->d_name[0]) || opener.pid == getpid())
			continue;
		rc = look_at_process(&opener, name);
		if (rc == 1)
			rc = append(openers, &opener);
		else if (rc == -EACCES || rc == -EPERM)
			openers->hidden = openers->hidden || is_alive(opener.pid);
		if (rc != -ENOMEM)
			rc = 0;
	}
	closedir(folder);
	if (rc)
		openers_free(openers);
	return rc;
}

void openers_free(struct openers *openers)
{
	free(openers->array);
	openers->array = NULL;
	openers->n = 0;
}
