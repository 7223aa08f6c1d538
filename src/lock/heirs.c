/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/heirs.h"

#include "lock/kernel_lock.h"
#include "report/report.h"
#include "system/ending.h"
#include "system/libc.h"
#include "system/names.h"
#include "system/proc.h"
#include "system/process.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum state {
	FREE,
	OPEN,	 /* who opened the file has it open */
	LEFT,	 /* that one has closed it or ended, and the lock is its children's */
	CLOSING, /* somebody who closes it looks whether others use it */
	CLOSED,	 /* the lock was let go */
	TAKING	 /* a child takes it again */
};

enum { USERS = 16, SLOTS = 256, MOST_BLOCKS = 4096 };

/* The file at the moment when its lock was let go. */
struct stamp {
	bool certain;
	off_t size;
	struct timespec modified, changed;
};

/* In memory that parent and children share.  WORD has the state and, above it, the number. */
struct heirs_slot {
	_Atomic uint32_t word;
	_Atomic pid_t opener;
	_Atomic uint64_t namespace;
	_Atomic bool passed_on;	    /* a child has forked, too */
	_Atomic uint32_t uncertain; /* users whose end can't be seen from outside */
	_Atomic pid_t users[USERS]; /* the others */
	struct stamp stamp;
};

static struct heirs_slot *_Atomic blocks[MOST_BLOCKS];
static _Atomic uint32_t n_blocks, first_own, cursor;

/* --- places ---------------------------------------------------------------------------------- */

#define NUMBERS (1U << 24)

static uint32_t word_of(uint32_t number, enum state state)
{
	return number << 8 | state;
}

static enum state state_of(uint32_t word)
{
	return (enum state)(word & 0xff);
}

static struct heirs_slot *slot_at(uint32_t place)
{
	return &blocks[(place - 1) / SLOTS][(place - 1) % SLOTS];
}

static bool add_block(void)
{
	struct heirs_slot *none = NULL, *block;
	uint32_t n = n_blocks;
	size_t size = SLOTS * sizeof(*block);

	if (n == MOST_BLOCKS)
		return false;
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return false;
	if (!atomic_compare_exchange_strong(&blocks[n], &none, block))
		munmap(block, size);
	atomic_compare_exchange_strong(&n_blocks, &n, n + 1);
	return true;
}

/* The place that has been let go for the longest time, more or less: a child may still ask what
 * became of its lock. */
static uint32_t take_place(void)
{
	uint32_t first = first_own * SLOTS, total = n_blocks * SLOTS - first;

	for (uint32_t i = 0; i < total; i++) {
		uint32_t place = first + cursor++ % total + 1;
		struct heirs_slot *slot = slot_at(place);
		uint32_t word = slot->word;

		if (state_of(word) != FREE && state_of(word) != CLOSED)
			continue;
		if (atomic_compare_exchange_strong(&slot->word, &word,
						   word_of(((word >> 8) + 1) % NUMBERS, TAKING)))
			return place;
	}
	return 0;
}

struct heirs heirs_new(void)
{
	struct heirs h = { .place = take_place() };
	struct heirs_slot *slot;

	if (!h.place && add_block())
		h.place = take_place();
	if (!h.place)
		return h;
	slot = slot_at(h.place);
	h.number = slot->word >> 8;
	slot->opener = process_id();
	slot->namespace = process_namespace();
	slot->passed_on = false;
	slot->uncertain = 0;
	for (int i = 0; i < USERS; i++)
		slot->users[i] = 0;
	slot->stamp.certain = false;
	slot->word = word_of(h.number, OPEN);
	return h;
}

void heirs_passed_on(struct heirs h)
{
	if (h.place)
		slot_at(h.place)->passed_on = true;
}

void heirs_void(struct heirs h)
{
	uint32_t word = word_of(h.number, OPEN);

	atomic_compare_exchange_strong(&slot_at(h.place)->word, &word, word_of(h.number, CLOSED));
}

void heirs_begin_anew(bool nothing)
{
	if (!nothing) {
		first_own = n_blocks;
		return;
	}
	for (uint32_t i = 0; i < n_blocks; i++)
		munmap(atomic_exchange(&blocks[i], NULL), SLOTS * sizeof(struct heirs_slot));
	first_own = n_blocks = 0;
}

/* --- who uses it ----------------------------------------------------------------------------- */

/* Process IDs mean nothing in another namespace. */
static bool knows_ids(const struct heirs_slot *slot)
{
	return slot->namespace && slot->namespace == process_namespace();
}

