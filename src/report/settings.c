/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/settings.h"

#include "report/patterns.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The most that is accepted: 10^9 attempts, 10^9 seconds (32 years). */
#define LIMIT 1000000000

/* Digits only, at most LIMIT.  strtol() would take blanks, signs and trailing text. */
static bool parse_integer(const char *text, int64_t *value)
{
	int64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (*text - '0');
		if (n > LIMIT)
			return false;
	}
	*value = n;
	return true;
}

/* Seconds with decimals to nanoseconds.  strtod() would read "0.5" as 0 where the program's locale
 * has a decimal comma, and take "nan", "0x1p3" and "1e999". */
static bool parse_seconds(const char *text, int64_t *ns)
{
	char whole[16] = "0";
	size_t digits = strspn(text, "0123456789");
	int64_t value, fraction = 0, unit = 1000000000;
	const char *decimals = text + digits;

	if (digits >= sizeof(whole))
		return false;
	if (digits)
		snprintf(whole, sizeof(whole), "%.*s", (int)digits, text);
	if (!parse_integer(whole, &value))
		return false;
	if (*decimals == '.') {
		const char *p = decimals + 1;

		for (; *p >= '0' && *p <= '9'; p++, digits++) {
			unit /= 10;
			fraction += (*p - '0') * unit;
		}
		decimals = p;
	}
	if (!digits || *decimals || (value == LIMIT && fraction))
		return false;
	*ns = value * 1000000000 + fraction;
	return true;
}

