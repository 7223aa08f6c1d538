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

/* An HDF5 file with NUMBERS integers counting up from VALUE in the dataset "data", written and
 * checked by programs without the library. */
enum { NUMBERS = 25000 };
void h5_file(const char *name, int value);
void h5_file_is(const char *name, int value);

/* --- one that holds and one that waits ------------------------------------ */

/* An actor that has data.h5 open for writing, new and with numbers from 1. */
struct actor *holder_of_data(void);
/* An actor with this LOCKEDH5_COUNT and LOCKEDH5_WAIT. */
struct actor *patient_actor(const char *count, const char *wait);
/* An actor that stops right after the N-th of these system calls ("open,openat") with FILE, there
 * or not.  It runs under strace, which writes TRACE; NEEDS_STRACE() first. */
struct actor *actor_that_stops(const char *file, const char *calls, int n, const char *trace);
/* Waits until it has; SIGCONT makes it go on. */
void actor_has_stopped(const char *trace);
#define NEEDS_STRACE() NEEDS("strace -D true", "no strace, or not allowed to trace")

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
