#include "held.h"

#include "libc.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptor numbers up to fs.nr_open's default of 2^20, in chunks that are made when needed and
 * stay: close() looks here without a lock. */
enum { CHUNK = 1024, CHUNKS = 1024 };

/* A thread may look at an entry while another one makes a new one of it, with the same number.  So
 * each member is atomic; the ticket, which no two entries share, is entered first, and whoever has
 * copied an entry looks whether it is still the same. */
struct entry {
	_Atomic int state;
	_Atomic int lock;
	_Atomic uint32_t ticket; /* the order in which entries were made */
	_Atomic uint32_t forks;	 /* how often the process had forked by then */
	_Atomic pid_t owner;
	_Atomic dev_t dev;
	_Atomic ino_t ino;
	const void *_Atomic library;
};

static struct entry *_Atomic chunks[CHUNKS];
static _Atomic int highest; /* one more than the highest number ever entered */
static _Atomic int entries;
static _Atomic int inside; /* entries that are HELD_INSIDE */
static _Atomic uint32_t tickets;
static _Atomic uint32_t forks;

/* This process.  In a vfork()ed child getpid() says something else, and then nothing may be
 * written: fork handlers don't run there. */
static _Atomic pid_t self;

static _Atomic uint32_t version;
static _Atomic int sleepers;

static struct entry *entry_of(int fd)
{
	struct entry *chunk;

	if (fd < 0 || fd >= CHUNK * CHUNKS)
		return NULL;
	chunk = chunks[fd / CHUNK];
	return chunk ? &chunk[fd % CHUNK] : NULL;
}

static int set_state(struct entry *e, int state)
{
	int old = atomic_exchange(&e->state, state);

	if ((state == HELD_INSIDE) != (old == HELD_INSIDE))
		atomic_fetch_add(&inside, state == HELD_INSIDE ? 1 : -1);
	return old;
}

static void forget(struct entry *e)
{
	if (set_state(e, HELD_NOT) != HELD_NOT)
		atomic_fetch_sub(&entries, 1);
}

static void before_fork(void)
{
	forks++;
}

/* In a forked child: what was being waited for or opened is the parent's alone, and a copy of such
 * a descriptor would keep the file locked when the parent is killed.  What is open stays known, as
 * inherited. */
static void in_child(void)
{
	for (int i = 0; i < highest; i++) {
		struct entry *e = entry_of(i);

		if (!e || e->state == HELD_NOT || e->state == HELD_OPEN)
			continue;
		forget(e);
		libc_close(i);
	}
	self = getpid();
	sleepers = 0;
}

static void start(void)
{
	static atomic_flag registered = ATOMIC_FLAG_INIT;

	if (self)
		return;
	if (!atomic_flag_test_and_set(&registered))
		pthread_atfork(before_fork, NULL, in_child);
	/* Whichever thread comes first: none may go on without it. */
	self = getpid();
}

/* Makes sure that there is a chunk for FD. */
static int make_chunk(int fd)
{
	struct entry *chunk, *none = NULL;
	int index = fd / CHUNK;

	if (index >= CHUNKS)
		return -EMFILE;
	if (chunks[index])
		return 0;
	chunk = calloc(CHUNK, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	if (!atomic_compare_exchange_strong(&chunks[index], &none, chunk))
		free(chunk);
	return 0;
}

int held_add(int fd, const struct stat *st, enum held_state state, enum held_lock lock,
	     const void *library)
{
	int rc = make_chunk(fd), most = highest;
	struct entry *e;

	if (rc)
		return rc;
	start();
	while (most < fd + 1 && !atomic_compare_exchange_weak(&highest, &most, fd + 1))
		;
	e = entry_of(fd);
	forget(e);
	e->ticket = atomic_fetch_add(&tickets, 1);
	e->forks = forks;
	e->owner = self;
	e->dev = st->st_dev;
	e->ino = st->st_ino;
	e->lock = lock;
	e->library = library;
	atomic_fetch_add(&entries, 1);
	set_state(e, state);
	if (lock != HELD_UNLOCKED)
		trace_hold(fd, e->dev, e->ino, lock == HELD_EXCLUSIVE);
	return 0;
}

void held_change(int fd, enum held_state state, enum held_lock lock)
{
	struct entry *e = entry_of(fd);

	if (!e || e->state == HELD_NOT || e->owner != self)
		return;
	if (e->lock == HELD_UNLOCKED && lock != HELD_UNLOCKED)
		trace_hold(fd, e->dev, e->ino, lock == HELD_EXCLUSIVE);
	e->lock = lock;
	set_state(e, state);
}

int held_relock(int fd, int operation, enum held_lock lock)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();

	if (!e || e->state == HELD_NOT || e->owner != self || !held_may_write())
		return 0;
	if (libc_flock(fd, operation))
		return -errno;
	if (e->lock != (int)lock)
		trace_change(fd, before, lock == HELD_EXCLUSIVE);
	e->lock = lock;
	set_state(e, HELD_OPEN);
	return 0;
}

bool held_any(void)
{
	return entries > 0;
}

/* Internal: another thread is about to let go of the lock. */
enum { REVOKING = HELD_REVOKED + 1 };

