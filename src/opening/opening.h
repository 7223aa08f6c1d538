/* SPDX-License-Identifier: BSD-3-Clause */
/* One opening: a call of H5Fopen, H5Fcreate, one of their …_async or H5Fdelete, which opens the
 * file, too, from its start to success or error. */
#ifndef OPENING_H
#define OPENING_H

#include "hdf5/errors.h"
#include "hdf5/versions.h"
#include "lock/held.h"

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

/* Beside 0 and negative errnos: the file is not what it was, look again. */
enum { AFRESH = 200 };

/* The call, as the hook got it. */
struct call {
	enum hdf5_function function;
	const void *hook, *caller;
	const char *name;
	unsigned int flags;
	h5_id fcpl, fapl;
	struct hdf5_async async; /* of the …_async functions */
};

struct opening {
	/* Constant from the start on; the name is a copy. */
	struct call call;
	const struct hdf5 *h5; /* that for the core driver's files, if it is one: run.c */
	bool create;	       /* H5Fcreate, with or without H5F_ACC_TRUNC */
	bool deletes;	       /* H5Fdelete: the lock is for the call only */
	bool inner;	  /* HDF5 opens it by itself, in the middle of another call: nested.c */
	bool impatient;	  /* it has waited long enough for it already */
	bool looks;	  /* if there is no file, the program hears so, and may make it next */
	bool replaces;	  /* if there is one, it becomes empty */
	int caller_errno; /* errno as the program had it */

	/* What the policy makes of it: policy.c, run.c. */
	h5_id fapl;	    /* the access list that HDF5 is called with */
	bool exclusive;	    /* the lock that it needs */
	bool read_only_now; /* core without backing store: the lock is for the opening only */

	/* Where the name leads: lookup.c. */
	int folder;	/* that a relative name starts from; -1: the current one */
	char *absolute; /* what HDF5 is called with instead of the name; NULL: the name */

	/* The file as it was found: attempt.c. */
	struct {
		enum target target;
		int fd;		/* of TARGET_LOCKED, TARGET_PLAIN: ours until handed over */
		bool writable;	/* that descriptor */
		struct stat st; /* of that descriptor */
		const struct filesystem *fs; /* that it is on */
		int64_t answered;	     /* how long that took to answer for its lock, in ns */
		enum held_lock lock;	     /* TARGET_LOCKED: with what */
		bool guarded;		     /* by a lock of the program's own: guard.h */
		bool was_absent;	     /* there was no file when the call began */
		bool looked;		     /* was_absent is known */
		int64_t looked_at; /* looks_now(), when the call began to see what is there;
				    * 0: not yet */
	} file;

	/* While it waits: wait.c. */
	struct wait *wait;
	void (*leave_wait)(struct opening *o); /* for when that is left by a jump */
	int64_t began; /* monotonic_ns(), when a wait first seemed necessary; 0: not yet */

	/* What became of it in HDF5's hands: handover.c. */
	struct {
		bool answers; /* HDF5's open() of it is answered from here */
		bool has_fd;  /* HDF5 has the descriptor */
		bool closed;  /* HDF5 has closed it again */
		int passed;   /* TARGET_OURS: HDF5's own descriptor while it compares the files, or
			       * -1 */
		bool shared;  /* TARGET_OURS: HDF5 had the file, and closed that descriptor */
		bool again;   /* the file changed hands under HDF5's feet: start over */
		int rounds;   /* how often it did */
		struct errors_printing printing; /* HDF5's, switched off meanwhile */
		h5_id copy; /* of the access list, with another driver: ours to close; 0: none */
	} handed;

	/* Why it fails: failure.c. */
	struct {
		int error;	/* a positive errno, or 0 */
		char *sentence; /* allocated; NULL if there was no memory */
		bool told;	/* that is a message already */
	} failure;

	/* For as long as the call lasts: ongoing.c. */
	int bracket;
	int cancel; /* the thread's cancel state as the program had it */
};

#endif
