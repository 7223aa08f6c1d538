/* SPDX-License-Identifier: BSD-3-Clause */
/* The number in a file that clients/counter.c makes, adds to and shows. */
#include "counter.h"
#include "programs.h"

#include <stdlib.h>

void counter_create(const char *name)
{
	succeeds(RUN(CLIENT("counter"), name, "create"));
}

void counter_file(const char *name)
{
	bool before = preload(false);

	counter_create(name);
	preload(before);
}

void counter_data_and_copy(void)
{
	counter_file("data.h5");
	succeeds(RUN("cp", "data.h5", "copy.h5"));
}

int counter_number(const char *name)
{
	struct outcome o = RUN(CLIENT("counter"), name, "show");

	succeeds(o);
	return atoi(o.out);
}
