/* SPDX-License-Identifier: BSD-3-Clause */
/* How long a file takes from one process to the next: two processes that hold it in turn, each
 * closing it only when the other has been waiting for a while.
 *
 *   handover hdf5 FILE COUNT   H5Fopen and H5Fclose: prints the nanoseconds from the call of
 *                              H5Fclose to the return of H5Fopen in the other process
 *   handover side FILE COUNT   the same, each within a blocking flock on the file FILE.side
 *   handover bare FILE COUNT   open and blocking flock, close: the same without HDF5
 *   handover own FILE COUNT    one process alone, at the same pace: prints what one H5Fopen and one
 *                              H5Fclose take
 */
#include "bench.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MOST = 100000,
	/* Long enough that the waiter sleeps in the kernel. */
	WAITED_FROM_US = 1500,
	WAITED_TO_US = 2500,
	LOOK_US = 50,
};

struct shared {
	_Atomic int taken;	 /* the number of the last hand-over that is done; the first
				    open counts as one */
	_Atomic int waiting;	 /* the number of the hand-over for which somebody waits */
	_Atomic int64_t closing; /* when the holder began to close */
	int64_t took[MOST + 2];
};

static enum { HDF5, SIDE, BARE } how;
static int side_fd;

static int64_t open_it(const char *file)
{
	int fd;

	if (how == SIDE && flock(side_fd, LOCK_EX))
		die("flock");
	if (how != BARE)
		return h5_open(file, 1);
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX))
		die(file);
	return fd;
}

static void close_it(int64_t id)
{
	if (how != BARE)
		h5_close(id);
	else if (close((int)id))
		die("close");
	if (how == SIDE && flock(side_fd, LOCK_UN))
		die("flock");
}

/* Each process needs its own: flock() belongs to the open file description. */
static void open_side_file(const char *file)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s.side", file);
	side_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (side_fd < 0)
		die(name);
}

static void await(_Atomic int *number, int value)
{
	while (atomic_load(number) != value)
		sleep_between(LOOK_US, LOOK_US);
}

static void hand_over(struct shared *s, int64_t id, int number)
{
	await(&s->waiting, number);
	sleep_between(WAITED_FROM_US, WAITED_TO_US);
	atomic_store(&s->closing, now_ns());
	close_it(id);
	/* If the other was not yet in the queue, it must not find us before it. */
	await(&s->taken, number);
}

static int64_t take_over(struct shared *s, const char *file, int number)
{
	int64_t id;

	atomic_store(&s->waiting, number);
	id = open_it(file);
	s->took[number] = now_ns() - atomic_load(&s->closing);
	atomic_store(&s->taken, number);
	return id;
}

/* One of the two; side 1 has the file first. */
static void take_turns(struct shared *s, const char *file, int count, int side)
{
	int64_t id = -1;

	open_side_file(file);
	if (side == 0)
		await(&s->taken, 1);
	for (int number = 1; number <= count; number++) {
		if (number % 2 == side)
			id = take_over(s, file, number);
		else if (number > 1)
			hand_over(s, id, number);
	}
	if (count % 2 == side)
		close_it(id);
}

static int two(const char *file, int count)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t other;

	if (s == MAP_FAILED || (other = fork()) < 0)
		die("two processes");
	take_turns(s, file, count + 1, other == 0);
	if (other == 0)
		_exit(0);
	if (waitpid(other, &status, 0) != other || status)
		die("the other process");
	for (int number = 2; number <= count + 1; number++)
		say("%lld", (long long)s->took[number]);
	return 0;
}

static int alone(const char *file, int count)
{
	for (int i = 0; i < count; i++) {
		int64_t began, opened, closing, id;

		sleep_between(WAITED_FROM_US, WAITED_TO_US);
		began = now_ns();
		id = open_it(file);
		opened = now_ns();
		sleep_between(WAITED_FROM_US, WAITED_TO_US);
		closing = now_ns();
		close_it(id);
		say("%lld %lld", (long long)(opened - began), (long long)(now_ns() - closing));
	}
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[3]) : 0;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: handover hdf5|side|bare|own FILE COUNT\n");
		return 2;
	}
	if (strcmp(argv[1], "own") == 0)
		return alone(argv[2], count);
	if (strcmp(argv[1], "bare") == 0)
		how = BARE;
	else if (strcmp(argv[1], "side") == 0)
		how = SIDE;
	return two(argv[2], count);
}
