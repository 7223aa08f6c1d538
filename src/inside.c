#include "inside.h"

#include "executable.h"
#include "held.h"
#include "report.h"
#include "settings.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

const char *const inside_sec2_open[] = { "H5FD_sec2_open", "H5FD__sec2_open", NULL };

/* Of which there may be several: two parts from one compilation, or two copies of HDF5. */
enum { MOST_PARTS = 8 };

enum knowledge {
	UNKNOWN,   /* nobody has looked yet */
	NOT_HERE,  /* no HDF5, or none that LOCKEDH5_FILES asks for */
	SOMEWHERE, /* HDF5 is inside, and what it opens is what LOCKEDH5_FILES names */
	EXACTLY	   /* what it opens is what the parts of its function open */
};

/* Whoever comes first looks; two who look at once find the same. */
static _Atomic uintptr_t code_start, code_end;
static struct {
	_Atomic uintptr_t start, end;
} part[MOST_PARTS];
static _Atomic int parts;
static _Atomic int knowledge;

static struct hdf5 inside = { .base = &inside,
			      .path = (char *)"the one that is linked into the program" };

static bool from_executable(const void *caller)
{
	struct span code;

	if (!code_end) {
		code = executable_code();
		code_start = code.start;
		code_end = code.end;
	}
	return (uintptr_t)caller >= code_start && (uintptr_t)caller < code_end;
}

static bool from_sec2(const void *caller)
{
	for (int i = 0; i < parts; i++)
		if ((uintptr_t)caller >= part[i].start && (uintptr_t)caller < part[i].end)
			return true;
	return false;
}

static void look(void)
{
	struct span found[MOST_PARTS];
	int n = executable_functions(inside_sec2_open, found, MOST_PARTS);

	for (int i = 0; i < n; i++) {
		part[i].start = found[i].start;
		part[i].end = found[i].end;
	}
	parts = n;
	if (n)
		knowledge = EXACTLY;
	else
		knowledge = getenv(SETTING_FILES) && executable_has_string(inside_sec2_open)
				    ? SOMEWHERE
				    : NOT_HERE;
}

/* No version of the driver asks for anything else (1.8 to 2.2). */
static bool might_be_sec2(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY &&
	       !(flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_LARGEFILE));
}

const struct hdf5 *inside_opens(const void *caller, int flags)
{
	if (knowledge == NOT_HERE || !from_executable(caller))
		return NULL;
	if (knowledge == UNKNOWN)
		look();
	if (knowledge == NOT_HERE || (knowledge == EXACTLY && !from_sec2(caller)) ||
	    (knowledge == SOMEWHERE && !might_be_sec2(flags)))
		return NULL;
	return held_may_write() ? &inside : NULL;
}

void inside_flocks(const void *caller)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (knowledge != NOT_HERE || !from_executable(caller) ||
	    atomic_flag_test_and_set(&warned) || getenv(SETTING_FILES) ||
	    !executable_has_string(inside_sec2_open))
		return;
	report(REPORT_PROBLEM,
	       "this program has HDF5 inside and no symbol table that would tell which files it "
	       "opens: they are not locked; name them in " SETTING_FILES);
}
