/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"

#include "programs.h"

#include <stdlib.h>

const struct inside_kind inside_kinds[INSIDE_KINDS] = {
	{ CLIENT("counter_static"), CLIENT("actor_static"), NULL },
	{ CLIENT("counter_fixed"), CLIENT("actor_static"), "*.h5" },
	{ CLIENT("counter_stripped"), CLIENT("actor_stripped"), "*.h5" },
	{ CLIENT("counter_fixed_stripped"), CLIENT("actor_stripped"), "!*.nc" },
};

void inside_use(int kind)
{
	setenv("LOCKEDH5_TEST_ACTOR", inside_kinds[kind].actor, 1);
	setting("LOCKEDH5_FILES", inside_kinds[kind].files);
	setting("HDF5_USE_FILE_LOCKING", "FALSE");
}

struct actor *actor_inside(int kind)
{
	h5_file("data.h5", 1);
	inside_use(kind);
	return actor_new();
}

struct actor *actor_inside_with(int kind, const char *driver)
{
	struct actor *a = actor_inside(kind);

	actor_ok(a, "driver %s", driver);
	return a;
}

struct actor *dynamic_actor(void)
{
	unsetenv("LOCKEDH5_TEST_ACTOR");
	return actor_new();
}

struct actor *dynamic_holder(int kind, const char *mode)
{
	struct actor *holder;

	h5_file("data.h5", 1);
	holder = dynamic_actor();
	actor_ok(holder, "open f data.h5 %s", mode);
	inside_use(kind);
	return holder;
}