static bool find_user(struct heirs_slot *slot, pid_t user, pid_t becomes)
{
	for (int i = 0; i < USERS; i++) {
		pid_t id = user;

		if (atomic_compare_exchange_strong(&slot->users[i], &id, becomes))
			return true;
	}
	return false;
}

static void add_user(struct heirs_slot *slot)
{
	pid_t id = process_id();

	if (!knows_ids(slot) || (!find_user(slot, id, id) && !find_user(slot, 0, id)))
		slot->uncertain++;
}

static void remove_user(struct heirs_slot *slot)
{
	if (!knows_ids(slot) || !find_user(slot, process_id(), 0))
		slot->uncertain--;
}

/* Whether somebody else uses it: the process IDs of those who have ended are taken out. */
static bool has_other_users(struct heirs_slot *slot, bool am_user)
{
	bool listed = knows_ids(slot);
	bool found = slot->uncertain > (am_user && !listed);

	for (int i = 0; i < USERS; i++) {
		pid_t id = slot->users[i];

		if (!id || (am_user && listed && id == process_id()))
			continue;
		if (listed && proc_has_ended(id))
			atomic_compare_exchange_strong(&slot->users[i], &id, 0);
		else
			found = true;
	}
	return found;
}

static bool opener_has_ended(const struct heirs_slot *slot)
{
	return knows_ids(slot) && proc_has_ended(slot->opener);
}

/* Whether a process may live that has a copy of the descriptor because this one has forked it. */
static bool has_children(const struct heirs_slot *slot)
{
	siginfo_t info;

	return slot->passed_on ||
	       libc_waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 ||
	       errno != ECHILD;
}

/* --- waiting for each other ------------------------------------------------------------------ */

/* What others do in CLOSING and TAKING takes some milliseconds at most; but they may be stopped. */
enum { MOMENT_NS = 1000000, MOST_MOMENTS = 2000 };

/* Not with nanosleep(): close() may be called with a cancellation pending, and what is begun here
 * has to be finished. */
static void wait_a_moment(_Atomic uint32_t *word, uint32_t seen)
{
	static const struct timespec moment = { .tv_nsec = MOMENT_NS };

	syscall(SYS_futex, word, FUTEX_WAIT, seen, &moment, NULL, 0);
}

