/* SPDX-License-Identifier: BSD-3-Clause */
/* All that is to be told about one file at this moment: who holds it, who waits for it, who writes
 * to it without a lock, and whether one can know. */
#ifndef OVERVIEW_H
#define OVERVIEW_H

#include <stdbool.h>
#include <sys/types.h>

struct row {
	enum row_state {
		ROW_HOLDS,
		ROW_WAITS,
		ROW_WRITES, /* has it open for writing, and no lock */
		ROW_OPEN    /* has it open, where locks are not shown */
	} state;
	bool exclusive;
	pid_t pid; /* 0: not visible */
};

struct overview {
	struct row *rows;
	int n;
	/* Whether anybody has the file open to write to it, waiting ones left out; unknown if
	 * nobody is seen, but not everybody could be. */
	enum overview_writer { WRITER_NONE, WRITER_ALIVE, WRITER_UNKNOWN } writer;
	bool remote; /* the file system may be shared with other hosts, which are not seen */
	const char *filesystem; /* its name */
	bool elsewhere;	    /* a server says that somebody has it whom this host does not show */
	const char *unsure; /* nobody is seen to hold it, but somebody may: why that can't be
			       told; else NULL */
};

/* Looks at the file of this NAME behind FD, any descriptor of it, O_PATH will do.  Returns 0, and
 * then overview_free() frees the rows, or a negative errno. */
int overview_make(int fd, const char *name, struct overview *overview);
void overview_free(struct overview *overview);

#endif
