/* SPDX-License-Identifier: BSD-3-Clause */
/* What every integration test needs: real programs, with and without the library, and a way to
 * look at their locks. Everything here aborts the current Check test on misuse; every wait ends
 * after PATIENCE seconds with a failed test. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATIENCE = 120 };

/* --- a test program ------------------------------------------------------- */

/* Gives an empty group of tests in which every test has a folder of its own and time enough; add
 * tests with tcase_add_test(), then return group_run() from main(). */
TCase *group(const char *name);
int group_run(void);

/* Whether a test is to run: all are, or those that $LOCKEDH5_TEST_ONLY names ("one,another"). */
bool wanted(const char *test);
#undef tcase_add_test
#define tcase_add_test(group, test)                                  \
	do {                                                         \
		if (wanted(#test))                                   \
			tcase_add_test_raise_signal(group, test, 0); \
	} while (0)
#undef tcase_add_loop_test
#define tcase_add_loop_test(group, test, from, to)                                  \
	do {                                                                        \
		if (wanted(#test))                                                  \
			tcase_add_loop_test_raise_signal(group, test, 0, from, to); \
	} while (0)

/* Seconds on a clock that never jumps. */
double seconds_now(void);

/* --- one folder per test ------------------------------------------------ */

/* Makes an empty folder, changes into it, and removes it all in folder_leave().  Use as a checked
 * fixture, so that file names in tests are plain ("data.h5"). */
void folder_enter(void);
void folder_leave(void);
/* Whether a file of this name exists; its size in bytes (fails the test if there is none). */
bool file_exists(const char *name);
long file_size(const char *name);
/* Writes TEXT to a file of this name, new or emptied. */
void file_write(const char *name, const char *text);

/* --- the environment of the programs that a test starts ------------------ */

/* Programs see the environment of the test program, without its LOCKEDH5_* and HDF5_* variables.
 * Sets (or with VALUE NULL unsets) a variable for the programs started later in this test. */
void setting(const char *name, const char *value);
/* Whether programs started later in this test get the library preloaded (default: yes), behind
 * whatever LD_PRELOAD says already.  The library is the built one, or $LOCKEDH5_TEST_LIBRARY.
 * Gives what it was before. */
bool preload(bool on);
/* They get it before LIBRARY, which is preloaded, too. */
void preload_before(const char *library);
const char *library_path(void);

/* --- programs that run to their end -------------------------------------- */

struct outcome {
	int status;	 /* exit status, or 128 + signal; 127 if it could not be started */
	double seconds;	 /* how long it ran */
	char *out, *err; /* what it printed; lives until the test program ends */
};

/* Runs ARGV[0] (looked up in PATH) to its end. */
struct outcome run(const char *const argv[]);
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })
/* Starts it in the background; finish() waits for it. */
struct process;
struct process *start(const char *const argv[]);
#define START(...) start((const char *const[]){ __VA_ARGS__, NULL })
struct outcome finish(struct process *);
pid_t process_pid(const struct process *);
/* Starts one that makes a file "ready" when it is, waits for that file, and removes it. */
struct process *start_ready(const char *const argv[]);
#define START_READY(...) start_ready((const char *const[]){ __VA_ARGS__, NULL })
/* Kills it, and waits for its end. */
void stop(struct process *);
/* Fails unless PART is somewhere in TEXT. */
void has(const char *text, const char *part);
/* Fails unless the program ended with status 0; and unless it said nothing on standard error. */
void succeeds(struct outcome);
void succeeds_silently(struct outcome);
/* Fails unless it did, and this is all that it printed. */
void outputs(struct outcome, const char *expected);
/* Runs ARGV[0] to its end with the library (unless preload() says otherwise) and without; fails
 * unless it ends with the same status and prints the same, on standard error, too. */
void same_without_library(const char *const argv[]);

/* Marks the running test as skipped unless COMMAND (a shell command) succeeds; prints the reason.
 */
#define NEEDS(command, reason)                         \
	do {                                           \
		if (!needs(__func__, command, reason)) \
			return;                        \
	} while (0)
/* The same, unless the actors' HDF5 has a FEATURE (clients/actor_file.c: "can"). */
#define NEEDS_HDF5_WITH(feature) \
	NEEDS("echo can " feature " | " ACTOR " | grep ^ok", "this HDF5 has no " feature)
bool needs(const char *test, const char *command, const char *reason);

/* --- actors: an HDF5 program that does as it is told ---------------------- */

/* An actor is an unmodified C program linked with libhdf5 that reads a command a line and answers
 * each with one line, "ok ..." or "error ..." (tests/clients/actor.c lists the commands).  If
 * $LOCKEDH5_TEST_UNDER is set ("valgrind -q"), actors run under that program; if
 * $LOCKEDH5_TEST_ACTOR is, that is the actor ("./actor_static", which has HDF5 inside). */
struct actor;
struct actor *actor_new(void);
/* One that does not get the library, whatever preload() says. */
struct actor *actor_without_library(void);
/* Sends a command without waiting. */
void actor_tell(struct actor *, const char *command, ...) __attribute__((format(printf, 2, 3)));
/* Waits for the next answer; it is good until the actor's next one. */
const char *actor_answer(struct actor *);
/* Gives NULL if there is none after that many seconds: it shows that an actor is waiting. */
const char *actor_answer_within(struct actor *, double seconds);
/* Tells, and waits for the answer... */
const char *actor_ask(struct actor *, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
/* ...which has to be "ok" (gives what follows), or has to be "error" (gives what follows). */
const char *actor_ok(struct actor *, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
const char *actor_error(struct actor *, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
/* Waits for the answer to an earlier actor_tell() in the same two ways. */
const char *actor_answer_ok(struct actor *);
const char *actor_answer_error(struct actor *);
/* Fails unless this answer is the error of a program that gave up waiting for FILE. */
void gave_up(const char *answer, const char *file);
pid_t actor_pid(const struct actor *);
void actor_kill(struct actor *, int sig);
/* Closes its input and waits; returns its exit status, or 128 + signal. */
int actor_end(struct actor *);
/* All that are left end by themselves, within a moment: for a build for coverage, where whoever is
 * killed is not counted. */
void actors_leave(void);

/* An HDF5 file with NUMBERS integers counting up from VALUE in the dataset "data", written and
 * checked by programs without the library. */
enum { NUMBERS = 25000 };
void h5_file(const char *name, int value);
void h5_file_is(const char *name, int value);
/* The first N of them, from 1, in the format that SWMR needs (version 3).  HDF5 writes into such a
 * file who has it open, and a killed program leaves that there. */
void h5_file_for_swmr(const char *name, int n);

/* --- locks, read from /proc/locks ----------------------------------------- */

/* How many locks are held on the file's inode, by kind; waiters ("->") are not counted. */
struct locks {
	int shared, exclusive; /* flock */
	int waiting;	       /* flock requests that are blocked */
	int others;	       /* locks of other kinds that are held */
};
struct locks locks_on(const char *file);
/* How many blocked requests there are, whatever their kind, "turnstile" (OFD locks) included. */
int waiters_on(const char *file);
/* Fails unless locks_on(FILE) says exactly this now, and nothing else is held. */
void locks_are(const char *file, int shared, int exclusive);
/* Waits until locks_on(FILE) says exactly this. */
void locks_become(const char *file, int shared, int exclusive);
/* Waits until at least N requests, of whatever kind, are blocked on the file. */
void locks_waiting(const char *file, int n);

#endif
