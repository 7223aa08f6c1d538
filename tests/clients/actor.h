/* SPDX-License-Identifier: BSD-3-Clause */
/* An HDF5 program like any other that does what it is told, a command a line on its input, with one
 * line of answer each: "ok ..." or "error errno=N TEXT", where TEXT is HDF5's error stack.
 *
 * It uses HDF5's public functions only and knows nothing about who may have been preloaded.
 *
 * SLOT is one character (letter or digit); a slot holds one open file and one open dataset. */
#ifndef ACTOR_H
#define ACTOR_H

#include <hdf5.h>
#include <stdbool.h>

struct slot {
	hid_t file, dataset;
};

struct words {
	int n;
	char *word[16]; /* word[0] is the command; those that are not there are "" */
	char *rest;	/* the line after the command, in one piece */
};

struct command {
	const char *name;
	void (*run)(const struct words *);
	int n; /* needs at least this many words after its name */
};

/* Each ends with an entry without a name. */
extern const struct command file_commands[], process_commands[], thread_commands[], job_commands[],
	signal_commands[], turn_commands[], inner_commands[], lock_commands[], look_commands[],
	make_commands[], within_commands[];

/* How often a signal handler interrupted the wait for a command. */
extern int interrupted_reads;

/* Obeys one line. */
void obey(char *line);

/* --- answers ------------------------------------------------------------- */

void answer_ok(void);
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Answers "ok" if the result of an HDF5 call is not negative, else the error; must come right after
 * the call, while errno and the error stack are the call's. */
void answer_result(hid_t result);
/* The same text, without printing it; BUFFER gets "ok" or "error ...". */
void describe_result(hid_t result, char *buffer, size_t size);

/* --- names and files ------------------------------------------------------ */

/* What fstatat, openat... go by: a folder's descriptor, or the current folder. */
extern int from_folder;

struct way {
	const char *name;
	int (*go)(const char *file); /* 0, or -1 and errno */
};
/* 0, or the errno of what this entry of the table does with the file; EINVAL without such an entry.
 */
int go(const struct way *table, const char *name, const char *file);
void answer_if(bool good, int error);

/* --- this HDF5 ------------------------------------------------------------- */

bool thread_safe_hdf5(void);
/* Whether H5Fdelete works, by a file of its own in this folder. */
bool can_delete(void);

/* --- files --------------------------------------------------------------- */

struct slot *slot_of(const char *name);
/* The file access list that "driver" and "libver" asked for; done_with_access() frees it. */
hid_t access_list(void);
void done_with_access(hid_t list);
hid_t open_file(const char *name, const char *mode, bool swmr);
hid_t create_file(const char *name, const char *how, bool swmr);
herr_t close_file(hid_t file);
/* N integers, counting up from VALUE; they return a negative number on failure. */
int write_numbers(hid_t file, const char *dataset, long n, int value);
/* The index of the first wrong value, N if all are right, -1 if reading failed. */
long check_numbers(hid_t dataset, long n, int value, int *found);

#endif
