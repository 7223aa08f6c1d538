/* SPDX-License-Identifier: BSD-3-Clause */
/* The test's side of an actor: commands through one pipe, answers through another. */
#include "start.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct actor *actors; /* all of this test's */

struct actor {
	struct actor *next;
	pid_t pid;
	int commands, answers;
	char last[256];	    /* the last command, for messages */
	char buffer[65536]; /* what was read of its answers */
	size_t used;	    /* bytes in the buffer */
	size_t given; /* bytes of the answer that the caller has, at the start of the buffer */
};

struct actor *actor_new(void)
{
	struct actor *actor = calloc(1, sizeof(*actor));
	const char *under = getenv("LOCKEDH5_TEST_UNDER");
	const char *other = getenv("LOCKEDH5_TEST_ACTOR");
	const char *argv[16] = { NULL };
	int in[2], out[2], n = 0;
	char *words = strdup(under ? under : "");

	/* Close-on-exec: another actor must not keep this one's input open. */
	ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	for (char *word = strtok(words, " "); word && n < 14; word = strtok(NULL, " "))
		argv[n++] = word;
	argv[n++] = other ? other : ACTOR;
	argv[n] = NULL;
	actor->pid = spawn(argv, in[0], out[1], -1);
	free(words);
	close(in[0]);
	close(out[1]);
	actor->commands = in[1];
	actor->answers = out[0];
	actor->next = actors;
	actors = actor;
	return actor;
}

enum { MOMENTS = 200 };

void actors_leave(void)
{
	for (struct actor *actor = actors; actor; actor = actor->next)
		close(actor->commands);
	for (struct actor *actor = actors; actor; actor = actor->next)
		for (int i = 0; i < MOMENTS && waitpid(actor->pid, NULL, WNOHANG) == 0; i++)
			usleep(10000);
}

static void tell(struct actor *actor, const char *command, va_list arguments)
{
	char line[4096];
	int length = vsnprintf(line, sizeof(line) - 1, command, arguments);

	ck_assert(length > 0 && length < (int)sizeof(line) - 1);
	snprintf(actor->last, sizeof(actor->last), "%.255s", line);
	line[length++] = '\n';
	ck_assert_msg(write(actor->commands, line, (size_t)length) == length, "tell \"%s\": %s",
		      actor->last, strerror(errno));
}

/* Reads more of its answers; false if there is nothing to read for that long. */
static bool read_more(struct actor *actor, double seconds)
{
	struct pollfd ready = { .fd = actor->answers, .events = POLLIN };
	ssize_t n;

	if (poll(&ready, 1, (int)(seconds * 1000)) <= 0)
		return false;
	n = read(actor->answers, actor->buffer + actor->used,
		 sizeof(actor->buffer) - 1 - actor->used);
	ck_assert_msg(n > 0, "the actor ended instead of answering \"%s\"", actor->last);
	actor->used += (size_t)n;
	return true;
}

const char *actor_answer_within(struct actor *actor, double seconds)
{
	double end = seconds_now() + seconds;
	char *line_end;

	memmove(actor->buffer, actor->buffer + actor->given, actor->used - actor->given);
	actor->used -= actor->given;
	actor->given = 0;
	while (!(line_end = memchr(actor->buffer, '\n', actor->used))) {
		double left = end - seconds_now();

		if (!read_more(actor, left > 0 ? left : 0))
			return NULL;
	}
	*line_end = 0;
	actor->given = (size_t)(line_end - actor->buffer) + 1;
	return actor->buffer;
}

const char *actor_answer(struct actor *actor)
{
	const char *answer = actor_answer_within(actor, PATIENCE);

	ck_assert_msg(answer, "no answer to \"%s\" in %d s", actor->last, PATIENCE);
	return answer;
}

static const char *must_begin(struct actor *actor, const char *word)
{
	const char *answer = actor_answer(actor);
	size_t length = strlen(word);

	ck_assert_msg(!strncmp(answer, word, length), "\"%s\" should have been %s, but: %s",
		      actor->last, word, answer);
	answer += length;
	return *answer == ' ' ? answer + 1 : answer;
}

const char *actor_answer_ok(struct actor *actor)
{
	return must_begin(actor, "ok");
}

const char *actor_answer_error(struct actor *actor)
{
	return must_begin(actor, "error");
}

void actor_tell(struct actor *actor, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	tell(actor, command, arguments);
	va_end(arguments);
}

const char *actor_ask(struct actor *actor, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	tell(actor, command, arguments);
	va_end(arguments);
	return actor_answer(actor);
}

const char *actor_ok(struct actor *actor, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	tell(actor, command, arguments);
	va_end(arguments);
	return actor_answer_ok(actor);
}

const char *actor_error(struct actor *actor, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	tell(actor, command, arguments);
	va_end(arguments);
	return actor_answer_error(actor);
}

void gave_up(const char *answer, const char *file)
{
	static const char *const words[] = { "error errno=11 ", "errno = 11",
					     "to wait longer, raise LOCKEDH5_" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_msg(strstr(answer, words[i]), "no \"%s\" in: %s", words[i], answer);
	ck_assert_msg(strstr(answer, file), "no \"%s\" in: %s", file, answer);
}

pid_t actor_pid(const struct actor *actor)
{
	return actor->pid;
}

void actor_kill(struct actor *actor, int sig)
{
	kill(actor->pid, sig);
}

/* It is none of this test's any more. */
static void forget(const struct actor *actor)
{
	struct actor **link = &actors;

	while (*link && *link != actor)
		link = &(*link)->next;
	if (*link)
		*link = actor->next;
}

int actor_end(struct actor *actor)
{
	int status;

	forget(actor);
	close(actor->commands);
	status = reap(actor->pid);
	close(actor->answers);
	free(actor);
	return status;
}

struct actor *actor_without_library(void)
{
	bool before = preload(false);
	struct actor *actor = actor_new();

	preload(before);
	return actor;
}

void h5_file(const char *name, int value)
{
	struct actor *maker = actor_without_library();

	actor_ok(maker, "create a %s trunc", name);
	actor_ok(maker, "write a data %d %d", NUMBERS, value);
	actor_ok(maker, "close a");
	ck_assert_int_eq(actor_end(maker), 0);
}

void h5_file_is(const char *name, int value)
{
	struct actor *reader = actor_without_library();

	actor_ok(reader, "open a %s r", name);
	actor_ok(reader, "check a data %d %d", NUMBERS, value);
	actor_ok(reader, "close a");
	ck_assert_int_eq(actor_end(reader), 0);
}

void h5_file_for_swmr(const char *name, int n)
{
	struct actor *maker = actor_without_library();

	actor_ok(maker, "libver latest");
	actor_ok(maker, "create a %s trunc", name);
	actor_ok(maker, "write a data %d 1", n);
	actor_ok(maker, "close a");
	ck_assert_int_eq(actor_end(maker), 0);
}
