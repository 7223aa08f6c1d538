/* SPDX-License-Identifier: BSD-3-Clause */
/* What people get to read on standard error or in the log. */
#ifndef REPORT_H
#define REPORT_H

/* From which LOCKEDH5_VERBOSE on a message is written. */
enum report_level {
	REPORT_PROBLEM = 1, /* problems and long waits */
	REPORT_WAIT = 2,    /* every wait */
	REPORT_LOCK = 3	    /* every lock, unlock and refusal */
};

/* Whether messages of this level are wanted: to save work on those that are not.  Any thread;
 * async-signal-safe once settings() has been called. */
int report_wanted(enum report_level level);

/* Writes one line, "lockedh5: PROGRAM[PID]: MESSAGE", with a single write() to LOCKEDH5_LOG or
 * standard error, if LEVEL is wanted.  A log that can't be opened is mentioned once on standard
 * error, where the messages then go.  Standard error is a terminal or other device, a pipe, a
 * socket, or the regular file that it was at the start: not what the program has opened in its
 * place.  Preserves errno; any thread; may be called in close(), that
 * is, in a signal handler: it neither allocates nor locks. */
void report(enum report_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From now on the regular file that is standard error now is. Runs by itself when the library is
 * loaded; only tests call it.  Preserves errno. */
void report_remember_stderr(void);

#endif
