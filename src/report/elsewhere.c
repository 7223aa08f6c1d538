/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/elsewhere.h"

#include "report/event.h"
#include "report/folder.h"
#include "report/settings.h"
#include "system/libc.h"
#include "system/proc.h"
#include "system/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The program waits for more important things: so long the files are read, and so much of each. */
enum { READ_NS = 300000000, HEAD_BYTES = 4096, TAIL_BYTES = 16384 };
/* The descriptors of one process, and the processes, that may have the file. */
enum { MOST_HOLDS = 8, MOST_FOUND = 16 };
/* Clocks of different hosts that are this close to each other, in microseconds, don't say who was
 * first. */
enum { SKEW_US = 2000000 };

/* What one file says. */
struct process {
	int file;	 /* its number */
	bool introduced; /* what is before that is nobody's */
	uint64_t image;
	struct elsewhere who;
	struct hold {
		int fd;
		bool exclusive;
		int64_t since;
	} holds[MOST_HOLDS];
	int n;
};

/* A process that seems to hold the file. */
struct found {
	int file;
	struct elsewhere who;
};

struct search {
	const struct elsewhere_file *file;
	char base[6 * NAME_MAX + 3]; /* the last part of its name as in a timeline, with '"' */
	char host[6 * 65 + 3];	     /* ours as in a timeline */
	bool nested;		     /* some processes of this host may not be visible */
	struct folder_list other, own;
	struct found found[MOST_FOUND];
	int n;
	/* The last lock of all, and the last exclusive one, and whose they were. */
	struct last {
		int64_t since;
		int file;
	} any, exclusive;
	char buffer[TAIL_BYTES + 1];
};

/* --- events ----------------------------------------------------------------------------------- */

/* A string of JSON as it is meant, as far as it fits; rare characters stay as they are written. */
static void copy(char *to, size_t size, const char *json)
{
	const char *end = to + size - 1;

	for (json++; *json != '"';) {
		int length;

		if (*json == '\\' && (json[1] == '"' || json[1] == '\\'))
			json++;
		length = text_utf8_length(json);
		if (!length || length > end - to)
			break;
		memcpy(to, json, (size_t)length);
		to += length;
		json += length;
	}
	*to = 0;
}

/* Two threads may both have introduced their process; another image is another program, which has
 * its number by exec() or long after it. */
static void introduce(const struct search *s, struct process *p, const struct event *e)
{
	if (p->introduced && p->image == e->image && p->who.pid == e->number)
		return;
	p->introduced = true;
	p->image = e->image;
	p->n = 0;
	p->who = (struct elsewhere){ .pid = e->number,
				     .here = strcmp(e->host, s->host) == 0,
				     .has_user = e->has_user,
				     .user = e->user };
	copy(p->who.host, sizeof(p->who.host), e->host);
	copy(p->who.program, sizeof(p->who.program), e->name);
	copy(p->who.job, sizeof(p->who.job), e->job);
	text_make_printable(p->who.host);
	text_make_printable(p->who.program);
	text_make_printable(p->who.job);
}

static bool is_the_file(const struct search *s, const struct event *e)
{
	const char *slash = strrchr(e->name, '/');

	return e->ino == s->file->ino && (!s->file->dev || e->dev == s->file->dev) &&
	       strcmp(slash ? slash + 1 : e->name + 1, s->base) == 0;
}

static struct hold *find_hold(struct process *p, int fd)
{
	for (int i = 0; i < p->n; i++)
		if (p->holds[i].fd == fd)
			return &p->holds[i];
	return NULL;
}

static void release(struct process *p, int fd)
{
	struct hold *hold = find_hold(p, fd);

	if (hold)
		*hold = p->holds[--p->n];
}

static void note(struct search *s, const struct process *p, bool exclusive, int64_t since)
{
	if (since > s->any.since)
		s->any = (struct last){ since, p->file };
	if (exclusive && since > s->exclusive.since)
		s->exclusive = (struct last){ since, p->file };
}

static void hold(struct search *s, struct process *p, const struct event *e)
{
	/* A number that is used again was closed, though the release is missing. */
	release(p, e->descriptor);
	if (!is_the_file(s, e))
		return;
	note(s, p, e->exclusive, e->time);
	if (p->n < MOST_HOLDS)
		p->holds[p->n++] = (struct hold){ e->descriptor, e->exclusive, e->time };
}

static void change(struct search *s, struct process *p, const struct event *e)
{
	struct hold *hold = find_hold(p, e->descriptor);

	if (!hold)
		return;
	note(s, p, e->exclusive, e->after);
	hold->exclusive = e->exclusive;
	hold->since = e->after;
}

static void add_event(struct search *s, struct process *p, const struct event *e)
{
	if (e->kind == EVENT_PROCESS)
		introduce(s, p, e);
	else if (!p->introduced)
		return;
	else if (e->kind == EVENT_HOLD)
		hold(s, p, e);
	else if (e->kind == EVENT_CHANGE)
		change(s, p, e);
	else if (e->kind == EVENT_RELEASE)
		release(p, e->descriptor);
}

