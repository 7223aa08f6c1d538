/* SPDX-License-Identifier: BSD-3-Clause */
/* The actor's commands with threads.
 *
 *   threads FILE MODE MODE   two threads open FILE at once, each with its mode (r|rw), into the
 *                            slots 1 and 2; answers "ok 1: RESULT 2: RESULT" when both are done
 *   background-open SLOT FILE MODE   a thread opens the file; answers when it has been started
 *   background-join [SLOT]   waits for it (without SLOT: the one started last); answers its result
 */
#include "actor.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct opener {
	pthread_t thread;
	pid_t tid;
	pthread_barrier_t *together;
	struct slot *slot;
	char file[1024], mode[8], result[4096];
};

static void *open_in_thread(void *data)
{
	struct opener *opener = data;

	opener->tid = (pid_t)syscall(SYS_gettid);
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* HDF5 keeps this setting for each thread */
	if (opener->together)
		pthread_barrier_wait(opener->together);
	opener->slot->file = open_file(opener->file, opener->mode, false);
	describe_result(opener->slot->file, opener->result, sizeof(opener->result));
	return NULL;
}

bool thread_safe_hdf5(void)
{
	hbool_t is = 0;

#ifdef H5_VERSION_GE
#if H5_VERSION_GE(1, 8, 16)
	H5is_library_threadsafe(&is);
#endif
#endif
	return is;
}

static bool thread_safe(void)
{
	if (!thread_safe_hdf5())
		answer("error this HDF5 is not thread-safe");
	return thread_safe_hdf5();
}

static void prepare(struct opener *opener, const char *slot, const char *file, const char *mode)
{
	memset(opener, 0, sizeof(*opener));
	opener->slot = slot_of(slot);
	snprintf(opener->file, sizeof(opener->file), "%s", file);
	snprintf(opener->mode, sizeof(opener->mode), "%s", mode);
}

static void run_threads(const struct words *w)
{
	static struct opener openers[2];
	pthread_barrier_t together;

	if (!thread_safe())
		return;
	pthread_barrier_init(&together, NULL, 2);
	for (int i = 0; i < 2; i++) {
		prepare(&openers[i], i ? "2" : "1", w->word[1], w->word[2 + i]);
		openers[i].together = &together;
		pthread_create(&openers[i].thread, NULL, open_in_thread, &openers[i]);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(openers[i].thread, NULL);
	pthread_barrier_destroy(&together);
	answer("ok 1: %s 2: %s", openers[0].result, openers[1].result);
}

static struct opener background[128]; /* by slot */
static int last;

static void run_background_open(const struct words *w)
{
	if (!thread_safe())
		return;
	last = w->word[1][0] & 127;
	prepare(&background[last], w->word[1], w->word[2], w->word[3]);
	pthread_create(&background[last].thread, NULL, open_in_thread, &background[last]);
	answer_ok();
}

/* The kernel shows a thread for a moment after it was joined. */
static void join(struct opener *opener)
{
	char task[64];

	pthread_join(opener->thread, NULL);
	snprintf(task, sizeof(task), "/proc/self/task/%d", (int)opener->tid);
	while (access(task, F_OK) == 0)
		usleep(1000);
}

static void run_background_join(const struct words *w)
{
	struct opener *opener = &background[w->n > 1 ? w->word[1][0] & 127 : last];

	join(opener);
	answer("%s", opener->result);
}

const struct command thread_commands[] = {
	{ "threads", run_threads, 3 },
	{ "background-open", run_background_open, 3 },
	{ "background-join", run_background_join, 0 },
	{ NULL, NULL, 0 },
};
