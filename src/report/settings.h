/* SPDX-License-Identifier: BSD-3-Clause */
/* The environment, read once into one struct.  Every variable's name and default is here and
 * nowhere else. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#define SETTING_COUNT	   "LOCKEDH5_COUNT"
#define SETTING_WAIT	   "LOCKEDH5_WAIT"
#define SETTING_DRIVER	   "LOCKEDH5_DRIVER"
#define SETTING_NOLOCKS	   "LOCKEDH5_NOLOCKS"
#define SETTING_FILES	   "LOCKEDH5_FILES"
#define SETTING_VERBOSE	   "LOCKEDH5_VERBOSE"
#define SETTING_LOG	   "LOCKEDH5_LOG"
#define SETTING_PYTHON	   "LOCKEDH5_PYTHON"
#define SETTING_TRACE	   "LOCKEDH5_TRACE"
#define SETTING_LOOKED	   "LOCKEDH5_LOOKED"
#define SETTING_LOCALLOCKS "LOCKEDH5_LOCALLOCKS"
#define SETTING_COHERENCE  "LOCKEDH5_COHERENCE"

#define DEFAULT_COUNT	10
#define DEFAULT_WAIT_NS 10000000000
#define DEFAULT_DRIVER	DRIVER_REFUSE
#define DEFAULT_NOLOCKS NOLOCKS_REFUSE
#define DEFAULT_VERBOSE 1
#define DEFAULT_PYTHON	PYTHON_RELEASE
#define DEFAULT_LOOKED	LOOKED_REFUSE

/* LOCKEDH5_COUNT=inf, and the patience that follows from it. */
#define COUNT_INFINITE	  INT64_MAX
#define PATIENCE_INFINITE INT64_MAX

/* What to do about a driver other than sec2 and core. */
enum driver_policy { DRIVER_REFUSE, DRIVER_REPLACE, DRIVER_PASS };
/* What to do on a file system that can't lock. */
enum nolocks_policy { NOLOCKS_REFUSE, NOLOCKS_PASS };
/* What to do with Python's interpreter lock during a wait. */
enum python_policy { PYTHON_RELEASE, PYTHON_KEEP };

/* What to do about a file that was missing when the program looked, and is to be replaced. */
enum looked_policy { LOOKED_REFUSE, LOOKED_IGNORE };

/* What to do on a file system whose locks keep out the programs of this host alone: of one that
 * says so (refuse) and of one where it is likely (warn), or the same of both. */
enum locallocks_policy { LOCALLOCKS_AUTO, LOCALLOCKS_REFUSE, LOCALLOCKS_WARN, LOCALLOCKS_PASS };

/* Whether what this host has in its caches may be old: by the kind of file system, or never, or
 * always. */
enum coherence { COHERENCE_AUTO, COHERENCE_LOCAL, COHERENCE_REMOTE };

struct settings {
	int64_t count;	     /* attempts, or COUNT_INFINITE */
	int64_t wait_ns;     /* at most this long between two attempts */
	int64_t patience_ns; /* the longest total wait: (count - 1) * wait */
	enum driver_policy driver;
	enum nolocks_policy nolocks;
	enum python_policy python;
	enum looked_policy looked;
	enum locallocks_policy locallocks;
	enum coherence coherence;
	int verbose; /* 0 to 3 */
	char *files; /* patterns.h's language, all good; NULL: every file; owned by the struct */
	char *log;   /* as set, with its %p and %h; NULL: standard error; owned by the struct */
	char *trace; /* the folder for the timeline, absolute if it is there; NULL: none; owned */
	/* The first bad setting, in one sentence; empty if all are good.  While it is not empty no
	 * file may be opened. */
	char error[512];
};

/* This process's settings, read from the environment at the first call; the defaults in a program
 * that is setuid, setgid or has file capabilities.  Never NULL; valid for ever.  Any thread. */
const struct settings *settings(void);

/* The name of the variable number I, in the order of reading, or NULL after the last. */
const char *settings_name(size_t i);

/* Fills *S from what LOOKUP says of each variable (NULL: not set), defaults included; the caller
 * frees s->files, s->log and s->trace.  Returns 0, or -EINVAL with s->error filled.  Any thread. */
int settings_read(struct settings *s, const char *(*lookup)(const char *name));

#endif
