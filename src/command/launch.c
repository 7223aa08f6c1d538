/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/launch.h"

#include "command/check/start.h"
#include "command/place.h"
#include "command/preload.h"
#include "command/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int launch(char *const words[])
{
	char *library;
	int rc;

	if (!words[0])
		say_fatal("which program? See 'lockedh5 --help'");
	library = place_library();
	rc = start_check(library, words);
	if (rc)
		return rc;
	preload_set(library);
	free(library);
	execvp(words[0], words);
	rc = errno == ENOENT ? START_NOT_FOUND : START_NOT_EXECUTABLE;
	say_error("%s can't be executed (%s)", words[0], strerror(errno));
	return rc;
}
