#include "start.h"

#include "contents.h"
#include "elf.h"
#include "obstacle.h"
#include "say.h"
#include "settings.h"
#include "target.h"

#include <errno.h>
#include <stdlib.h>

enum { REFUSED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

/* The library is also loaded in vain where it can't tell which files are HDF5's. */
static const char *obstacle_to_locking(const struct elf *elf, const char *path)
{
	const char *obstacle = obstacle_to_loading(elf, path);
	struct contents contents;

	if (obstacle || getenv(SETTING_FILES))
		return obstacle;
	contents_look(elf, &contents);
	return contents.kind == CONTENTS_STRIPPED ? OBSTACLE_UNNAMED : NULL;
}

static int refuse(const struct target *target, const char *obstacle)
{
	if (target->script)
		say_error("%s is run by %s, which %s", target->program, target->file, obstacle);
	else
		say_error("%s %s", target->file, obstacle);
	return REFUSED;
}

static int check_executable(const struct target *target, const char *library)
{
	const char *obstacle;
	struct elf elf;
	char *sentence;
	int rc = elf_open(&elf, target->file);

	if (rc == -EXDEV) {
		sentence = say_text(OBSTACLE_MACHINE, library);
		rc = refuse(target, sentence);
		free(sentence);
		return rc;
	}
	if (rc)
		return 0;
	obstacle = obstacle_to_locking(&elf, target->file);
	rc = obstacle ? refuse(target, obstacle) : 0;
	elf_close(&elf);
	return rc;
}

int start_check(const char *name, const char *library)
{
	struct target target;
	int rc = target_find(&target, name);

	if (rc == -EPERM) {
		say_error("%s can't be read, which would show whether it loads the library; give "
			  "read permission",
			  target.file);
		return REFUSED;
	}
	if (rc == -EACCES && !target.script) {
		say_error("%s can't be executed: it is a folder, or permission is missing",
			  target.file);
		return NOT_EXECUTABLE;
	}
	if (rc == -ENOENT && !target.script) {
		say_error("the program '%s' is not found", name);
		return NOT_FOUND;
	}
	return rc || target.plain ? 0 : check_executable(&target, library);
}
