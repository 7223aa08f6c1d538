/* Why an opening fails: its errno, and one sentence that names the file, the mode, the reason and
 * what to do.  Every such sentence is here.  The first failure of an opening is the one it has. */
#ifndef FAILURE_H
#define FAILURE_H

#include "opening.h"

/* Each sets o->error and o->sentence, which opening_run() frees, and returns the negative errno.
 * What would not be understood without it is a message at once (o->told). Any thread. */
int failure_setting(struct opening *o);
int failure_driver(struct opening *o, const char *driver);
int failure_held(struct opening *o);
int failure_stopped(struct opening *o);
int failure_no_timer(struct opening *o, int error);
int failure_nolocks(struct opening *o, int fd, int error);
int failure_open_here(struct opening *o);
int failure_two_copies(struct opening *o);
int failure_own_reader(struct opening *o);
int failure_inherited(struct opening *o);
int failure_created_meanwhile(struct opening *o);
int failure_given_up(struct opening *o);
int failure_no_entry(struct opening *o, int error);
int failure_unreachable(struct opening *o);
int failure_opens_later(struct opening *o);

#endif