/* --- one file --------------------------------------------------------------------------------- */

/* The lines of what is in the buffer.  The last one may not be whole yet. */
static void add_lines(struct search *s, struct process *p, char *text, size_t size)
{
	char *end;

	for (; (end = memchr(text, '\n', size)); text = end + 1) {
		struct event e;

		size -= (size_t)(end + 1 - text);
		*end = 0;
		if (!memchr(text, 0, (size_t)(end - text)) && event_read(&e, text))
			add_event(s, p, &e);
	}
}

/* Returns how many bytes of it are in the buffer. */
static size_t read_part(struct search *s, int fd, off_t begin, size_t size)
{
	ssize_t n;

	do
		n = libc_pread64(fd, s->buffer, size, begin);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

/* Of a long one the beginning, where the process is introduced, and the end. */
static void read_file(struct search *s, struct process *p, int fd, off_t size)
{
	off_t begin = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	size_t n;
	char *line;

	if (begin) {
		add_lines(s, p, s->buffer, read_part(s, fd, 0, HEAD_BYTES));
		p->n = 0;
	}
	n = read_part(s, fd, begin, TAIL_BYTES);
	line = begin ? memchr(s->buffer, '\n', n) : s->buffer;
	if (line)
		add_lines(s, p, line, n - (size_t)(line - s->buffer));
}

/* Whether this kernel does not show what the process holds, if it is alive. */
static bool is_elsewhere(const struct search *s, const struct process *p)
{
	if (!p->who.here)
		return true;
	if (p->who.pid == getpid())
		return false;
	return proc_has_ended(p->who.pid) ? s->nested : s->file->hidden;
}

/* A place for one that has it since then; NULL if there are enough newer ones. */
static struct found *place_for(struct search *s, int64_t since)
{
	struct found *oldest = &s->found[0];

	if (s->n < MOST_FOUND)
		return &s->found[s->n++];
	for (int i = 1; i < s->n; i++)
		if (s->found[i].who.since < oldest->who.since)
			oldest = &s->found[i];
	return oldest->who.since < since ? oldest : NULL;
}

static void add_process(struct search *s, struct process *p)
{
	struct found *place;

	for (int i = 0; i < p->n; i++) {
		p->who.exclusive = p->who.exclusive || p->holds[i].exclusive;
		if (p->holds[i].since > p->who.since)
			p->who.since = p->holds[i].since;
	}
	if (!p->n || !is_elsewhere(s, p))
		return;
	place = place_for(s, p->who.since);
	if (place)
		*place = (struct found){ p->file, p->who };
}

static void look_into(struct search *s, const char *name, int number)
{
	struct process process = { .file = number };
	off_t size;
	int fd = folder_open(name, &size);

	if (fd < 0)
		return;
	read_file(s, &process, fd, size);
	libc_close(fd);
	add_process(s, &process);
}

/* Those of this host tell who can't have the file any more. */
static void read_lists(struct search *s)
{
	int64_t end = monotonic_ns() + READ_NS;
	const struct folder_list *lists[] = { &s->other, &s->own };

	for (int l = 0; l < 2; l++)
		for (int i = 0; i < lists[l]->n && monotonic_ns() < end; i++)
			look_into(s, lists[l]->entries[i].name, l * FOLDER_FILES + i);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void begin(struct search *s, const struct elsewhere_file *file, const char *host)
{
	const char *slash = strrchr(file->path, '/');
	struct text text;

	s->file = file;
	s->nested = proc_in_container();
	text_begin(&text, s->host, sizeof(s->host));
	text_add_json(&text, host, NAME_MAX);
	text_begin(&text, s->base, sizeof(s->base));
	text_add_json(&text, slash ? slash + 1 : file->path, NAME_MAX);
	memmove(s->base, s->base + 1, text.used);
}

/* Somebody else got a lock later that does not go with it. */
static bool is_over(const struct search *s, const struct found *f)
{
	const struct last *last = f->who.exclusive ? &s->any : &s->exclusive;

	return last->file != f->file && last->since - SKEW_US > f->who.since;
}

static int newer_hold(const void *one, const void *other)
{
	const struct found *a = one, *b = other;

	return a->who.since > b->who.since ? -1 : a->who.since < b->who.since;
}

static int find(struct search *s, struct elsewhere *holders, int max)
{
	int n = 0;

	read_lists(s);
	qsort(s->found, (size_t)s->n, sizeof(s->found[0]), newer_hold);
	for (int i = 0; i < s->n; i++)
		if (!is_over(s, &s->found[i]) && n++ < max)
			holders[n - 1] = s->found[i].who;
	return n;
}

int elsewhere_find(const struct elsewhere_file *file, struct elsewhere *holders, int max)
{
	int saved_errno = errno, found = 0;
	struct utsname host;
	struct search *s;

	if (!settings()->trace || uname(&host))
		return 0;
	s = calloc(1, sizeof(*s));
	if (s) {
		begin(s, file, host.nodename);
		folder_list(host.nodename, &s->own, &s->other);
		found = find(s, holders, max);
	}
	free(s);
	errno = saved_errno;
	return found;
}
