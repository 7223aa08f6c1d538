/* SPDX-License-Identifier: BSD-3-Clause */
/* One process of the soak: it visits files, one after the other, as a plan says that a number
 * determines, and looks whether all is as it must be, until it is told to stop, or is killed.
 *
 *   soak_worker --init SHARED               makes the files, in the current folder
 *   soak_worker SHARED SLOT NUMBER          works
 *   soak_worker --serve SHARED              works in a child for each line "SLOT NUMBER" that it
 * reads soak_worker --verify SHARED             looks at the files when all have ended soak_worker
 * --copies FILE NAME...       looks at what h5copy has made of records soak_worker --layout prints
 * where in SHARED everything is
 *
 * What is wrong is told on standard error, in lines that begin with "FAULT". */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared *shared;
struct slot *me;
int my_number;
bool patient = true;
hid_t direct, aligned;

static const char *const kind_names[] = {
#define NAME(name) #name,
	VISITS(NAME)
};

static int (*const kinds[])(int file) = {
#define FUNCTION(name) visit_##name,
	VISITS(FUNCTION)
};

/* Of a thousand visits.  Most are short ones, or ten million take too long. */
static const unsigned int weights[KINDS] = {
	[KIND_look] = 430,	[KIND_read] = 250, [KIND_reread] = 4,  [KIND_update] = 200,
	[KIND_slow_update] = 4, [KIND_link] = 40,  [KIND_add] = 25,    [KIND_create] = 8,
	[KIND_truncate] = 3,	[KIND_delete] = 5, [KIND_replace] = 5, [KIND_swmr_write] = 2,
	[KIND_swmr_read] = 12,	[KIND_fork] = 4,   [KIND_child] = 2,   [KIND_no_fds] = 6,
};

/* --- the plan ------------------------------------------------------------------------------- */

static uint64_t plan;

/* splitmix64 */
static uint64_t next_number(void)
{
	uint64_t z = plan += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned int any(unsigned int n)
{
	return (unsigned int)(next_number() >> 33) % n;
}

void dawdle(unsigned int most)
{
	struct timespec time = { .tv_nsec = (long)any(most + 1) * 1000 };

	nanosleep(&time, NULL);
}

static int any_kind(void)
{
	unsigned int n = any(1000), kind = 0;

	while (kind < KINDS - 1 && n >= weights[kind])
		n -= weights[kind++];
	return (int)kind;
}

/* --- who it is ------------------------------------------------------------------------------ */

void fault(const char *what, const char *format, ...)
{
	enum { MOST = 20 };
	char line[1024];
	va_list args;
	int used;

	/* What is wrong once may be wrong ten thousand times. */
	if (me->faults++ >= MOST)
		return;
	used = snprintf(line, sizeof(line), "FAULT %s: slot %d, pid %d: ", what, my_number,
			(int)getpid());

	va_start(args, format);
	used += vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
	va_end(args);
	if (used > (int)sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)used) < 0)
		abort();
}

static void note_interrupt(int signal)
{
	(void)signal;
	me->interrupts++;
}

