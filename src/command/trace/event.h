/* SPDX-License-Identifier: BSD-3-Clause */
/* One event of a timeline: a line of a file that the library's trace.c writes. */
#ifndef COMMAND_EVENT_H
#define COMMAND_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What becomes of a wait or a hold. */
enum result {
	RESULT_UNKNOWN, /* no end was recorded */
	RESULT_GOT,
	RESULT_GAVE_UP,
	RESULT_INTERRUPTED,
	RESULT_REPLACED,
	RESULT_FAILED,
	RESULT_RELEASED,
	RESULT_NOW_SHARED,
	RESULT_NOW_EXCLUSIVE
};

enum event_kind {
	EVENT_PROCESS, /* who writes this: NUMBER is the process ID, IMAGE, HOST, NAME the program
			*/
	EVENT_WAIT,    /* a wait begins: EXCLUSIVE, NAME */
	EVENT_OVER,    /* it ends: RESULT */
	EVENT_HOLD,    /* a lock begins: DESCRIPTOR, EXCLUSIVE, DEV, INO, NAME */
	EVENT_CHANGE,  /* it is of another kind: DESCRIPTOR, since AFTER, EXCLUSIVE */
	EVENT_RELEASE  /* it ends: DESCRIPTOR */
};

/* The longest line of the library's: no byte of a path and two names becomes more than six. */
enum { EVENT_LINE = 32768 };

struct event {
	enum event_kind kind;
	int64_t time; /* microseconds since 1970 */
	int number;   /* the thread */
	int descriptor;
	bool exclusive;
	enum result result;
	int64_t after;
	uint64_t image, dev, ino;
	const char *host, *name; /* strings of JSON, with their quotes, in LINE */
	char line[EVENT_LINE];
};

/* Reads on in FILE up to the next line that is a whole event; what is none (cut where a disk was
 * full, or something else) is left out.  False at the end of the file, or after an error of it. */
bool event_next(struct event *event, FILE *file);

#endif
