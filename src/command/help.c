/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/help.h"

#include <stdio.h>

/* No line is longer than 80 characters. */
static const char text[] =
	"usage: lockedh5 [OPTION...] [--] PROGRAM [ARG...]\n"
	"       lockedh5 [OPTION...] env | env --unset\n"
	"       lockedh5 status FILE...\n"
	"       lockedh5 check PROGRAM | PID\n"
	"       lockedh5 trace FOLDER\n"
	"       lockedh5 --library | --help | --version\n"
	"\n"
	"Runs PROGRAM so that it locks the HDF5 files that it opens.\n"
	"\n"
	"  env                  print lines for a shell's eval, which preload the library\n"
	"                       and export the settings\n"
	"  env --unset          print the line that takes the library out again\n"
	"  status FILE...       print who holds each file and who waits for it\n"
	"  check PROGRAM | PID  print whether the library reaches a program or a process\n"
	"  trace FOLDER         print the timeline that programs wrote to LOCKEDH5_TRACE\n"
	"\n"
	"  -n, --count COUNT    attempts to open a file: an integer from 1, or inf (10)\n"
	"  -w, --wait SECONDS   at most this long between two attempts (10)\n"
	"      --driver D       driver not sec2 or core: refuse, replace, pass (refuse)\n"
	"  -v, --verbose        say every wait; twice: every lock, unlock and refusal\n"
	"      --log FILE       where messages go; %p: process ID, %h: host (stderr)\n"
	"      --library        print the library's absolute path, for LD_PRELOAD\n"
	"\n"
	"Settings without an option:\n"
	"  LOCKEDH5_COHERENCE   whether caches may be old: auto, local, remote (auto)\n"
	"  LOCKEDH5_FILES       the files to lock: shell patterns with colons between\n"
	"                       them; ! in front excludes (all)\n"
	"  LOCKEDH5_LOCALLOCKS  a file system whose locks keep out this host's programs\n"
	"                       alone: auto, refuse, warn, pass (auto)\n"
	"  LOCKEDH5_LOOKED      a file that was missing when the program looked, and was\n"
	"                       made since by somebody else: refuse, ignore (refuse)\n"
	"  LOCKEDH5_NOLOCKS     a file system without flock: refuse, pass (refuse)\n"
	"  LOCKEDH5_PYTHON      Python's interpreter lock during a wait: release, keep\n"
	"                       (release)\n"
	"  LOCKEDH5_TRACE       a folder for the timeline, which chrome://tracing and\n"
	"                       Perfetto show\n"
	"\n"
	"Exit status: PROGRAM's own; 125 if lockedh5 refuses, 126 if PROGRAM can't be\n"
	"executed, 127 if it is not found.  Of status: 0 if all files are free, 1 if one\n"
	"is not, 2 after an error or if one can't tell.  Of check: 0 if it does, 1 if\n"
	"not, 2 if one can't tell.  Of trace: 0, or 2 after an error.\n"
	"More in lockedh5(1) and liblockedh5(7).\n";

void help(void)
{
	fputs(text, stdout);
}
