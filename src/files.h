/* The files that are to be locked: what LOCKEDH5_FILES says. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>

/* Whether the file that the program calls PATH is to be locked; says so (LOCKEDH5_VERBOSE=3) if it
 * is to be left alone.  With a bad setting every file is to be locked: its opening then fails.
 * Preserves errno; any thread; async-signal-safe once settings() has been called. */
bool files_covered(const char *path);

#endif
