/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the tests' own programs are: CLIENTS and SCRIPTS come from the Makefile. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#define CLIENT(name) CLIENTS "/" name
#define SCRIPT(name) SCRIPTS "/" name

/* For NEEDS(). */
#define HAS_PYTHON_MODULE(name) PYTHON " -c 'import " name "'"

#define NEEDS_CC() NEEDS("command -v cc", "needs a C compiler")
/* All programs with HDF5 inside are there, or none is. */
#define NEEDS_STATIC() NEEDS("test -x " CLIENT("actor_static"), "no libhdf5.a")

#endif
