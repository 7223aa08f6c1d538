/* What "lockedh5 check" prints: a line with the verdict, and lines that add to it; and errors. */
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

/* A text in memory of its own, which free() takes; or the end of the program. */
char *say_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
