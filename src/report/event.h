/* SPDX-License-Identifier: BSD-3-Clause */
/* One event of a timeline: a line of a file that trace.c writes, or somebody else. */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>

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
	EVENT_PROCESS, /* who writes this: NUMBER is the process ID, IMAGE, HOST, NAME the
			  program, USER, JOB */
	EVENT_WAIT,    /* a wait begins: EXCLUSIVE, NAME */
	EVENT_OVER,    /* it ends: RESULT */
	EVENT_HOLD,    /* a lock begins: DESCRIPTOR, EXCLUSIVE, DEV, INO, NAME */
	EVENT_CHANGE,  /* it is of another kind: DESCRIPTOR, since AFTER, EXCLUSIVE */
	EVENT_RELEASE  /* it ends: DESCRIPTOR */
};

struct event {
	enum event_kind kind;
	int64_t time; /* microseconds since 1970 */
	int number;   /* the thread */
	int descriptor;
	bool exclusive;
	enum result result;
	int64_t after;
	uint64_t image, dev, ino;
	bool has_user;
	uint32_t user;
	const char *host, *name, *job; /* strings of JSON, with their quotes, in the line */
};

/* Reads a line without its newline, which it cuts up at its tabs.  False if it is no whole event:
 * cut where a disk was full, or something else.  Any thread; async-signal-safe. */
bool event_read(struct event *event, char *line);

#endif
