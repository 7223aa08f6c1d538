/* SPDX-License-Identifier: BSD-3-Clause */
/* What lockedh5 says: errors; and of "lockedh5 check", a line with the verdict and lines that add
 * to it.  A file may have any name: none reaches the terminal as it is. */
#ifndef SAY_H
#define SAY_H

enum verdict { COVERED = 0, NOT_COVERED = 1, UNKNOWN = 2 }; /* exit status */

/* Prints "SUBJECT: covered: SENTENCE" and gives the verdict back. */
enum verdict say(const char *subject, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Prints an indented line. */
void say_also(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "lockedh5: SENTENCE" on standard error. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status after an error that ends the program: 125, as long as it is to start another one;
 * subcommands with a status of their own set it to 2 first. */
extern int say_failure;

/* Says that, and ends the program. */
void say_fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* What was allocated; or the end of the program, if it is NULL. */
void *say_must(void *allocated);
/* A text in memory of its own, which free() takes; or the end of the program. */
char *say_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Flushes standard output; ends the program if not all of it could be written. */
void say_all_printed(void);

#endif
