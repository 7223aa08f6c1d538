/* How HDF5's versions differ: ids, drivers, the error stack. */
#ifndef HDF5_H
#define HDF5_H

#include "libhdf5.h"

#include <stdbool.h>

/* Whether a call with FAPL and a set of events may return before the file is open: the VOL
 * connector is an asynchronous one. */
bool hdf5_opens_later(const struct hdf5 *h5, h5_id fapl);

/* An id as H5's callers and functions pass it, in 64 bits: negative if and only if it means
 * failure. */
h5_id hdf5_widen(const struct hdf5 *h5, h5_id id);

/* The value of H5's id variable NAME ("H5E_FILE_g"), which is at VARIABLE, initialising that HDF5
 * if need be; -1 if VARIABLE is NULL.  Any thread. */
h5_id hdf5_id(const struct hdf5 *h5, const char *name, const void *variable);

/* The id of the sec2 driver; that of the driver NAME, as in its H5FD_NAME_init; -1 if H5 has no
 * such. */
h5_id hdf5_sec2(const struct hdf5 *h5);
h5_id hdf5_driver(const struct hdf5 *h5, const char *name);

/* The descriptor of H5's open FILE, whose driver is sec2; -1 if H5 does not tell. */
int hdf5_descriptor(const struct hdf5 *h5, h5_id file);

/* Whether the core driver of the access list LIST keeps the file in memory, without a backing
 * store. */
bool hdf5_in_memory(const struct hdf5 *h5, h5_id list);

/* H5's printing of errors in this thread, switched off for a while. */
struct hdf5_printing {
	bool off, v1;
	int (*print1)(void *data);
	int (*print2)(h5_id stack, void *data);
	void *data;
};

/* Switches it off, remembering in *P what it was; nothing happens if *P says that it is off. */
void hdf5_printing_off(const struct hdf5 *h5, struct hdf5_printing *p);
/* The same before a call in which it may have to be off: from 2.0 on, what is set within HDF5's
 * open() is undone (see hdf5_fail_within()).  Does nothing before 2.0. */
void hdf5_printing_off_before(const struct hdf5 *h5, struct hdf5_printing *p);
/* Makes it what it was. */
void hdf5_printing_on(const struct hdf5 *h5, struct hdf5_printing *p);

/* From the one to the other, HDF5 calls CALLBACK(stack, NULL) instead of its printing function when
 * a call in this thread fails, with the error stack complete; *P is what was there.  The second one
 * does nothing if the program has set another function meanwhile.  Both clear the error stack (in
 * CALLBACK hdf5_printing_on() ends it without that); for use within HDF5, too, before 2.0. */
void hdf5_on_failure(const struct hdf5 *h5, struct hdf5_printing *p,
		     int (*callback)(h5_id stack, void *data));
void hdf5_on_failure_end(const struct hdf5 *h5, struct hdf5_printing *p,
			 int (*callback)(h5_id stack, void *data));
/* Prints the error stack as P says. */
int hdf5_print(const struct hdf5_printing *p);

/* Whether the error stack has an entry of a function whose name contains NAME. */
bool hdf5_failed_in(const struct hdf5 *h5, const char *name);

/* Within a call of HDF5, makes SENTENCE its error stack so far, as FUNCTION's: should the call
 * fail, the other failures come on top of it, and it stays there until this thread's next call.
 * False if HDF5 would not keep it (before 2.0).  SENTENCE may be NULL, here and below: then there
 * was no memory for it. */
bool hdf5_fail_within(const struct hdf5 *h5, const char *function, const char *sentence);

/* Makes SENTENCE the whole error stack of this thread, as if FUNCTION had failed with it to do
 * WHAT; the second one has it printed, too, if the program's errors are.  The first one is for
 * after hdf5_fail_within(). */
void hdf5_set_failure(const struct hdf5 *h5, const char *function, const char *what,
		      const char *sentence);
void hdf5_fail(const struct hdf5 *h5, const char *function, const char *what, const char *sentence);

#endif