static void nothing(int signal)
{
	(void)signal;
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

/* Signals that end no wait, all the time. */
static void tick(void)
{
	struct itimerval often = { { 0, 7000 }, { 0, 7000 } };

	handle(SIGALRM, nothing, SA_RESTART);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* The library reads its settings at the first open. */
static void choose_character(void)
{
	static const struct {
		const char *count, *wait;
	} patience[] = { { "1", "10" }, { "3", "0.01" }, { "2", "0.2" }, { "20", "0.005" } };
	unsigned int n = any(12);

	patient = n >= 4;
	setenv("LOCKEDH5_COUNT", patient ? "inf" : patience[n].count, 1);
	if (!patient)
		setenv("LOCKEDH5_WAIT", patience[n].wait, 1);
	/* Few, for each notice reads /proc/locks, which makes the kernel stop every flock() there
	 * is for a moment (6.18): sixty who wait for long keep each other waiting. */
	setenv("LOCKEDH5_VERBOSE", any(8) ? "0" : "1", 1);
	if (any(2))
		setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
	handle(SIGINT, note_interrupt, any(2) ? SA_RESTART : 0);
	/* From now on it may be sent. */
	me->pid = (uint64_t)getpid();
	if (any(8) == 0)
		tick();
}

static void make_lists(void)
{
	direct = H5Pcreate(H5P_FILE_ACCESS);
	H5Pset_sieve_buf_size(direct, 0);
	aligned = H5Pcreate(H5P_FILE_ACCESS);
	H5Pset_alignment(aligned, WORDS * 8, WORDS * 8);
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void map(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || shared == MAP_FAILED) {
		perror(name);
		exit(2);
	}
	close(fd);
}

/* --- what it does --------------------------------------------------------------------------- */

static void remove_own_name(void)
{
	char name[32];

	snprintf(name, sizeof(name), "new-%d.h5", my_number);
	unlink(name);
}

static int work(void)
{
	int file = (int)any(SWMR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	choose_character();
	remove_own_name();
	process_count_fds();
	for (unsigned int i = 1; !shared->stop; i++) {
		int kind = any_kind();

		/* Several at one file: then somebody else has it often. */
		if (any(8) == 0)
			file = (int)any(SWMR);
		me->visits[kind * OUTCOMES + kinds[kind](file)]++;
		process_reap(false);
		if (i % 1024 == 0)
			process_count_fds();
	}
	process_reap(true);
	process_count_fds();
	return 0;
}

static int be(int slot, uint64_t number)
{
	my_number = slot;
	me = &shared->slots[slot];
	plan = number;
	return work();
}

/* To start the program takes a hundred times as long as to fork one that has begun, and has no file
 * open yet.  The one in between ends at once, and its child becomes the controller's. */
static int serve(void)
{
	unsigned long long number;
	int slot;

	make_lists();
	while (scanf("%d %llu", &slot, &number) == 2) {
		pid_t between = fork(), pid;

		if (between == 0) {
			between = getpid();
			pid = fork();
			while (pid == 0 && getppid() == between)
				usleep(100);
			if (pid == 0)
				_exit(be(slot, number));
			dprintf(STDOUT_FILENO, "%d\n", (int)pid);
			_exit(0);
		}
		waitpid(between, NULL, 0);
	}
	return 0;
}

/* A data file with no epoch before it; the links are in one of them. */
static void init_file(int file)
{
	static struct record record;
	hid_t id = H5Fcreate(file_name(file), H5F_ACC_TRUNC, H5P_DEFAULT, aligned);
	char link[32];

	record_begin(file, &record, ++shared->files[file].epoch);
	if (record_create(id, &record))
		fault("failed", "%s can't be made", file_name(file));
	for (int i = 0; file == LINKS && i < LINKS; i++) {
		snprintf(link, sizeof(link), "to-%d", i);
		H5Lcreate_external(file_name(i), "/", id, link, H5P_DEFAULT, H5P_DEFAULT);
	}
	if (H5Fclose(id) < 0)
		fault("failed", "%s can't be made", file_name(file));
	record_done(file);
}

static int init(void)
{
	make_lists();
	for (int file = 0; file < DATA_FILES; file++)
		init_file(file);
	return me->faults > 0;
}

static int verify(void)
{
	make_lists();
	for (int file = 0; file < SWMR; file++)
		visit_read(file);
	visit_swmr_read(SWMR);
	return me->faults > 0;
}

/* Whether each dataset was copied, and as it was between two writers. */
static int verify_copies(const char *file, char **names)
{
	static struct slot mine;
	static struct record record;
	hid_t id, set;

	me = &mine;
	make_lists();
	id = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (id < 0)
		fault("lost", "%s can't be opened", file);
	for (; id >= 0 && *names; names++) {
		set = H5Dopen2(id, *names, H5P_DEFAULT);
		if (set < 0 ||
		    H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &record) < 0)
			fault("lost", "%s in %s, which h5copy has made", *names, file);
		else if (!record_is_whole(&record))
			fault("mixed", "%s in %s was copied while it was written", *names, file);
		H5Dclose(set);
	}
	H5Fclose(id);
	return mine.faults > 0;
}

/* --- the layout ----------------------------------------------------------------------------- */

static void print_words(const char *name, const struct slot *s, const word *w)
{
	printf("slot.%s %td\n", name, (const char *)w - (const char *)s);
}

static int print_layout(void)
{
	static const struct slot s;

	printf("size %zu\nstop %zu\nfiles %zu\nslots %zu\n", sizeof(struct shared),
	       offsetof(struct shared, stop), offsetof(struct shared, files),
	       offsetof(struct shared, slots));
	printf("file_size %zu\nslot_size %zu\nSLOTS %d\nFILES %d\nDATA_FILES %d\nSWMR %d\nTORN "
	       "%d\n",
	       sizeof(struct file), sizeof(struct slot), SLOTS, FILES, DATA_FILES, SWMR, TORN);
	printf("file.inside %zu\nfile.done %zu\nfile.epoch %zu\nfile.writing %zu\nfile.broken "
	       "%zu\nfile.turns %zu\n",
	       offsetof(struct file, inside), offsetof(struct file, done),
	       offsetof(struct file, epoch), offsetof(struct file, writing),
	       offsetof(struct file, broken), offsetof(struct file, turns));
	print_words("pid", &s, &s.pid);
	print_words("killed", &s, &s.killed);
	print_words("doing", &s, &s.doing);
	print_words("at", &s, &s.at);
	print_words("since", &s, &s.since);
	print_words("stopped", &s, &s.stopped);
	print_words("creating", &s, &s.creating);
	print_words("faults", &s, &s.faults);
	print_words("opens", &s, &s.opens);
	print_words("interrupts", &s, &s.interrupts);
	print_words("longest", &s, &s.longest);
	print_words("passed_by", &s, &s.passed_by);
	print_words("torn", &s, &s.torn);
	print_words("visits", &s, s.visits);
	for (int kind = 0; kind < KINDS; kind++)
		printf("kind %s\n", kind_names[kind]);
	for (int file = 0; file < FILES; file++)
		printf("name %s\n", file_name(file));
	return 0;
}

int main(int argc, char **argv)
{
	bool begins = argc == 3 && !strcmp(argv[1], "--init");
	bool serves = argc == 3 && !strcmp(argv[1], "--serve");
	bool verifies = argc == 3 && !strcmp(argv[1], "--verify");

	if (argc == 2 && !strcmp(argv[1], "--layout"))
		return print_layout();
	if (argc > 3 && !strcmp(argv[1], "--copies"))
		return verify_copies(argv[2], argv + 3);
	if (!begins && !serves && !verifies && argc != 4) {
		fprintf(stderr, "usage: soak_worker [--init|--serve|--verify] SHARED | SHARED SLOT "
				"NUMBER | --copies FILE NAME... | --layout\n");
		return 2;
	}
	map(argv[argc == 4 ? 1 : 2]);
	if (serves)
		return serve();
	me = &shared->slots[0];
	if (begins)
		return init();
	if (verifies)
		return verify();
	make_lists();
	return be(atoi(argv[2]), strtoull(argv[3], NULL, 10));
}
