/* SPDX-License-Identifier: BSD-3-Clause */
/* forker fork|spawn FILE: opens FILE for writing while a child is made.
 *
 *   fork    a thread opens it between the prepare handlers of fork() and the child's birth; it is
 *           closed while the child lives, and must be free then
 *   spawn   it is opened and closed again and again, beside a thread that starts programs
 *
 * Exit status 0 if all of that could be had at once (with LOCKEDH5_COUNT=1). */
#include <hdf5.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *name;
static volatile int go, done;
static hid_t file;

static hid_t open_it(void)
{
	return H5Fopen(name, H5F_ACC_RDWR, H5P_DEFAULT);
}

static int fail(const char *what)
{
	puts(what);
	return EXIT_FAILURE;
}

/* As OpenBLAS's, which ends its threads first. */
static void prepare(void)
{
	go = 1;
	while (!done)
		usleep(1000);
}

static void *opens_meanwhile(void *arg)
{
	while (!go)
		usleep(1000);
	file = open_it();
	done = 1;
	return arg;
}

static int run_fork(void)
{
	pthread_t thread;
	hid_t again;
	pid_t child;

	/* Registered before the library's own, which comes with the first file: so it runs later.
	 */
	pthread_atfork(prepare, NULL, NULL);
	H5Fclose(open_it());
	pthread_create(&thread, NULL, opens_meanwhile, NULL);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	pthread_join(thread, NULL);
	if (file < 0 || H5Fclose(file) < 0)
		return fail("the thread could not open it");
	again = open_it();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	if (again < 0)
		return fail("the child has kept it");
	return H5Fclose(again) < 0;
}

static void *spawns(void *arg)
{
	char *const argv[] = { (char *)"true", NULL };
	pid_t pid;

	while (!done)
		if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0)
			waitpid(pid, NULL, 0);
	return arg;
}

static int run_spawn(void)
{
	pthread_t thread;
	int failed = 0;

	pthread_create(&thread, NULL, spawns, NULL);
	for (int i = 0; i < 2000; i++) {
		file = open_it();
		failed += file < 0 || H5Fclose(file) < 0;
	}
	done = 1;
	pthread_join(thread, NULL);
	printf("%d of 2000 opens failed\n", failed);
	return failed != 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return EXIT_FAILURE;
	name = argv[2];
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return strcmp(argv[1], "fork") ? run_spawn() : run_fork();
}
