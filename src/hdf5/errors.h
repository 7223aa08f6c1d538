/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5's error stack, and who prints it. */
#ifndef ERRORS_H
#define ERRORS_H

#include "hdf5/copies.h"

#include <stdbool.h>

/* H5's printing of errors in this thread, switched off for a while. */
struct errors_printing {
	bool off, v1;
	int (*print1)(void *data);
	int (*print2)(h5_id stack, void *data);
	void *data;
};

/* The program has made PRINT what prints H5's errors, in some thread; NULL: nothing does. */
void errors_printed_by(const struct hdf5 *h5, const void *print);
/* Whether a function of the program's may print them: one that might jump. */
bool errors_program_prints(void);

/* Switches it off, remembering in *P what it was; nothing happens if *P says that it is off. */
void errors_printing_off(const struct hdf5 *h5, struct errors_printing *p);
/* Makes it what it was; clears the error stack. */
void errors_printing_on(const struct hdf5 *h5, struct errors_printing *p);
/* The same after a call that failed meanwhile: its error stack stays, and is printed now as it
 * would have been then.  The program's function for that may not return. */
void errors_print_failure(const struct hdf5 *h5, struct errors_printing *p);

/* From the one to the other, HDF5 calls CALLBACK(stack, NULL) instead of its printing function when
 * a call in this thread fails, with the error stack complete; *P is what was there.  The second one
 * does nothing if the program has set another function meanwhile.  Both clear the error stack (in
 * CALLBACK errors_printing_on() ends it without that); for use within HDF5, too, before 2.0. */
void errors_on_failure(const struct hdf5 *h5, struct errors_printing *p,
		       int (*callback)(h5_id stack, void *data));
void errors_on_failure_end(const struct hdf5 *h5, struct errors_printing *p,
			   int (*callback)(h5_id stack, void *data));
/* Prints the error stack as P says. */
int errors_print(const struct errors_printing *p);

/* Whether the error stack has an entry of a function whose name contains NAME. */
bool errors_failed_in(const struct hdf5 *h5, const char *name);

/* Within a call of HDF5, makes SENTENCE its error stack so far, as FUNCTION's: should the call
 * fail, the other failures come on top of it, and it stays there until this thread's next call.
 * False if HDF5 would not keep it (before 2.0).  SENTENCE may be NULL, here and below: then there
 * was no memory for it. */
bool errors_fail_within(const struct hdf5 *h5, const char *function, const char *sentence);

/* Makes SENTENCE the whole error stack of this thread, as if FUNCTION had failed with it to do
 * WHAT.  For after errors_fail_within(). */
void errors_set_failure(const struct hdf5 *h5, const char *function, const char *what,
			const char *sentence);
/* The same, and frees SENTENCE; then has it printed, if the program's errors are.  The program's
 * function for that may not return. */
void errors_fail(const struct hdf5 *h5, const char *function, const char *what, char *sentence);

#endif
