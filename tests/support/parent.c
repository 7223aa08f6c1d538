/* SPDX-License-Identifier: BSD-3-Clause */
/* parent.h5, whose links and virtual datasets lead to target.h5 and second.h5. */
#include "parent.h"

#include <string.h>

static void make_files(void)
{
	bool before = preload(false);
	struct actor *maker = actor_new();

	h5_file("target.h5", 1);
	h5_file("second.h5", 1 + NUMBERS);
	actor_ok(maker, "create p parent.h5 trunc");
	actor_ok(maker, "link p x target.h5 data");
	actor_ok(maker, "link p missing nowhere.h5 data");
	actor_ok(maker, "link p self parent.h5 own");
	actor_ok(maker, "write p own 100 5");
	actor_ask(maker, "virtual p v %d target.h5", NUMBERS);
	actor_ask(maker, "virtual p twice %d target.h5 second.h5", NUMBERS);
	actor_ask(maker, "virtual p nothing 10 nowhere.h5");
	actor_ok(maker, "close p");
	ck_assert_int_eq(actor_end(maker), 0);
	preload(before);
}

void begin_with_parent(int test)
{
	static const char *const locking[LOCKINGS] = { NULL, "FALSE" };

	setting("HDF5_USE_FILE_LOCKING", locking[test % LOCKINGS]);
	make_files();
}

struct actor *with_parent(const char *mode)
{
	struct actor *a = actor_new();

	actor_ok(a, "open p parent.h5 %s", mode);
	return a;
}

bool has_virtual(struct actor *actor)
{
	return !strncmp(actor_ask(actor, "can virtual"), "ok", 2);
}
