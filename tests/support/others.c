/* SPDX-License-Identifier: BSD-3-Clause */
/* What another program finds that does not wait for data.h5. */
#include "others.h"
#include "waiting.h"

void others_are_kept_out(const char *mode)
{
	struct actor *b = impatient_actor();

	gave_up(actor_ask(b, "open b data.h5 %s", mode), "data.h5");
	ck_assert_int_eq(actor_end(b), 0);
}

/* Does something with the file, as "b", open for writing. */
static void others_do(const char *command, int value)
{
	struct actor *b = impatient_actor();

	actor_ok(b, "open b data.h5 rw");
	actor_ok(b, "%s b data %d %d", command, NUMBERS, value);
	actor_ok(b, "close b");
	ck_assert_int_eq(actor_end(b), 0);
}

void others_find(int value)
{
	locks_are("data.h5", 0, 0);
	others_do("check", value);
}

void others_write(int value)
{
	others_do("write", value);
}
