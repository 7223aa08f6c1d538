/* What every integration test needs: real programs, with and without the library, and a way to
 * look at their locks. Everything here aborts the current Check test on misuse; every wait ends
 * after PATIENCE seconds with a failed test. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATIENCE = 120 };

/* --- one folder per test ------------------------------------------------ */

/* Makes an empty folder, changes into it, and removes it all in folder_leave().  Use as a checked
 * fixture, so that file names in tests are plain ("data.h5"). */
void folder_enter(void);
void folder_leave(void);

/* --- the environment of the programs that a test starts ------------------ */

/* Sets (or with VALUE NULL unsets) a variable for the programs started later in this test. */
void setting(const char *name, const char *value);
/* Whether programs started later in this test get the library preloaded (default: yes). */
void preload(bool on);

/* --- programs that run to their end -------------------------------------- */

struct outcome {
	int status;     /* exit status, or 128 + signal */
	double seconds; /* how long it ran */
	char *out, *err; /* what it printed; freed by folder_leave() */
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

/* Marks the running test as skipped unless COMMAND (a shell command) succeeds; prints the reason. */
#define NEEDS(command, reason)                                                                     \
	do {                                                                                       \
		if (!needs(command, reason))                                                       \
			return;                                                                    \
	} while (0)
bool needs(const char *command, const char *reason);

/* --- actors: an HDF5 program that does as it is told ---------------------- */

/* An actor is an unmodified C program linked with libhdf5 (tests/clients/actor.c) that reads a
 * command a line and answers each with one line.  tell() sends a command without waiting, answer()
 * waits for the next line, ask() does both.  answer_within() gives NULL if there is none after
 * that many seconds: it shows that an actor is waiting. */
struct actor;
struct actor *actor_new(void);
void actor_tell(struct actor *, const char *command, ...) __attribute__((format(printf, 2, 3)));
const char *actor_answer(struct actor *);
const char *actor_answer_within(struct actor *, double seconds);
const char *actor_ask(struct actor *, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
pid_t actor_pid(const struct actor *);
void actor_kill(struct actor *, int sig);
/* Closes its input and waits; returns its exit status. */
int actor_end(struct actor *);

/* --- locks, read from /proc/locks ----------------------------------------- */

/* How many locks are held on the file's inode, by kind; waiters ("->") are not counted. */
struct locks {
	int shared, exclusive; /* flock */
	int waiting;           /* flock requests that are blocked */
};
struct locks locks_on(const char *file);
/* Waits until locks_on(FILE) says exactly this. */
void locks_become(const char *file, int shared, int exclusive);
/* Waits until at least N requests are blocked on the file. */
void locks_waiting(const char *file, int n);

#endif
