/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 status" prints. */
#include "status_table.h"

#include <stdio.h>
#include <string.h>

void make_markable_data(void)
{
	h5_file_for_swmr("data.h5", NUMBERS);
	setting("LOCKEDH5_COUNT", "inf");
}

struct outcome status(const char *name)
{
	bool before = preload(false);
	struct outcome outcome = RUN(LAUNCHER, "status", name);

	preload(before);
	return outcome;
}

const char *row(const char *table, const char *state, const char *mode, pid_t pid)
{
	static char command[512];
	char said_state[16], said_mode[16], number[16] = "?", said_number[16];

	if (pid)
		snprintf(number, sizeof(number), "%d", (int)pid);
	for (; *table; table = strchr(table, '\n') + 1)
		if (sscanf(table, "data.h5 %15s %15s %15s %*s %*s %511[^\n]", said_state, said_mode,
			   said_number, command) == 4 &&
		    !strcmp(said_state, state) && !strcmp(said_mode, mode) &&
		    !strcmp(said_number, number))
			return command;
	return NULL;
}

void has_row(const char *table, const char *state, const char *mode, pid_t pid, const char *program)
{
	const char *command = row(table, state, mode, pid);

	ck_assert_msg(command && strstr(command, program), "no row \"%s %s %d %s\" in:\n%s", state,
		      mode, (int)pid, program, table);
}

int rows(const char *table)
{
	int n = -1; /* the heading */

	while ((table = strchr(table, '\n'))) {
		table++;
		n++;
	}
	return n;
}

struct process *h5py_with(const char *open)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "import h5py, time; f = %s; f.flush(); open('ready', 'w').close(); "
		 "time.sleep(1000)",
		 open);
	return START_READY(PYTHON, "-c", script);
}