/* The index of TEXT among WORDS, or -1. */
static int parse_word(const char *text, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

static bool read_count(struct settings *s, const char *text)
{
	if (strcmp(text, "inf") == 0) {
		s->count = COUNT_INFINITE;
		return true;
	}
	return parse_integer(text, &s->count) && s->count >= 1;
}

static bool read_wait(struct settings *s, const char *text)
{
	return parse_seconds(text, &s->wait_ns);
}

static bool read_driver(struct settings *s, const char *text)
{
	static const char *const words[] = { [DRIVER_REFUSE] = "refuse",
					     [DRIVER_REPLACE] = "replace",
					     [DRIVER_PASS] = "pass",
					     NULL };
	int index = parse_word(text, words);

	s->driver = (enum driver_policy)index;
	return index >= 0;
}

static bool read_nolocks(struct settings *s, const char *text)
{
	static const char *const words[] = {
		[NOLOCKS_REFUSE] = "refuse", [NOLOCKS_PASS] = "pass", NULL
	};
	int index = parse_word(text, words);

	s->nolocks = (enum nolocks_policy)index;
	return index >= 0;
}

static bool read_python(struct settings *s, const char *text)
{
	static const char *const words[] = {
		[PYTHON_RELEASE] = "release", [PYTHON_KEEP] = "keep", NULL
	};
	int index = parse_word(text, words);

	s->python = (enum python_policy)index;
	return index >= 0;
}

static bool read_looked(struct settings *s, const char *text)
{
	static const char *const words[] = {
		[LOOKED_REFUSE] = "refuse", [LOOKED_IGNORE] = "ignore", NULL
	};
	int index = parse_word(text, words);

	s->looked = (enum looked_policy)index;
	return index >= 0;
}

static bool read_locallocks(struct settings *s, const char *text)
{
	static const char *const words[] = { [LOCALLOCKS_AUTO] = "auto",
					     [LOCALLOCKS_REFUSE] = "refuse",
					     [LOCALLOCKS_WARN] = "warn",
					     [LOCALLOCKS_PASS] = "pass",
					     NULL };
	int index = parse_word(text, words);

	s->locallocks = (enum locallocks_policy)index;
	return index >= 0;
}

static bool read_coherence(struct settings *s, const char *text)
{
	static const char *const words[] = { [COHERENCE_AUTO] = "auto",
					     [COHERENCE_LOCAL] = "local",
					     [COHERENCE_REMOTE] = "remote",
					     NULL };
	int index = parse_word(text, words);

	s->coherence = (enum coherence)index;
	return index >= 0;
}

static bool read_verbose(struct settings *s, const char *text)
{
	if (text[0] < '0' || text[0] > '3' || text[1])
		return false;
	s->verbose = text[0] - '0';
	return true;
}

static bool read_log(struct settings *s, const char *text)
{
	if (!*text || strlen(text) >= PATH_MAX / 2)
		return false;
	for (const char *p = strchr(text, '%'); p; p = strchr(p + 2, '%'))
		if (!p[1] || !strchr("ph%", p[1]))
			return false;
	/* A copy: the program may change its environment later. */
	s->log = strdup(text);
	return s->log != NULL;
}

static const char files_allowed[] =
	"shell patterns with colons between them, such as *.h5:/scratch/*/out.nc:!tmp*";

static bool read_files(struct settings *s, const char *text)
{
	int number;
	const char *fault = patterns_fault(text, &number);

	if (fault && !s->error[0])
		snprintf(s->error, sizeof(s->error),
			 SETTING_FILES
			 "='%.100s' is not a valid setting: its pattern %d %s; it must be %s",
			 text, number, fault, files_allowed);
	s->files = fault ? NULL : strdup(text);
	return s->files != NULL;
}

static bool read_trace(struct settings *s, const char *text)
{
	if (!*text || strlen(text) >= PATH_MAX / 2)
		return false;
	/* Absolute, because the program may change its folder later. */
	s->trace = realpath(text, NULL);
	if (!s->trace)
		s->trace = strdup(text);
	return s->trace != NULL;
}

static const struct variable {
	const char *name;
	bool (*read)(struct settings *s, const char *text);
	const char *allowed;
} variables[] = {
	{ SETTING_COUNT, read_count, "an integer from 1 to 1000000000, or 'inf'" },
	{ SETTING_WAIT, read_wait, "seconds from 0 to 1000000000, decimals with a point" },
	{ SETTING_DRIVER, read_driver, "'refuse', 'replace' or 'pass'" },
	{ SETTING_NOLOCKS, read_nolocks, "'refuse' or 'pass' ('posix' is not available yet)" },
	{ SETTING_FILES, read_files, files_allowed },
	{ SETTING_VERBOSE, read_verbose, "0, 1, 2 or 3" },
	{ SETTING_PYTHON, read_python, "'release' or 'keep'" },
	{ SETTING_LOOKED, read_looked, "'refuse' or 'ignore'" },
	{ SETTING_LOCALLOCKS, read_locallocks, "'auto', 'refuse', 'warn' or 'pass'" },
	{ SETTING_COHERENCE, read_coherence, "'auto', 'local' or 'remote'" },
	{ SETTING_LOG, read_log, "a file name, in which %p is the process ID and %h the host" },
	{ SETTING_TRACE, read_trace, "the name of a folder" },
};

const char *settings_name(size_t i)
{
	return i < sizeof(variables) / sizeof(variables[0]) ? variables[i].name : NULL;
}

static int64_t patience(const struct settings *s)
{
	int64_t result;

	if (s->wait_ns == 0 || s->count == 1)
		return 0;
	if (s->count == COUNT_INFINITE || __builtin_mul_overflow(s->count - 1, s->wait_ns, &result))
		return PATIENCE_INFINITE;
	return result;
}

int settings_read(struct settings *s, const char *(*lookup)(const char *name))
{
	*s = (struct settings){ .count = DEFAULT_COUNT,
				.wait_ns = DEFAULT_WAIT_NS,
				.driver = DEFAULT_DRIVER,
				.nolocks = DEFAULT_NOLOCKS,
				.python = DEFAULT_PYTHON,
				.looked = DEFAULT_LOOKED,
				.verbose = DEFAULT_VERBOSE };
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const struct variable *v = &variables[i];
		const char *text = lookup(v->name);

		if (text && !v->read(s, text) && !s->error[0])
			snprintf(s->error, sizeof(s->error),
				 "%s='%.100s' is not a valid setting: it must be %s", v->name, text,
				 v->allowed);
	}
	if (!s->error[0] && s->count == COUNT_INFINITE && s->wait_ns == 0)
		snprintf(s->error, sizeof(s->error),
			 SETTING_COUNT
			 "='inf' with " SETTING_WAIT
			 "='0' is not a valid setting: it would never wait and never give up; "
			 "set one of them to another value");
	s->patience_ns = patience(s);
	return s->error[0] ? -EINVAL : 0;
}

/* A program that runs with more rights than its user (setuid, file capabilities) can have the
 * library only from an administrator (/etc/ld.so.preload), and gets the defaults: its user must not
 * say which file it writes to, nor what it leaves unlocked. */
static const char *environment(const char *name)
{
	return secure_getenv(name);
}

/* Fails closed: without memory for the settings nothing is opened. */
static const struct settings out_of_memory = { .error = "no memory to read the settings" };

const struct settings *settings(void)
{
	static struct settings *_Atomic current;
	struct settings *mine, *none = NULL;

	if (current)
		return current;
	/* Whoever is first publishes his; no lock is held that a forked child would miss. */
	mine = malloc(sizeof(*mine));
	if (!mine)
		return &out_of_memory;
	settings_read(mine, environment);
	if (!atomic_compare_exchange_strong(&current, &none, mine)) {
		free(mine->files);
		free(mine->log);
		free(mine->trace);
		free(mine);
	}
	return current;
}
