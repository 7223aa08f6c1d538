/* SPDX-License-Identifier: BSD-3-Clause */
/* Who we are, of the processes that descend from one another by fork(): the process ID does not
 * say it, for in a nested namespace a child can have its parent's number.  All that has to be done
 * at a fork() begins here. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is to be done at each fork(), of one thread or of several at once. */
struct process_forks {
	void (*before)(void); /* in the parent; not in a signal handler */
	void (*after)(void);  /* in the parent, when the child is there; the same */
	/* In the child, whose parent had the generation PARENTS.  Returns whether it has inherited
	 * anything (see process_is_heir).  Async-signal-safe, and must not mind being called again:
	 * where a child was made without fork(), by clone() or _Fork(), it is called at the first
	 * question that anybody asks here, by several threads if need be, and ALONE is false. */
	bool (*in_child)(uint32_t parents, bool alone);
};

/* From now on the questions below have answers; FORKS, which has to live for ever, is heeded.  Once
 * will do, in whichever process, but again does no harm.  Any thread; not in a signal handler. */
void process_start(const struct process_forks *forks);

/* RESET, which may be given again, is called in every child that fork() makes from now on, when it
 * knows who it is.  It must be async-signal-safe; there is room for four.  Any thread; not in a
 * signal handler. */
void process_reset_in_child(void (*reset)(void));

/* This process's number among those that descend from one another: whoever has another one is
 * another process.  0 before process_start().  Any thread; async-signal-safe. */
uint32_t process_generation(void);

/* False in a vfork()ed child, whose memory is its parent's: nothing may be written there.  (It is
 * recognised by its process ID; one that is process 1 of a namespace, like its parent, is not.) Any
 * thread; async-signal-safe. */
bool process_may_write(void);

/* This process's ID, as it was when the process began.  Any thread; async-signal-safe. */
pid_t process_id(void);

/* The number of this process's ID namespace, or 0 if that can't be known.  Any thread;
 * async-signal-safe. */
uint64_t process_namespace(void);

/* What is in a page that the kernel empties in every child, however that was made. */
struct process_page {
	_Atomic uint32_t generation;
	_Atomic uint32_t plain; /* not an heir */
	_Atomic pid_t id;
	_Atomic uint64_t namespace;
};
extern struct process_page *_Atomic process_page;

/* Whether this process may have inherited what its parent had open; costs next to nothing.  Any
 * thread; async-signal-safe. */
static inline bool process_is_heir(void)
{
	struct process_page *page = atomic_load_explicit(&process_page, memory_order_relaxed);

	return !atomic_load_explicit(&page->plain, memory_order_relaxed);
}

/* It has nothing of that any more.  Any thread; async-signal-safe. */
void process_is_no_heir(void);

#endif
