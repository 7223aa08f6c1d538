/* SPDX-License-Identifier: BSD-3-Clause */
/* Small looks into /proc: in the program that we are preloaded into, so without streams, with
 * little memory, and with no descriptor left behind.  All for any thread, not for signal handlers.
 */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* A file that is read line by line; all that is in here is proc.c's. */
struct proc_lines {
	int fd;
	size_t used; /* bytes in the buffer */
	size_t next; /* where the next line begins in it */
	bool pages;  /* whether it took more than one read() */
	bool rest;   /* whether the next line is the rest of one that was cut */
	char buffer[4096];
};

/* Begins to read the file of this NAME.  Returns 0 or a negative errno; after 0, proc_end(). */
int proc_begin(struct proc_lines *lines, const char *name);
/* The next line without its newline, cut if it is longer than the buffer; it lives until the next
 * call.  NULL at the end. */
char *proc_next(struct proc_lines *lines);
/* Closes the file. */
void proc_end(struct proc_lines *lines);

/* Reads what fits of a small file into TEXT and ends it with a NUL.  Returns the number of bytes
 * without that, or a negative errno. */
ssize_t proc_read(const char *name, char *text, size_t size);

/* Writes the path of the file behind FD as the kernel knows it: absolute, without links, the same
 * whatever name it was opened by; "" if it can't be told.  Returns its length, or a negative errno.
 * Async-signal-safe; preserves errno. */
ssize_t proc_path(int fd, char *path, size_t size);

/* How /proc names a file in its lists of locks, "fe:00:12345" (major:minor:inode); and what stat()
 * says.  On btrfs the files of several subvolumes can have one name, so that it is only a hint. */
struct proc_name {
	char text[64];
	dev_t dev;
	ino_t ino;
	bool hint;
};

/* The name of the file behind FD, which may be an O_PATH descriptor.  Returns 0 or a negative
 * errno. */
int proc_name(int fd, struct proc_name *name);

enum proc_state { PROC_RUNS, PROC_ENDED, PROC_HIDDEN /* it runs, but /proc does not show it */ };

enum { PROC_COMMAND = 16 }; /* the kernel's own limit, with the NUL */

struct proc_facts {
	enum proc_state state;
	char command[PROC_COMMAND]; /* printable; "" if not known */
	bool stopped;		    /* by a signal (Ctrl-Z), or by a debugger */
	pid_t parent;		    /* 0 if not known */
	time_t started;		    /* when the process began; 0 if not known */
};

/* Whether that descriptor of a process refers to this file: 1, 0, or a negative errno if it can't
 * be seen.  Never waits for a file system. */
int proc_is_file(pid_t pid, int fd, const struct proc_name *name);

/* What /proc tells about a process of our own process ID namespace. */
void proc_facts(pid_t pid, struct proc_facts *facts);

/* Whether PID is this process's parent, its parent's, or further up. */
bool proc_is_ancestor(pid_t pid);

/* Writes a time as people here read it: "14:03:22" if it is today's, else "2026-11-21 14:03". */
enum { PROC_TIME = 32 };
void proc_write_time(char *text, size_t size, time_t when);

/* Whether no process of our own process ID namespace has this ID, or only one that has ended and
 * that nobody has waited for.  Any thread; async-signal-safe. */
bool proc_has_ended(pid_t pid);

/* Whether this is in a nested process ID namespace, as in a container: processes of this host may
 * be outside of it, and are then not visible. */
bool proc_in_container(void);

/* Whether /proc/self/fdinfo shows a lock on FD; true where that can't be read. */
bool proc_shows_lock(int fd);

#endif
