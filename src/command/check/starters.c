/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/starters.h"

#include "command/say.h"
#include "command/check/target.h"
#include "command/check/through.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALL(table) (sizeof(table) / sizeof((table)[0]))

enum kind { FILES, SERVER, HOST, USER, VARIABLES };

/* What the kinds do, with the options that make a program do it, and what to write instead. */
static const char *const sentences[] = {
	[FILES] = "starts programs among other files%s, where the library may be missing; start "
		  "lockedh5 inside it, where it has to be installed or bound, as in '%s'",
	[SERVER] = "has programs started by a server%s, which does not hand the library on; start "
		   "lockedh5 inside it, as in '%s'",
	[HOST] = "starts programs on another host%s; start lockedh5 there, as in '%s'",
	[USER] = "starts programs as another user%s, without the library; start lockedh5 inside "
		 "it, as in '%s'",
	[VARIABLES] = "starts programs without the library's variables%s; start lockedh5 inside "
		      "it, as in '%s'",
};

/* --- who they are ------------------------------------------------------------------------------
 */

static const struct starter {
	const char *name;
	enum kind kind;
	const char *instead;
} starters[] = {
	{ "bwrap", FILES, "bwrap OPTIONS lockedh5 PROGRAM" },
	{ "chroot", FILES, "chroot FOLDER lockedh5 PROGRAM" },
	{ "unshare", FILES, "unshare --root=FOLDER lockedh5 PROGRAM" },
	{ "nsenter", FILES, "nsenter OPTIONS lockedh5 PROGRAM" },
	{ "apptainer", FILES, "apptainer exec --bind FOLDER IMAGE lockedh5 PROGRAM" },
	{ "singularity", FILES, "singularity exec --bind FOLDER IMAGE lockedh5 PROGRAM" },
	/* What a file of theirs names in its first line. */
	{ "run-singularity", FILES, "apptainer exec --bind FOLDER IMAGE lockedh5 PROGRAM" },
	{ "docker", FILES, "docker run --volume FOLDER:FOLDER IMAGE lockedh5 PROGRAM" },
	{ "podman", FILES, "podman run --volume FOLDER:FOLDER IMAGE lockedh5 PROGRAM" },
	{ "nerdctl", FILES, "nerdctl run --volume FOLDER:FOLDER IMAGE lockedh5 PROGRAM" },
	{ "udocker", FILES, "udocker run --volume=FOLDER CONTAINER lockedh5 PROGRAM" },
	{ "ch-run", FILES, "ch-run --bind=FOLDER IMAGE -- lockedh5 PROGRAM" },
	{ "enroot", FILES, "enroot start --mount FOLDER:FOLDER CONTAINER lockedh5 PROGRAM" },
	{ "sarus", FILES, "sarus run --mount=OPTIONS IMAGE lockedh5 PROGRAM" },
	{ "shifter", FILES, "shifter --volume=FOLDER:FOLDER lockedh5 PROGRAM" },
	{ "systemd-nspawn", FILES, "systemd-nspawn --bind=FOLDER lockedh5 PROGRAM" },
	{ "proot", FILES, "proot OPTIONS lockedh5 PROGRAM" },
	{ "fakechroot", FILES, "fakechroot chroot FOLDER lockedh5 PROGRAM" },
	{ "schroot", FILES, "schroot -- lockedh5 PROGRAM" },
	{ "firejail", FILES, "firejail OPTIONS lockedh5 PROGRAM" },
	{ "nsjail", FILES, "nsjail OPTIONS -- lockedh5 PROGRAM" },
	{ "toolbox", FILES, "toolbox run lockedh5 PROGRAM" },
	{ "distrobox", FILES, "distrobox enter -- lockedh5 PROGRAM" },
	{ "distrobox-enter", FILES, "distrobox-enter -- lockedh5 PROGRAM" },
	{ "flatpak", FILES, "flatpak run --command=lockedh5 APPLICATION PROGRAM" },
	{ "snap", FILES, "snap run --shell SNAP, and there lockedh5 PROGRAM" },
	{ "lxc-attach", FILES, "lxc-attach OPTIONS -- lockedh5 PROGRAM" },
	{ "lxc-execute", FILES, "lxc-execute OPTIONS -- lockedh5 PROGRAM" },
	{ "lxc", FILES, "lxc exec CONTAINER -- lockedh5 PROGRAM" },
	{ "incus", FILES, "incus exec CONTAINER -- lockedh5 PROGRAM" },
	{ "runc", FILES, "runc exec CONTAINER lockedh5 PROGRAM" },
	{ "crun", FILES, "crun exec CONTAINER lockedh5 PROGRAM" },
	{ "machinectl", FILES, "machinectl shell MACHINE lockedh5 PROGRAM" },

	{ "tmux", SERVER, "tmux new-session lockedh5 PROGRAM" },
	{ "screen", SERVER, "screen lockedh5 PROGRAM" },
	{ "byobu", SERVER, "byobu new-session lockedh5 PROGRAM" },
	{ "zellij", SERVER, "zellij run -- lockedh5 PROGRAM" },
	{ "systemd-run", SERVER, "systemd-run OPTIONS lockedh5 PROGRAM" },
	{ "at", SERVER, "echo lockedh5 PROGRAM | at TIME" },
	{ "batch", SERVER, "echo lockedh5 PROGRAM | batch" },
	{ "sbatch", SERVER, "lockedh5 PROGRAM in the job script" },
	{ "srun", SERVER, "srun OPTIONS lockedh5 PROGRAM" },
	{ "salloc", SERVER, "salloc OPTIONS lockedh5 PROGRAM" },
	{ "qsub", SERVER, "lockedh5 PROGRAM in the job script" },
	{ "condor_submit", SERVER, "executable = lockedh5 in the submit file" },

	{ "ssh", HOST, "ssh HOST lockedh5 PROGRAM" },
	{ "slogin", HOST, "slogin HOST lockedh5 PROGRAM" },
	{ "rsh", HOST, "rsh HOST lockedh5 PROGRAM" },
	{ "mosh", HOST, "mosh HOST lockedh5 PROGRAM" },
	{ "pdsh", HOST, "pdsh OPTIONS lockedh5 PROGRAM" },
	{ "clush", HOST, "clush OPTIONS lockedh5 PROGRAM" },
	{ "kubectl", HOST, "kubectl exec POD -- lockedh5 PROGRAM" },

	{ "sudo", USER, "sudo lockedh5 PROGRAM" },
	{ "su", USER, "su -c 'lockedh5 PROGRAM'" },
	{ "doas", USER, "doas lockedh5 PROGRAM" },
	{ "pkexec", USER, "pkexec lockedh5 PROGRAM" },
	{ "run0", USER, "run0 lockedh5 PROGRAM" },
	{ "ksu", USER, "ksu -e lockedh5 PROGRAM" },
	{ "runuser", USER, "runuser USER -l -c 'lockedh5 PROGRAM'" },

	{ "env", VARIABLES, "env OPTIONS lockedh5 PROGRAM" },
	{ "setpriv", VARIABLES, "setpriv OPTIONS lockedh5 PROGRAM" },
};

