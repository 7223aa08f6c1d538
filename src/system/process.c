/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/process.h"

#include "system/names.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* As long as nothing has been started, and where the kernel gives no page. */
static struct process_page no_page = { .plain = 1 };
struct process_page *_Atomic process_page = &no_page;

static const struct process_forks *_Atomic heeded;
static _Atomic bool empties; /* the kernel does empty the page in a child: since Linux 4.14 */

/* The generation of the process whose memory this is, or of which it is a copy. */
static _Atomic uint32_t line;

/* Two threads may be here at once, in a child that was made without fork(): both come to the same
 * results, and whoever sees the line go on sees the generation, too. */
static uint32_t become_child(uint32_t parents, bool alone)
{
	bool heir = heeded->in_child(parents, alone);
	uint32_t generation = parents + 1;

	process_page->namespace = 0;
	process_page->id = getpid();
	process_page->plain = !heir;
	process_page->generation = generation;
	line = generation;
	return generation;
}

uint32_t process_generation(void)
{
	uint32_t parents = line;
	uint32_t generation = process_page->generation;

	return generation || !parents ? generation : become_child(parents, false);
}

/* What rooms of their own have to put right in a child. */
enum { RESETS = 4 };
static void (*_Atomic resets[RESETS])(void);

static void before_fork(void)
{
	if (heeded)
		heeded->before();
}

static void after_fork(void)
{
	if (heeded)
		heeded->after();
}

/* Another library's handler may have closed something, and so have been first. */
static void in_child(void)
{
	if (heeded && (!empties || !process_page->generation))
		become_child(line, true);
	for (int i = 0; i < RESETS && resets[i]; i++)
		resets[i]();
}

static void register_handlers(void)
{
	static atomic_flag registered = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&registered))
		pthread_atfork(before_fork, after_fork, in_child);
}

void process_reset_in_child(void (*reset)(void))
{
	for (int i = 0; i < RESETS && resets[i] != reset; i++) {
		void (*none)(void) = NULL;

		if (atomic_compare_exchange_strong(&resets[i], &none, reset) || none == reset)
			break;
	}
	register_handlers();
}

static struct process_page *new_page(void)
{
	struct process_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return &no_page;
	empties = madvise(page, sizeof(*page), MADV_WIPEONFORK) == 0;
	return page;
}

/* Without a mutex: one that another thread has at a fork() would stay locked in the child. */
void process_start(const struct process_forks *forks)
{
	struct process_page *page, *none = &no_page;
	int saved_errno = errno;

	if (line)
		return;
	page = new_page();
	page->id = getpid();
	page->plain = 1;
	page->generation = 1;
	heeded = forks;
	if (!atomic_compare_exchange_strong(&process_page, &none, page) && page != &no_page)
		munmap(page, sizeof(*page));
	register_handlers();
	line = 1;
	errno = saved_errno;
}

bool process_may_write(void)
{
	return !process_generation() || getpid() == process_page->id;
}

pid_t process_id(void)
{
	process_generation();
	return process_page->id;
}

uint64_t process_namespace(void)
{
	struct stat st;

	process_generation();
	if (!process_page->namespace && libc_stat("/proc/self/ns/pid", &st) == 0)
		process_page->namespace = st.st_ino;
	return process_page->namespace;
}

void process_is_no_heir(void)
{
	process_page->plain = 1;
}
