#include "files.h"

#include "patterns.h"
#include "report.h"
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* A folder and a name in it: neither the kernel nor getcwd() takes or gives longer ones. */
enum { ABSOLUTE_BYTES = 2 * PATH_MAX };

/* Adds the names in PATH to the absolute path of *USED bytes in BUFFER, without ".", ".." and
 * doubled slashes. */
static void add_names(char *buffer, size_t *used, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (*used > 0 && buffer[--*used] != '/')
				;
		} else if (length > 1 || (length == 1 && path[0] != '.')) {
			buffer[(*used)++] = '/';
			memcpy(buffer + *used, path, length);
			*used += length;
		}
		path += length;
		path += *path == '/';
	}
	buffer[*used] = 0;
}

/* PATH from the root on.  Links stay as they are: what stands at the path may change, and that must
 * not change whether it is locked. */
static bool make_absolute(char *buffer, const char *path)
{
	char folder[PATH_MAX] = "";
	size_t used = 0;

	if (strlen(path) >= PATH_MAX)
		return false;
	if (path[0] != '/') {
		if (!getcwd(folder, sizeof(folder)))
			return false;
		add_names(buffer, &used, folder);
	}
	add_names(buffer, &used, path);
	if (!used)
		strcpy(buffer, "/");
	return true;
}

bool files_covered(const char *path)
{
	const char *patterns = settings()->files;
	char absolute[ABSOLUTE_BYTES];
	int saved_errno = errno;
	bool covered;

	if (!patterns || settings()->error[0])
		return true;
	/* Whose path can't be told is locked rather than not. */
	covered = !make_absolute(absolute, path) || patterns_name(patterns, absolute);
	if (!covered)
		report(REPORT_LOCK, "leaves '%s' alone, because of " SETTING_FILES, absolute);
	errno = saved_errno;
	return covered;
}