/* Many a program is called so: only one of the system's is meant. */
static const char *const common[] = { "screen", "at", "batch", "su" };

/* Programs that start what follows, as it is. */
static const char *const passing[] = {
	"env",	   "nice",    "ionice",	 "nohup",   "setsid",	"timeout", "time",     "stdbuf",
	"taskset", "numactl", "chrt",	 "prlimit", "setarch",	"linux64", "setpriv",  "unshare",
	"runuser", "chroot",  "nsenter", "srun",    "mpirun",	"mpiexec", "orterun",  "aprun",
	"jsrun",   "flock",   "strace",	 "ltrace",  "valgrind", "xargs",   "parallel", "lockedh5",
};

/* In /bin, /usr/sbin, /usr/local/bin and the like. */
static bool is_of_the_system(const char *path)
{
	static const char *const folders[] = { "/usr/local", "/usr", "" };

	for (size_t i = 0; i < ALL(folders); i++) {
		size_t length = strlen(folders[i]);
		const char *rest = path + length;

		if (!strncmp(path, folders[i], length) &&
		    (!strncmp(rest, "/bin/", 5) || !strncmp(rest, "/sbin/", 6)))
			return true;
	}
	return false;
}

static bool is_in(const char *const names[], size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(target_base(path), names[i]))
			return true;
	return false;
}

static const struct starter *find_name(const char *path)
{
	if (is_in(common, ALL(common), path) && !is_of_the_system(path))
		return NULL;
	for (size_t i = 0; i < ALL(starters); i++)
		if (!strcmp(target_base(path), starters[i].name))
			return &starters[i];
	return NULL;
}

/* The row of a program by its name or that of the file which this leads to; NULL if there is none.
 * Sets *FOUND to whether there is such a program at all. */
static const struct starter *find(const char *name, bool *found)
{
	const struct starter *starter = NULL;
	struct target target;
	int rc = target_find(&target, name);
	char *real;

	/* One that can't be read is one, too. */
	*found = rc == 0 || rc == -EPERM;
	if (!*found)
		return NULL;
	starter = find_name(target.program);
	if (!starter)
		starter = find_name(target.runner);
	real = realpath(target.program, NULL);
	if (!starter && real)
		starter = find_name(real);
	free(real);
	return starter;
}

/* --- what is to be said ------------------------------------------------------------------------
 */

static char *sentence_of(const struct starter *starter, const char *if_not)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return say_text(sentences[starter->kind], if_not, starter->instead);
#pragma GCC diagnostic pop
}

char *starters_sentence(const char *program, bool *always)
{
	bool found;
	const struct starter *starter = find(program, &found);
	const struct through *through = starter ? through_find(starter->name) : NULL;

	*always = !through;
	if (!starter)
		return NULL;
	return sentence_of(starter, through ? through->if_not : "");
}

/* Whether what this command starts has the library. */
static bool reaches(const struct starter *starter, char *const words[], const char *library)
{
	const struct through *through = through_find(starter->name);

	return through && through->reaches(words, library);
}

char *starters_obstacle(char *const words[], const char *library, const char **who)
{
	for (; *words; words++) {
		bool found;
		const struct starter *starter = find(*words, &found);

		if (starter && !reaches(starter, words, library)) {
			*who = *words;
			return sentence_of(starter, "");
		}
		/* What follows a program is its own, unless it passes that on; what precedes one
		 * are options and their values. */
		if (found && !is_in(passing, ALL(passing), *words))
			return NULL;
	}
	return NULL;
}
