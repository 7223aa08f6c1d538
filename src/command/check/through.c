/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/check/through.h"

#include "command/say.h"
#include "command/check/target.h"

#include <fcntl.h>
#include <getopt.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc 2.31 has no name for it; the number is the same on all 64-bit systems. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* Its options up to the program, as it reads them itself; 0 after the last one. */
static int next_option(char *const words[], const char *letters, const struct option *names)
{
	int n = 0, c;

	while (words[n])
		n++;
	opterr = 0;
	do
		c = getopt_long(n, words, letters, names, NULL);
	while (c == '?');
	return c < 0 ? 0 : c;
}

/* Whether the file is there for a program whose root folder is ROOT; links inside of that lead to
 * where they do for the program. */
static bool is_inside(const char *root, const char *file)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

	if (folder < 0)
		return false;
	/* Linux before 5.6 can't tell. */
	fd = (int)syscall(SYS_openat2, folder, file, &how, sizeof(how));
	close(folder);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool by_chroot(char *const words[], const char *library)
{
	static const struct option names[] = { { "groups", required_argument, NULL, 'g' },
					       { "userspec", required_argument, NULL, 'u' },
					       { NULL, 0, NULL, 0 } };

	while (next_option(words, "+", names))
		;
	return words[optind] && is_inside(words[optind], library);
}

static bool by_unshare(char *const words[], const char *library)
{
	static const struct option names[] = {
		{ "root", required_argument, NULL, 'R' },
		{ "wd", required_argument, NULL, 'w' },
		{ "setuid", required_argument, NULL, 'S' },
		{ "setgid", required_argument, NULL, 'G' },
		{ "propagation", required_argument, NULL, 'x' },
		{ "setgroups", required_argument, NULL, 'x' },
		{ "map-user", required_argument, NULL, 'x' },
		{ "map-users", required_argument, NULL, 'x' },
		{ "map-group", required_argument, NULL, 'x' },
		{ "map-groups", required_argument, NULL, 'x' },
		{ "monotonic", required_argument, NULL, 'x' },
		{ "boottime", required_argument, NULL, 'x' },
		{ "map-root-user", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *root = "/";
	int c;

	while ((c = next_option(words, "+fhVmuinpCTUrR:w:S:G:cl:", names)))
		if (c == 'R')
			root = optarg;
	return is_inside(root, library);
}

/* Where its target is, in whose namespaces and root folder it starts programs. */
static bool by_nsenter(char *const words[], const char *library)
{
	static const struct option names[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "target", required_argument, NULL, 't' },
		{ "mount", optional_argument, NULL, 'm' },
		{ "root", optional_argument, NULL, 'r' },
		{ "setuid", required_argument, NULL, 'S' },
		{ "setgid", required_argument, NULL, 'G' },
		{ NULL, 0, NULL, 0 },
	};
	bool elsewhere = false, there = false;
	const char *target = NULL;
	char *root;
	int c;

	while ((c = next_option(words, "+ahVt:m::u::i::n::p::C::U::T::S:G:r::w::W::FeZc", names))) {
		if (c == 't')
			target = optarg;
		/* A file says which one, and where that leads can't be seen. */
		if (strchr("amr", c) && optarg)
			return false;
		elsewhere = elsewhere || strchr("amr", c);
	}
	if (!elsewhere || !target)
		return !elsewhere;
	root = say_text("/proc/%s/root", target);
	there = is_inside(root, library);
	free(root);
	return there;
}

/* Whether one of its words is this one. */
static bool has_word(char *const words[], const char *word)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

static bool by_systemd_run(char *const words[], const char *library)
{
	(void)library;
	return has_word(words, "--scope");
}

static bool by_qsub(char *const words[], const char *library)
{
	(void)library;
	return has_word(words, "-V");
}

static bool by_setpriv(char *const words[], const char *library)
{
	(void)library;
	return !has_word(words, "--reset-env");
}

static bool by_runuser(char *const words[], const char *library)
{
	(void)library;
	return !has_word(words, "-") && !has_word(words, "-l") && !has_word(words, "--login");
}

static bool by_env(char *const words[], const char *library)
{
	static const struct option names[] = {
		{ "ignore-environment", no_argument, NULL, 'i' },
		{ "unset", required_argument, NULL, 'u' },
		{ "chdir", required_argument, NULL, 'C' },
		{ "split-string", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	bool there = true;
	int c;

	while ((c = next_option(words, "+iu:0C:S:v", names)))
		if (c == 'i' || (c == 'u' && !strcmp(optarg, "LD_PRELOAD")))
			there = false;
	for (char *const *word = words + optind; *word; word++) {
		if (!strcmp(*word, "-"))
			there = false;
		else if (!strncmp(*word, "LD_PRELOAD=", strlen("LD_PRELOAD=")))
			there = strstr(*word, library);
		else if (!strchr(*word, '='))
			break;
	}
	return there;
}

/* Whether a list of variables, as --export has it, names LD_PRELOAD or all. */
static bool exports(const char *list)
{
	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncasecmp(list, "ALL", 3) && (!list[3] || list[3] == ','))
			return true;
		if (!strncmp(list, "LD_PRELOAD", strlen("LD_PRELOAD")))
			return true;
	}
	return false;
}

static bool by_slurm(char *const words[], const char *library)
{
	const char *variable =
		strcmp(target_base(words[0]), "sbatch") ? "SLURM_EXPORT_ENV" : "SBATCH_EXPORT";
	const char *list = getenv(variable);

	(void)library;
	for (int i = 1; words[i]; i++) {
		if (!strncmp(words[i], "--export=", strlen("--export=")))
			list = words[i] + strlen("--export=");
		else if (!strcmp(words[i], "--export") && words[i + 1])
			list = words[++i];
		else if (words[i][0] != '-' && !access(words[i], X_OK))
			break; /* what follows is the program's */
	}
	return !list || exports(list);
}

static const struct through table[] = {
	{ "chroot", by_chroot, " (if the library is not in its folder)" },
	{ "unshare", by_unshare, " (with --root)" },
	{ "nsenter", by_nsenter, " (with --mount, --root or --all)" },
	{ "systemd-run", by_systemd_run, " (without --scope)" },
	{ "sbatch", by_slurm, " (with --export and not ALL)" },
	{ "srun", by_slurm, " (with --export and not ALL)" },
	{ "salloc", by_slurm, " (with --export and not ALL)" },
	{ "qsub", by_qsub, " (without -V)" },
	{ "runuser", by_runuser, " (with --login)" },
	{ "env", by_env, " (with -i or LD_PRELOAD)" },
	{ "setpriv", by_setpriv, " (with --reset-env)" },
};

const struct through *through_find(const char *name)
{
	optind = 0; /* glibc's way to begin anew */
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}
