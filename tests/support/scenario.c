/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that look for a file, and create it when it may have come to be there. */
#include "scenario.h"

#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct actor *python_actor(void)
{
	const char *under = getenv("LOCKEDH5_TEST_UNDER"), *other = getenv("LOCKEDH5_TEST_ACTOR");
	struct actor *actor;

	under = under ? strdup(under) : NULL;
	other = other ? strdup(other) : NULL;
	setenv("LOCKEDH5_TEST_UNDER", PYTHON, 1);
	setenv("LOCKEDH5_TEST_ACTOR", SCRIPT("actor.py"), 1);
	actor = actor_new();
	unsetenv("LOCKEDH5_TEST_UNDER");
	unsetenv("LOCKEDH5_TEST_ACTOR");
	if (under)
		setenv("LOCKEDH5_TEST_UNDER", under, 1);
	if (other)
		setenv("LOCKEDH5_TEST_ACTOR", other, 1);
	free((char *)under);
	free((char *)other);
	return actor;
}

static bool in_python;
static double began; /* the first step of what is played now */

void play_in_python(void)
{
	in_python = true;
}

/* --- steps -------------------------------------------------------------------------- */

static int last_step(const struct scenario *s)
{
	int last = 0;

	while (s->steps[last + 1])
		last++;
	return last;
}

/* Tells STEP with the folder's name for "@". */
static const char *ask(struct actor *actor, const char *step)
{
	static char command[4096];
	char *folder = getcwd(NULL, 0);
	const char *at = strchr(step, '@');

	if (at)
		snprintf(command, sizeof(command), "%.*s%s%s", (int)(at - step), step, folder,
			 at + 1);
	else
		snprintf(command, sizeof(command), "%s", step);
	free(folder);
	return actor_ask(actor, "%s", command);
}

static void must(const struct scenario *s, struct actor *actor, const char *step)
{
	const char *answer = ask(actor, step);

	ck_assert_msg(!strncmp(answer, "ok", 2), "%s: \"%s\" should have been ok, but: %s", s->name,
		      step, answer);
}

static void other_does(struct actor *other, const char *step)
{
	if (strncmp(step, "makes ", 6)) {
		actor_ok(other, "%s", step);
		return;
	}
	actor_ok(other, "create o %s trunc", step + 6);
	actor_ok(other, "write o data %d 1", NUMBERS);
	actor_ok(other, "close o");
}

static void begin_folder(void)
{
	static int n;
	char name[32];

	snprintf(name, sizeof(name), "scenario.%d", n++);
	ck_assert_int_eq(mkdir(name, 0777), 0);
	ck_assert_int_eq(chdir(name), 0);
}

void play(const struct scenario *s, struct actor **looker)
{
	struct actor *other;
	int last = last_step(s);

	begin_folder();
	other = actor_without_library();
	*looker = in_python ? python_actor() : actor_new();
	/* Both have begun before the first look, which is soon too old. */
	actor_ok(other, "printing off");
	actor_ok(*looker, in_python ? "pass" : "printing off");
	began = seconds_now();
	for (int i = 0; i < last; i++) {
		if (!strncmp(s->steps[i], "other ", 6))
			other_does(other, s->steps[i] + 6);
		else if (!strcmp(s->steps[i], "a moment later"))
			usleep(1200000);
		else if (!strcmp(s->steps[i], "a tick later"))
			usleep(20000);
		else
			must(s, *looker, s->steps[i]);
	}
	ck_assert_int_eq(actor_end(other), 0);
}

const char *create(const struct scenario *s, struct actor *looker)
{
	return ask(looker, s->steps[last_step(s)]);
}

/* On a busy machine it may take too long, and is then tried again. */
const char *play_quickly(const struct scenario *s, struct actor **looker)
{
	const char *answer = "";

	for (int tries = 0; tries < 20; tries++) {
		play(s, looker);
		answer = create(s, *looker);
		if (seconds_now() - began < 0.9)
			return answer;
		actor_end(*looker);
		ck_assert_int_eq(chdir(".."), 0);
	}
	ck_abort_msg("%s: never within a second", s->name);
	return answer;
}

void close_created(const struct scenario *s, struct actor *looker)
{
	const char *last = s->steps[last_step(s)];

	if (in_python)
		actor_ok(looker, "f.close()");
	else if (!strncmp(last, "child ", 6))
		actor_ok(looker, "child close a");
	else
		actor_ok(looker, "close a");
}

/* --- outcomes ------------------------------------------------------------------------- */

void is_the_others(const struct scenario *s)
{
	h5_file_is(s->file, 1);
}

void is_replaced(const struct scenario *s)
{
	struct actor *reader = actor_without_library();

	actor_ok(reader, "open r %s r", s->file);
	actor_error(reader, "dataset-open r data");
	ck_assert_int_eq(actor_end(reader), 0);
}