bool held_revoke(int fd, const struct stat *st)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();
	int opening = HELD_OPENING;
	bool same;

	if (!e || !atomic_compare_exchange_strong(&e->state, &opening, REVOKING))
		return false;
	same = e->dev == st->st_dev && e->ino == st->st_ino;
	if (same) {
		libc_flock(fd, LOCK_UN);
		if (e->lock != HELD_UNLOCKED)
			trace_release(fd, before);
		e->lock = HELD_UNLOCKED;
	}
	atomic_store(&e->state, same ? HELD_REVOKED : HELD_OPENING);
	return same;
}

/* The number must not become another file's meanwhile. */
static void await_revocation(int fd)
{
	struct entry *e = entry_of(fd);

	while (e && e->state == REVOKING)
		sched_yield();
}

bool held_commit(int fd)
{
	struct entry *e = entry_of(fd);
	int opening = HELD_OPENING;

	await_revocation(fd);
	return e && (atomic_compare_exchange_strong(&e->state, &opening, HELD_HANDED) ||
		     opening == HELD_HANDED);
}

bool held_any_inside(void)
{
	return inside > 0;
}

bool held_may_write(void)
{
	return !self || getpid() == self;
}

/* Whether FD refers to H's file: the number may be closed by now, or be another file. */
static bool refers_to(int fd, const struct held *h)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == h->dev && st.st_ino == h->ino;
}

/* A copy of the entry of FD, if the descriptor still refers to the file that it did. */
static bool still_true(int fd, struct held *h)
{
	struct entry *e = entry_of(fd);
	uint32_t ticket;

	if (!e || e->state == HELD_NOT)
		return false;
	ticket = e->ticket;
	h->fd = fd;
	h->state = e->state;
	h->lock = e->lock;
	h->inherited = e->owner != self;
	h->dev = e->dev;
	h->ino = e->ino;
	h->library = e->library;
	return h->state != HELD_NOT && e->ticket == ticket && refers_to(fd, h);
}

bool held_get(int fd, struct held *h)
{
	int saved_errno = errno;
	bool result = held_any() && still_true(fd, h);

	errno = saved_errno;
	return result;
}

int held_next(int fd, struct held *h)
{
	for (; fd < highest; fd++)
		if (still_true(fd, h) && h->state == HELD_OPEN && !h->inherited)
			return fd;
	return -1;
}

/* Our own open file says most, then our own thread that opens it, then what our parent had. */
static int weight(const struct held *h)
{
	if (h->inherited)
		return 1;
	return h->state == HELD_OPEN ? 3 : 2;
}

/* Whether the one that waits with E defers to the one that does with the entry of FD, if there is
 * one; the numbers may wrap around. */
static bool defers(const struct entry *e, int fd)
{
	const struct entry *mine = entry_of(fd);

	if (!mine || mine->state == HELD_NOT)
		return false;
	if (mine->library == e->library &&
	    (mine->state == HELD_INSIDE) != (e->state == HELD_INSIDE))
		return mine->state == HELD_INSIDE;
	return (int32_t)(e->ticket - mine->ticket) > 0;
}

bool held_find(const struct stat *st, int fd, struct held *h)
{
	int found = 0;

	/* Most programs have no other file open. */
	if (entries <= (entry_of(fd) && entry_of(fd)->state != HELD_NOT))
		return false;
	for (int i = 0; i < highest; i++) {
		struct entry *e = entry_of(i);
		struct held candidate;

		if (i == fd || !e || e->state == HELD_NOT || e->ino != st->st_ino ||
		    e->dev != st->st_dev)
			continue;
		if (!still_true(i, &candidate) || weight(&candidate) <= found)
			continue;
		if ((candidate.state == HELD_WAITING || candidate.state == HELD_INSIDE) &&
		    defers(e, fd))
			continue;
		if (candidate.state >= HELD_REVOKED)
			continue;
		*h = candidate;
		found = weight(h);
	}
	return found > 0;
}

/* With UNLOCK the lock is let go here; else the caller's close() does it. */
static bool let_go(int fd, bool unlock, struct held *h)
{
	struct entry *e = entry_of(fd);
	int64_t before = trace_now();
	int saved_errno = errno;
	bool ours = e->owner == self && (!unlock || still_true(fd, h));
	bool locked = e->lock != HELD_UNLOCKED;

	forget(e);
	if (ours && locked) {
		if (unlock)
			libc_flock(fd, LOCK_UN);
		trace_release(fd, before);
	}
	errno = saved_errno;
	return ours;
}

static bool has_entry(int fd)
{
	const struct entry *e = held_any() ? entry_of(fd) : NULL;

	return e && e->state != HELD_NOT && held_may_write();
}

bool held_release(int fd, struct held *h)
{
	return has_entry(fd) && let_go(fd, true, h);
}

bool held_close(int fd)
{
	struct held h;

	/* If nobody was forked who could have a copy, close() ends the lock.  The children of
	 * vfork() and posix_spawn() lose theirs when they execute a program. */
	return has_entry(fd) && let_go(fd, entry_of(fd)->forks != forks, &h);
}

void held_drop(int *fd)
{
	if (*fd < 0)
		return;
	await_revocation(*fd);
	held_close(*fd);
	libc_close(*fd);
	*fd = -1;
}

uint32_t held_version(void)
{
	return version;
}

void held_wake(void)
{
	atomic_fetch_add(&version, 1);
	if (sleepers > 0)
		syscall(SYS_futex, &version, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

int held_sleep(uint32_t seen)
{
	long rc;

	atomic_fetch_add(&sleepers, 1);
	rc = syscall(SYS_futex, &version, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
	atomic_fetch_sub(&sleepers, 1);
	return rc < 0 && errno == EINTR ? -EINTR : 0;
}
