/* One opening: a call of H5Fopen, H5Fcreate, one of their …_async or H5Fdelete, which opens the
 * file, too, from its start to success or error. */
#ifndef OPENING_H
#define OPENING_H

#include "hdf5.h"
#include "held.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* What stands at the path. */
enum target {
	TARGET_UNKNOWN,
	TARGET_ABSENT,	   /* nothing: HDF5 will say so, or create it */
	TARGET_UNOPENABLE, /* something that can't be opened: HDF5 will say why */
	TARGET_PLAIN,	   /* not a regular file: we have its descriptor, and no business with it */
	TARGET_OURS,	   /* a file that this process has open: HDF5 shares or refuses it */
	TARGET_LOCKED	   /* a regular file: we have its descriptor, locked */
};

/* Internal, beside 0 and negative errnos: the file is not what it was, look again. */
#define AFRESH 1

struct opening {
	/* The call. */
	enum hdf5_function function;
	const void *hook, *caller;
	const char *name;
	unsigned int flags;
	h5_id fcpl, fapl;
	struct hdf5_async async; /* of the …_async functions */

	/* What follows from it. */
	const struct hdf5 *h5;
	bool create;	    /* H5Fcreate, with or without H5F_ACC_TRUNC */
	bool deletes;	    /* H5Fdelete: the lock is for the call only */
	bool exclusive;	    /* the lock that it needs */
	bool read_only_now; /* core without backing store: the lock is for the opening only */
	bool inner;	    /* HDF5 opens it by itself, in the middle of another call: inner.c */
	bool impatient;	    /* it has waited long enough for it already */
	int64_t began;	    /* monotonic_ns(), when a wait first seemed necessary; 0: not yet */
	int caller_errno;   /* errno as the program had it */

	/* The file as attempt.c found it. */
	enum target target;
	int fd;		     /* TARGET_LOCKED and TARGET_PLAIN: ours until it is handed over */
	bool writable;	     /* that descriptor */
	struct stat st;	     /* of that descriptor */
	enum held_lock lock; /* TARGET_LOCKED: with what */
	bool was_absent;     /* there was no file when the call began */
	bool looked;	     /* was_absent is known */

	/* What became of it in HDF5's hands: handover.c. */
	bool handed; /* HDF5 has the descriptor */
	bool closed; /* HDF5 has closed it again */
	int passed;  /* TARGET_OURS: HDF5's own descriptor while it compares the files, or -1 */
	bool shared; /* TARGET_OURS: HDF5 had the file, and closed that descriptor */
	bool again;  /* the file changed hands under HDF5's feet: start over */
	int rounds;  /* how often it did */
	struct hdf5_printing printing; /* HDF5's, switched off because of that */

	/* Why it fails: failure.c. */
	int error;	/* a positive errno, or 0 */
	char *sentence; /* allocated; NULL if there was no memory */
	bool told;	/* that is a message already */

	struct opening *outer; /* another one in this thread, around this one */
};

/* Does what the program called us for: returns what the real function returned, or -1 with errno
 * set and one sentence on HDF5's error stack.  The caller fills in "The call" and leaves the rest
 * zero. Any thread; not in a signal handler. */
h5_id opening_run(struct opening *o);

#endif
