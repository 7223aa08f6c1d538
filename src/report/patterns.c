/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/patterns.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* fnmatch() reads patterns and names as the program's locale says: in one program "?" would be an
 * umlaut and in the next half of one, and glibc before 2.33 fails on a name that is no UTF-8.  A
 * file that one program locks must be locked by all. */

/* The next character of *TEXT, which goes on behind it: a number in the order of the code points.
 */
static uint32_t take(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t c = p[0];

	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			c = p[0];
			more = 0;
			break;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*text += 1 + more;
	return c;
}

static uint32_t take_literal(const char **pattern)
{
	if (**pattern == '\\')
		++*pattern;
	return take(pattern);
}

/* Where the list's pattern at P ends: at a colon, or at the end of the list. */
static const char *end_of(const char *p)
{
	while (*p && *p != ':')
		p += *p == '\\' && p[1] ? 2 : 1;
	return p;
}

/* The character behind the set "[...]" that begins at P, or NULL if it has no end.  As in the
 * shell, a bracket that comes first is one of the set. */
static const char *end_of_set(const char *p, const char *end)
{
	const char *first = p + 1 + (p[1] == '!' || p[1] == '^');

	for (p = first; p < end && *p != '/'; p++) {
		if (*p == ']' && p > first)
			return p + 1;
		if (*p == '\\')
			p++;
	}
	return NULL;
}

/* Whether C is in the set that begins at *PATTERN, which goes on behind it. */
static bool in_set(const char **pattern, uint32_t c)
{
	const char *p = *pattern + 1;
	bool excludes = *p == '!' || *p == '^', found = false;
	const char *first = p + excludes;

	for (p = first; *p != ']' || p == first;) {
		uint32_t low = take_literal(&p), high = low;

		if (*p == '-' && p[1] != ']') {
			p++;
			high = take_literal(&p);
		}
		found |= low <= c && c <= high;
	}
	*pattern = p + 1;
	return found != excludes;
}

/* Whether what stands at *PATTERN, and is no star, matches the first character of *TEXT; if so,
 * both go on behind it. */
static bool matches_one(const char **pattern, const char **text)
{
	const char *p = *pattern, *t = *text;
	uint32_t c = take(&t);
	bool match;

	if (*p == '?' || *p == '[') {
		match = c != '/';
		if (*p == '[')
			match = in_set(&p, c) && match;
		else
			p++;
	} else {
		match = take_literal(&p) == c;
	}
	if (match) {
		*pattern = p;
		*text = t;
	}
	return match;
}

/* Where to try again after a wildcard, which then stands for one character more. */
struct retry {
	const char *pattern; /* behind the wildcard; NULL: nowhere */
	const char *text;
};

static void longer(struct retry *retry, const char **pattern, const char **text)
{
	take(&retry->text);
	*pattern = retry->pattern;
	*text = retry->text;
}

/* Whether the pattern from P to END matches all of TEXT.  Only the last star of each kind has to be
 * tried again: an earlier one that stood for more would leave less for it. */
static bool matches(const char *p, const char *end, const char *text)
{
	struct retry star = { NULL, NULL }, two_stars = { NULL, NULL };
	const char *start = p;

	while (*text) {
		if (p < end && *p == '*') {
			bool two = p + 1 < end && p[1] == '*';
			const char *stars = p;

			while (p < end && *p == '*')
				p++;
			star = (struct retry){ two ? NULL : p, text };
			if (two)
				two_stars = (struct retry){ p, text };
			/* Two stars between slashes are also no folder at all. */
			if (two && p < end && *p == '/' && (stars == start || stars[-1] == '/'))
				p++;
		} else if (p < end && matches_one(&p, &text)) {
			continue;
		} else if (star.pattern && *star.text != '/') {
			longer(&star, &p, &text);
		} else if (two_stars.pattern) {
			star.pattern = NULL;
			longer(&two_stars, &p, &text);
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static bool matches_path(const char *p, const char *end, const char *path)
{
	if (*p == '/')
		return matches(p, end, path);
	for (; path; path = strchr(path, '/'))
		if (matches(p, end, ++path))
			return true;
	return false;
}

bool patterns_name(const char *patterns, const char *path)
{
	bool some = false, only_excludes = true;
	const char *p = patterns, *end;

	for (;; p = end + 1) {
		bool excludes = *p == '!';

		end = end_of(p);
		if (matches_path(p + excludes, end, path)) {
			if (excludes)
				return false;
			some = true;
		}
		only_excludes = only_excludes && excludes;
		if (!*end)
			return some || only_excludes;
	}
}

/* A part between slashes that no absolute path has. */
static bool has_no_name(const char *p, const char *end)
{
	const char *slash;

	for (p += *p == '/';; p = slash + 1) {
		slash = memchr(p, '/', (size_t)(end - p));
		if (!slash)
			slash = end;
		if (slash == p || (slash == p + 1 && p[0] == '.') ||
		    (slash == p + 2 && p[0] == '.' && p[1] == '.'))
			return true;
		if (slash == end)
			return false;
	}
}

static const char *fault(const char *p, const char *end)
{
	if (p < end && *p == '!')
		p++;
	if (p == end)
		return "is empty";
	if (*p == '~' && (p + 1 == end || p[1] == '/'))
		return "begins with '~', which only a shell replaces by the home folder";
	if (has_no_name(p, end))
		return "has '.', '..' or nothing where the name of a file or folder should be";
	while (p < end) {
		if (*p == '[') {
			p = end_of_set(p, end);
			if (!p)
				return "has a '[' without its ']' (a '[', ':' or ']' that is meant "
				       "so needs a '\\' in front)";
		} else if (*p == '\\') {
			if (p + 1 == end)
				return "ends with a '\\' that has nothing behind it";
			p += 2;
		} else {
			p++;
		}
	}
	return NULL;
}

const char *patterns_fault(const char *patterns, int *number)
{
	const char *p = patterns, *end;

	for (*number = 1;; ++*number, p = end + 1) {
		const char *what;

		end = end_of(p);
		what = fault(p, end);
		if (what || !*end)
			return what;
	}
}
