/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's loop: reads commands, finds them in the tables, answers. */
#include "actor.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In a build for coverage: many an actor or its child is killed, and its counts would be lost. */
static void (*before_answer)(void);

void answer(const char *format, ...)
{
	char line[16384];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	for (int i = 0; i < length; i++) {
		if (line[i] == '\n')
			line[i] = ' ';
	}
	line[length++] = '\n';
	if (before_answer)
		before_answer();
	/* Not through stdio: forked children must not have it in a buffer, too. */
	if (write(STDOUT_FILENO, line, (size_t)length) < 0)
		exit(3);
}

void answer_ok(void)
{
	answer("ok");
}

struct text {
	char *at;
	size_t left;
};

static herr_t append(unsigned n, const H5E_error2_t *entry, void *data)
{
	struct text *text = data;
	int length = snprintf(text->at, text->left, "%s%s", n ? " | " : "", entry->desc);

	if (length >= 0 && (size_t)length < text->left) {
		text->at += length;
		text->left -= (size_t)length;
	}
	return 0;
}

void describe_result(hid_t result, char *buffer, size_t size)
{
	int error = errno;
	struct text text = { buffer, size };
	int length;

	if (result >= 0) {
		snprintf(buffer, size, "ok");
		return;
	}
	length = snprintf(buffer, size, "error errno=%d ", error);
	text.at += length;
	text.left -= (size_t)length;
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, append, &text);
}

void answer_result(hid_t result)
{
	char text[8192];

	describe_result(result, text, sizeof(text));
	answer("%s", text);
}

static const struct command *find(const struct command *table, const char *name)
{
	for (; table->name; table++) {
		if (!strcmp(table->name, name))
			return table;
	}
	return NULL;
}

void obey(char *line)
{
	static const struct command *const tables[] = {
		file_commands,	 process_commands, thread_commands, job_commands,
		signal_commands, turn_commands,	   inner_commands,  lock_commands,
		look_commands,	 make_commands,	   within_commands
	};
	struct words words = { 0 };
	const struct command *command = NULL;
	char *space;

	line[strcspn(line, "\n")] = 0;
	space = strchr(line, ' ');
	words.rest = strdup(space ? space + 1 : "");
	for (int i = 0; i < 16; i++)
		words.word[i] = "";
	for (char *word = strtok(line, " "); word && words.n < 16; word = strtok(NULL, " "))
		words.word[words.n++] = word;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !command; i++)
		command = find(tables[i], words.word[0]);
	if (!command)
		answer("error unknown command \"%s\"", words.word[0]);
	else if (words.n <= command->n)
		answer("error \"%s\" needs %d words", words.word[0], command->n);
	else
		command->run(&words);
	free(words.rest);
}

/* A handler without SA_RESTART interrupts the wait for the next command, which then goes on. */
static bool next_command(char *line, int size)
{
	while (!fgets(line, size, stdin)) {
		if (!ferror(stdin) || errno != EINTR)
			return false;
		clearerr(stdin);
		interrupted_reads++;
	}
	return true;
}

int main(void)
{
	char line[4096];

	setvbuf(stdin, NULL, _IONBF, 0); /* nothing of it is left for a forked child */
	before_answer = (void (*)(void))dlsym(RTLD_DEFAULT, "coverage_write");
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	while (next_command(line, sizeof(line)))
		obey(line);
	return 0;
}
