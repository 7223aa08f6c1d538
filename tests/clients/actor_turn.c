/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands that open and close a file again and again, and count whose turn it was. The
 * count is in a file "turns" that all actors share: a number that whoever has got the file raises.
 * So "how long did I wait" has an answer that does not depend on the machine's speed: the number of
 * others that were served in the meantime.
 *
 *   stream FILE MODE MS STOP     until a file STOP exists: open, hold for MS milliseconds, close;
 *                                answers how often
 *   take-turns FILE MODE COUNT   COUNT times: open, close; answers how many others were served
 *                                while it waited, in all
 *   turns                        the number now
 *   open-close FILE MODE COUNT   COUNT times: open, close
 */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic long *turns(void)
{
	static _Atomic long *shared;
	int fd;

	if (shared)
		return shared;
	fd = open("turns", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, sizeof(*shared)))
		exit(4);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		exit(4);
	close(fd);
	return shared;
}

static void run_stream(const struct words *w)
{
	long ms = atol(w->word[3]), n = 0;
	struct timespec hold = { ms / 1000, ms % 1000 * 1000000 };

	while (access(w->word[4], F_OK) != 0) {
		hid_t file = open_file(w->word[1], w->word[2], false);

		if (file < 0) {
			answer_result(file);
			return;
		}
		atomic_fetch_add(turns(), 1);
		nanosleep(&hold, NULL);
		if (H5Fclose(file) < 0) {
			answer_result(-1);
			return;
		}
		n++;
	}
	answer("ok %ld", n);
}

static void run_take_turns(const struct words *w)
{
	long others = 0;

	for (long left = atol(w->word[3]); left > 0; left--) {
		long before = atomic_load(turns());
		hid_t file = open_file(w->word[1], w->word[2], false);

		if (file < 0) {
			answer_result(file);
			return;
		}
		others += atomic_load(turns()) - before;
		H5Fclose(file);
	}
	answer("ok %ld", others);
}

static void run_turns(const struct words *w)
{
	(void)w;
	answer("ok %ld", atomic_load(turns()));
}

static void run_open_close(const struct words *w)
{
	for (long left = atol(w->word[3]); left > 0; left--) {
		hid_t file = open_file(w->word[1], w->word[2], false);

		if (file < 0 || H5Fclose(file) < 0) {
			answer_result(-1);
			return;
		}
	}
	answer_ok();
}

const struct command turn_commands[] = {
	{ "stream", run_stream, 4 }, { "take-turns", run_take_turns, 3 },
	{ "turns", run_turns, 0 },   { "open-close", run_open_close, 3 },
	{ NULL, NULL, 0 },
};
