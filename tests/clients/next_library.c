/* SPDX-License-Identifier: BSD-3-Clause */
/* A library that stands behind the others, for test_next.  Its functions have names of their own:
 *
 *   plain     in a library with the table SYSV (-Wl,--hash-style=sysv), or GNU
 *   versions  (-DVERSIONS) 16 functions of two versions each, of which new programs get the second,
 *             and one, next_old, with a version for old programs alone
 *
 * Its constructor tells whoever reads $NEXT_TELL that it runs, and goes on when it hears so. */
#include <stdlib.h>
#include <unistd.h>

#ifdef VERSIONS
/* In this order, and the other one. */
#define OLD(n)             \
	int old_##n(void); \
	int old_##n(void)  \
	{                  \
		return -n; \
	}                  \
	__asm__(".symver old_" #n ", next_" #n "@OLD")
#define NEW(n)             \
	int new_##n(void); \
	int new_##n(void)  \
	{                  \
		return n;  \
	}                  \
	__asm__(".symver new_" #n ", next_" #n "@@NEW")

OLD(1);
NEW(1);
NEW(2);
OLD(2);
OLD(3);
NEW(3);
NEW(4);
OLD(4);
OLD(5);
NEW(5);
NEW(6);
OLD(6);
OLD(7);
NEW(7);
NEW(8);
OLD(8);

int only_old(void);
int only_old(void)
{
	return 9;
}
__asm__(".symver only_old, next_old@OLD");
#else
int PLAIN(void);
int PLAIN(void)
{
	return 10;
}

int DATA = 11;
#endif

__attribute__((constructor)) static void tell(void)
{
	const char *tell = getenv("NEXT_TELL"), *hear = getenv("NEXT_HEAR");
	char byte = 0;

	/* Which its table of symbols has, too, as one that is somebody else's. */
	if (getpagesize() > 0 && tell && hear && write(atoi(tell), &byte, 1) == 1)
		while (read(atoi(hear), &byte, 1) < 0)
			;
}
