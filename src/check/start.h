/* Whether the launcher may start a program with these settings. */
#ifndef START_H
#define START_H

/* Refuses, with a sentence on standard error, settings that the library would refuse at every open,
 * and the program NAME (NULL: any will do) if it is none that exec can start or one that the
 * library in the file LIBRARY would not reach.  What only exec can judge is not refused: a file
 * that is neither an executable nor a script, or a script whose interpreter is missing.  Returns
 * the launcher's exit status: 0, 125 (refused), 126 (can't be executed), 127 (not found). */
int start_check(const char *library, const char *name);

#endif