/* Sets the state, and wakes those who wait for that. */
static void become(struct heirs_slot *slot, uint32_t number, enum state state)
{
	slot->word = word_of(number, state);
	syscall(SYS_futex, &slot->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* --- the file between two locks -------------------------------------------------------------- */

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static bool is_same(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A file system that counts in seconds, or in hundredths of them (ext3, exFAT). */
static bool is_coarse(const struct stat *st)
{
	return st->st_ctim.tv_nsec % 10000000 == 0;
}

/* The kernel takes a file's times from a clock that ticks every 1 to 10 ms (since Linux 6.13 only
 * where nobody looks): what is written in the same tick after this process's own last write would
 * leave the same times.  So this tick has to be over.  Other hosts have clocks of their own: there
 * it is two ticks of the slowest. */
enum { MOST_TICKS = 40, REMOTE_TICKS = 20 };

static void make_stamp(struct heirs_slot *slot, const struct filesystem *fs, int fd)
{
	struct timespec tick;
	struct stat st;

	for (int i = 0; i < MOST_TICKS && fstat(fd, &st) == 0 && !is_coarse(&st); i++) {
		clock_gettime(CLOCK_REALTIME_COARSE, &tick);
		if (filesystem_is_local(fs) ? is_before(&st.st_ctim, &tick) : i >= REMOTE_TICKS) {
			slot->stamp = (struct stamp){ .certain = true,
						      .size = st.st_size,
						      .modified = st.st_mtim,
						      .changed = st.st_ctim };
			return;
		}
		wait_a_moment(&slot->word, slot->word);
	}
}

static bool is_unchanged(const struct stamp *stamp, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == stamp->size &&
	       is_same(&st.st_mtim, &stamp->modified) && is_same(&st.st_ctim, &stamp->changed);
}

/* The lock was let go: it is taken again, if nothing has happened since. */
static enum heirs_verdict take_again(const struct heirs_slot *slot, const struct filesystem *fs,
				     int fd, bool exclusive)
{
	int rc;

	if (!slot->stamp.certain)
		return HEIRS_UNCERTAIN;
	rc = kernel_lock_try(fs, fd, exclusive);
	if (rc)
		return rc == -EAGAIN ? HEIRS_HELD : HEIRS_UNCERTAIN;
	filesystem_forget_cache(fs, fd);
	if (is_unchanged(&slot->stamp, fd))
		return HEIRS_AGAIN;
	kernel_lock(fs, fd, LOCK_UN);
	return HEIRS_CHANGED;
}

/* A lock that can't be let go stays with the children until they end: that is said. */
static void unlock(const struct filesystem *fs, int fd)
{
	int rc = kernel_lock_again(fs, fd, LOCK_UN);

	if (rc && rc != -EBADF)
		report(REPORT_PROBLEM,
		       "descriptor %d stays locked until this process's children have ended: its "
		       "lock "
		       "can't be let go, errno = %d, error message = '%s'",
		       fd, -rc, strerror(-rc));
}

/* --- use, and end of use --------------------------------------------------------------------- */

/* Whoever closes says so first and then looks for users; who uses says so first and then looks
 * whether somebody closes.  So at least one of two sees the other. */
static enum heirs_verdict join(struct heirs_slot *slot, uint32_t number,
			       const struct filesystem *fs, int fd, bool exclusive)
{
	for (int i = 0; i < MOST_MOMENTS; i++) {
		uint32_t word = slot->word;
		enum heirs_verdict verdict;

		if (word >> 8 != number)
			return HEIRS_UNCERTAIN;
		switch (state_of(word)) {
		case OPEN:
		case LEFT:
			return HEIRS_USE;
		case CLOSED:
			if (!atomic_compare_exchange_strong(&slot->word, &word,
							    word_of(number, TAKING)))
				continue;
			verdict = take_again(slot, fs, fd, exclusive);
			become(slot, number, verdict == HEIRS_AGAIN ? LEFT : CLOSED);
			return verdict;
		default:
			wait_a_moment(&slot->word, word);
		}
	}
	return HEIRS_UNCERTAIN;
}

enum heirs_verdict heirs_use(struct heirs h, const struct filesystem *fs, int fd, bool exclusive)
{
	struct heirs_slot *slot;
	enum heirs_verdict verdict;

	if (!h.place)
		return HEIRS_UNKNOWN;
	slot = slot_at(h.place);
	add_user(slot);
	atomic_thread_fence(memory_order_seq_cst);
	verdict = join(slot, h.number, fs, fd, exclusive);
	if (verdict > HEIRS_AGAIN)
		remove_user(slot);
	return verdict;
}

/* Begins to close; false if it is not for this process to let the lock go. */
static bool begin_to_close(struct heirs_slot *slot, uint32_t number, bool opened)
{
	for (int i = 0; i < MOST_MOMENTS; i++) {
		uint32_t word = slot->word;
		enum state state = state_of(word);

		if (word >> 8 != number || state == CLOSED)
			return false;
		if (state == CLOSING || state == TAKING) {
			wait_a_moment(&slot->word, word);
			continue;
		}
		if (state == OPEN && !opened && !opener_has_ended(slot))
			return false;
		if (atomic_compare_exchange_strong(&slot->word, &word, word_of(number, CLOSING)))
			return true;
	}
	return false;
}

static bool stays(struct heirs_slot *slot, const struct filesystem *fs, int fd, bool opened)
{
	bool may_be_asked_for = !opened || has_children(slot);

	if (fd < 0 || has_other_users(slot, false) || (ending() && has_children(slot)))
		return true;
	slot->stamp.certain = false;
	if (may_be_asked_for)
		make_stamp(slot, fs, fd);
	return has_other_users(slot, false);
}

bool heirs_leave(struct heirs h, const struct filesystem *fs, int fd, bool opened)
{
	struct heirs_slot *slot = slot_at(h.place);

	if (!opened)
		remove_user(slot);
	if (!begin_to_close(slot, h.number, opened)) {
		/* It was void, or a child of clone() has ended it. */
		if (opened && fd >= 0)
			kernel_lock(fs, fd, LOCK_UN);
		return opened;
	}
	atomic_thread_fence(memory_order_seq_cst);
	if (stays(slot, fs, fd, opened)) {
		become(slot, h.number, LEFT);
		return false;
	}
	unlock(fs, fd);
	become(slot, h.number, CLOSED);
	return true;
}

bool heirs_alone(struct heirs h)
{
	struct heirs_slot *slot = slot_at(h.place);
	enum state state = state_of(slot->word);

	return slot->word >> 8 == h.number &&
	       (state == LEFT || (state == OPEN && opener_has_ended(slot))) &&
	       !has_other_users(slot, true);
}
