/* SPDX-License-Identifier: BSD-3-Clause */
/* The waits and holds of many processes, as their timelines tell them, on one time axis. */
#ifndef COMMAND_TIMELINE_H
#define COMMAND_TIMELINE_H

#include "report/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A file, as one of its names leads to it.  Other hosts number their devices otherwise. */
struct file {
	uint64_t dev, ino; /* 0 of what is only waited for */
	char *name;	   /* a string of JSON, with its quotes, as all here */
};

/* A wait or a hold.  There may be millions of them. */
struct span {
	int64_t begin, end;
	const struct file *file;
	uint32_t row, lane; /* from 0 */
	int thread;
	uint8_t waits, exclusive, result, ended;
};

/* What lasts at the same time is in lanes below each other. */
struct lane {
	int64_t end; /* of the last span in it, */
	bool busy;   /* unless that has not ended */
};

/* A process. */
struct row {
	int pid;
	uint64_t image; /* tells programs from one another that had the same process ID */
	char *host, *label, *more;
	int shown_pid; /* the ID in the picture, where no two rows have the same */
	struct lane *lanes;
	uint32_t n_lanes;
	size_t lanes_above; /* further lanes (not the first) of the rows before it; for the picture
			     */
};

/* Starts with all zero; all but the arrays and their lengths is timeline.c's. */
struct timeline {
	struct row *rows;
	size_t n_rows, room_for_rows;
	struct span *spans;
	size_t n_spans, room_for_spans;
	int64_t last; /* the time of the last event of all */
	size_t row;   /* whose file is being read; NO_ROW: not yet known */
	void *files, *identities, *open;
};

/* Adds the events in FILE, up to its end or an error of it. */
void timeline_read(struct timeline *timeline, FILE *file);
/* Gives each span an end for which none was recorded.  After the last file. */
void timeline_finish(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

#endif
