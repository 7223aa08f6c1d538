/* SPDX-License-Identifier: BSD-3-Clause */
#include "opening/bracket.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

/* Of HDF5's calls within each other nobody has seen more than three.  Deeper ones are counted but
 * not kept: HDF5's open() is then not answered, and the opening fails. */
enum { DEEPEST = 16 };

/* How far above our own frame the memory of this thread's stack surely is. */
enum { NEAR = 65536 };

static _Thread_local struct {
	int depth;
	uint64_t tickets;
	struct bracket {
		enum bracket_kind kind;
		const struct bracket_mark *mark;
		uint64_t ticket;
		void *data;
		void (*abandon)(void *data);
	} bracket[DEEPEST];
} stack;

/* A handler of a signal may run on a stack of its own, which says nothing about where we were. */
static bool on_signal_stack(void)
{
	stack_t s;

	return sigaltstack(NULL, &s) == 0 && (s.ss_flags & SS_ONSTACK);
}

/* Whether the function that began the bracket has not been left, seen from a frame at HERE.  Stacks
 * grow downwards: if its mark is not above that, it has been; two calls from one place begin at the
 * same address.  If the mark is a little above, it may have been overwritten since.  Otherwise it
 * may also be memory that nobody has used since, which is why nobody relies on a bracket that seems
 * to be alive without a look at what it is about. */
static bool is_alive(const struct bracket *b, const void *frame)
{
	uintptr_t here = (uintptr_t)frame, there = (uintptr_t)b->mark;
	bool alive = there > here && (there - here > NEAR || b->mark->ticket == b->ticket);
	int saved_errno = errno;

	if (!alive)
		alive = on_signal_stack();
	errno = saved_errno;
	return alive;
}

int bracket_begin(enum bracket_kind kind, struct bracket_mark *mark, void *data,
		  void (*abandon)(void *data))
{
	int depth = stack.depth;

	mark->ticket = ++stack.tickets * 0x9e3779b97f4a7c15; /* no value that is on stacks */
	if (depth < DEEPEST)
		stack.bracket[depth] =
			(struct bracket){ kind, mark, mark->ticket, data ? data : &stack, abandon };
	/* A signal handler in this moment sees it whole or not at all. */
	__atomic_signal_fence(__ATOMIC_RELEASE);
	stack.depth = depth + 1;
	return depth;
}

/* Takes the innermost bracket away. */
static struct bracket take(void)
{
	struct bracket none = { .abandon = NULL };

	stack.depth--;
	return stack.depth < DEEPEST ? stack.bracket[stack.depth] : none;
}

static void abandon_innermost(void)
{
	struct bracket b = take();

	if (b.abandon)
		b.abandon(b.data);
}

void bracket_end(int bracket)
{
	int saved_errno = errno;

	while (stack.depth > bracket + 1)
		abandon_innermost();
	if (stack.depth == bracket + 1)
		take();
	errno = saved_errno;
}

void bracket_sweep(const void *frame)
{
	int saved_errno = errno;

	while (stack.depth > 0 &&
	       (stack.depth > DEEPEST || !is_alive(&stack.bracket[stack.depth - 1], frame)))
		abandon_innermost();
	errno = saved_errno;
}

void *bracket_around(enum bracket_kind kind, int *bracket)
{
	int depth = *bracket < DEEPEST ? *bracket : DEEPEST;

	for (int i = depth - 1; i >= 0; i--) {
		*bracket = i;
		if (stack.bracket[i].kind == kind &&
		    is_alive(&stack.bracket[i], __builtin_frame_address(0)))
			return stack.bracket[i].data;
	}
	return NULL;
}

void *bracket_innermost(enum bracket_kind kind)
{
	int bracket = stack.depth;

	return bracket_around(kind, &bracket);
}
