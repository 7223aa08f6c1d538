/* SPDX-License-Identifier: BSD-3-Clause */
/* A program under injection: one scenario, and the checks of what must hold afterwards. */
#ifndef CLIENT_H
#define CLIENT_H

#include <hdf5.h>
#include <stdbool.h>

/* What the program asks of HDF5 between the two marks, and what it needs before. */
struct scenario {
	const char *name;
	void (*prepare)(void); /* NULL: nothing; before the first mark */
	void (*act)(void);
	const char *settings[5]; /* NAME=VALUE */
	bool fails;		 /* without any fault, too */
	bool again;		 /* after a failure the same has to succeed */
};

/* Ends with an entry without a name. */
extern const struct scenario scenarios[];

/* --- raw: past every hook ------------------------------------------------------- */

int raw_open(const char *file, int flags);
void raw_close(int fd);
/* Of all that hold it: 'x' exclusive, 's' shared, '-' nobody. */
char raw_lock_on(const char *file);

/* --- checks, each prints a line "VIOLATION ..." if it does not hold ---------------- */

void violation(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The file's lock has to be LOCK ("x", "s" or stronger, "-") now. */
void expect_lock(const char *file, char lock, const char *when);
/* Of the call that has just returned RESULT: LOCK on FILE if it succeeded (0: any; 'u': exclusive,
 * or a word about it), else a reason.  Gives whether it did. */
bool expect_outcome(hid_t result, const char *file, char lock);
/* If the call fails, FILE must be at the end as it is now. */
void expect_unharmed(const char *file);
/* Not one byte of it may change, whatever becomes of the call. */
void expect_same(const char *file);
/* This process may go on as the one that is to make what it has not found. */
void expect_ticket(void);
/* --- marks ------------------------------------------------------------------------ */

void begin(void);
void end(void);

/* --- another process ------------------------------------------------------------------ */

/* Holds FILE ("x" or "s") until so many WAITERS wait for it, or 150 ms; with 0 until release(). */
void hold(const char *file, char lock, int waiters);
/* Whether hold() has been called. */
bool was_held(void);
/* Waits for an exclusive lock on it, in turn, and lets go. */
void queue(const char *file);
/* Looks for FILE with H5Fopen, in vain, and makes it a moment later, or never. */
void look_for(const char *file, bool makes);
/* Lives until release(), with all descriptors that this process has open. */
void inherit(void);
void release(void);

#endif
