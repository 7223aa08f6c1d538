/* SPDX-License-Identifier: BSD-3-Clause */
#include "looks/ticket.h"

#include "system/hash.h"
#include "system/libc.h"
#include "system/names.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Who looks for more names than this without making any has no ticket for the others. */
enum { MOST = 4, WATCHERS = 4096 };

#define KEPT_NS 1000000000

enum { FREE = -1, CHANGING = -2 };

static struct {
	_Atomic int fd; /* or FREE, CHANGING */
	struct ticket_name name;
	int64_t since;
	uint32_t generation;
} tickets[MOST] = { { .fd = FREE }, { .fd = FREE }, { .fd = FREE }, { .fd = FREE } };

/* How many are not free. */
static _Atomic int count;

static uint64_t hash_of(const char *name)
{
	return hash_name(0, name, strlen(name));
}

int ticket_name(int folder, const char *name, struct ticket_name *to)
{
	const char *slash = strrchr(name, '/');
	char path[PATH_MAX] = ".";
	struct stat st;

	if (slash) {
		if (slash - name >= PATH_MAX - 1)
			return -ENAMETOOLONG;
		memcpy(path, name, (size_t)(slash - name) + 1);
		path[slash - name + 1] = 0;
	}
	if (libc_fstatat(folder, path, &st, 0))
		return -errno;
	*to = (struct ticket_name){ .dev = st.st_dev,
				    .ino = st.st_ino,
				    .base = hash_of(slash ? slash + 1 : name),
				    .given = hash_of(name) };
	return 0;
}

static bool same(const struct ticket_name *a, const struct ticket_name *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->base == b->base;
}

static socklen_t write_address(struct sockaddr_un *address, const struct ticket_name *name)
{
	int length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			      "lockedh5.%llx.%llx.%llx", (unsigned long long)name->dev,
			      (unsigned long long)name->ino, (unsigned long long)name->base);

	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static int new_socket(void)
{
	int fd = libc_above_streams(
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	return fd < 0 ? -errno : fd;
}

/* The program may have closed the socket behind our back (closefrom()), and the number may be
 * something else's by now. */
static bool is_socket_of(int fd, const struct ticket_name *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX }, there = address;
	socklen_t length = write_address(&address, name), size = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&there, &size) == 0 && size == length &&
	       memcmp(&address, &there, length) == 0;
}

/* Async-signal-safe. */
static void let_go(int i, int fd)
{
	if (!atomic_compare_exchange_strong(&tickets[i].fd, &fd, CHANGING))
		return;
	if (is_socket_of(fd, &tickets[i].name))
		libc_close(fd);
	tickets[i].fd = FREE;
	count--;
}

/* A forked child holds nobody up.  What another thread was about to change stays as it is in the
 * parent. */
static void in_child(void)
{
	int saved_errno = errno;

	for (int i = 0; i < MOST; i++) {
		if (tickets[i].fd >= 0)
			let_go(i, tickets[i].fd);
		tickets[i].fd = FREE;
	}
	count = 0;
	errno = saved_errno;
}

/* In a child that was made without fork() they are its parent's.  Before this process had any lock
 * it had no generation, and forked children have none of these. */
static bool is_mine(int i)
{
	return !tickets[i].generation || tickets[i].generation == process_generation();
}

static int place(void)
{
	for (int i = 0; i < MOST; i++) {
		int none = FREE;

		if (atomic_compare_exchange_strong(&tickets[i].fd, &none, CHANGING))
			return i;
	}
	return -1;
}

/* Enters it before anybody can ask for it. */
static int keep(int i, int fd, const struct ticket_name *name)
{
	tickets[i].name = *name;
	tickets[i].since = monotonic_ns();
	tickets[i].generation = process_generation();
	count++;
	tickets[i].fd = fd;
	return 0;
}

static int bind_to(int fd, const struct ticket_name *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = write_address(&address, name);

	return bind(fd, (struct sockaddr *)&address, length) || listen(fd, WATCHERS) ? -errno : 0;
}

int ticket_take(const struct ticket_name *name)
{
	int fd, i, rc;

	if (ticket_mine(name))
		return 0;
	process_reset_in_child(in_child);
	i = place();
	if (i < 0)
		return -EMFILE;
	fd = new_socket();
	rc = fd < 0 ? fd : bind_to(fd, name);
	if (rc == 0)
		return keep(i, fd, name);
	if (fd >= 0)
		libc_close(fd);
	tickets[i].fd = FREE;
	return rc;
}

int ticket_watch(const struct ticket_name *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = write_address(&address, name);
	int rc, fd = new_socket();

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, length) == 0)
		return fd;
	rc = -errno;
	libc_close(fd);
	return rc;
}

bool ticket_any(void)
{
	return count;
}

static int index_of(const struct ticket_name *name)
{
	for (int i = 0; i < MOST; i++)
		if (tickets[i].fd >= 0 && is_mine(i) && same(&tickets[i].name, name))
			return i;
	return -1;
}

bool ticket_mine(const struct ticket_name *name)
{
	return ticket_any() && index_of(name) >= 0;
}

static int index_of_given(const char *given)
{
	uint64_t hash = hash_of(given);

	for (int i = 0; i < MOST; i++)
		if (tickets[i].fd >= 0 && is_mine(i) && tickets[i].name.given == hash)
			return i;
	return -1;
}

bool ticket_taken_by(const char *given)
{
	return ticket_any() && index_of_given(given) >= 0;
}

/* The folder is looked at only if it was given another name. */
void ticket_give_back(int folder, const char *given)
{
	int saved_errno = errno, i;
	struct ticket_name name;

	if (!ticket_any())
		return;
	i = index_of_given(given);
	if (i < 0 && ticket_name(folder, given, &name) == 0)
		i = index_of(&name);
	if (i >= 0)
		let_go(i, tickets[i].fd);
	errno = saved_errno;
}

static void give_back_from(int64_t age)
{
	int64_t now = ticket_any() ? monotonic_ns() : 0;
	int saved_errno = errno;

	for (int i = 0; now && i < MOST; i++) {
		int fd = tickets[i].fd;

		/* A child of vfork() has its parent's memory. */
		if (fd >= 0 && (now - tickets[i].since > age || !is_mine(i)) && process_may_write())
			let_go(i, fd);
	}
	errno = saved_errno;
}

void ticket_give_back_all(void)
{
	give_back_from(-1);
}

void ticket_give_back_old(void)
{
	give_back_from(KEPT_NS);
}
