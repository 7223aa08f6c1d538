/* Where the tests' own programs are: CLIENTS and SCRIPTS come from the Makefile. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#define CLIENT(name) CLIENTS "/" name
#define SCRIPT(name) SCRIPTS "/" name

/* For NEEDS(). */
#define HAS_PYTHON_MODULE(name) PYTHON " -c 'import " name "'"

#endif
