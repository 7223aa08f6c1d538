/* SPDX-License-Identifier: BSD-3-Clause */
/* A program with children, links to other files, and readers beside a writer. */
#include "scenarios.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- children ------------------------------------------------------------------------------ */

static void fork_a_child(const char *what)
{
	pid_t pid;

	begin();
	pid = fork();
	if (pid == 0) {
		if (!strcmp(what, "exit"))
			exit(0);
		if (!strcmp(what, "close"))
			H5Fclose(file);
		if (!strcmp(what, "open")) {
			hid_t own = H5Fopen("data.h5", H5F_ACC_RDONLY, H5P_DEFAULT);

			end();
			expect_outcome(own, "data.h5", 's');
			if (own >= 0)
				H5Fclose(own);
		}
		end();
		_exit(0);
	}
	end();
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (file >= 0)
		expect_lock("data.h5", 'x', "after the child's end");
	close_it();
}

void child_exits(void)
{
	fork_a_child("exit");
}

void child_closes(void)
{
	fork_a_child("close");
}

void child_opens(void)
{
	expect_same("data.h5");
	fork_a_child("open");
}

void have_it_open_and_a_child(void)
{
	have_it_open();
	inherit();
}

void spawn_a_program(void)
{
	char *const argv[] = { (char *)"true", NULL };
	pid_t pid;

	begin();
	if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0)
		waitpid(pid, NULL, 0);
	end();
	expect_lock("data.h5", 'x', "after posix_spawn");
	close_it();
}

/* --- what HDF5 opens by itself -------------------------------------------------------------- */

void have_the_link_open(void)
{
	file = H5Fopen("link.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
}

void follow_link(void)
{
	hid_t set;

	expect_same("data.h5");
	begin();
	set = H5Dopen2(file, "out", H5P_DEFAULT);
	end();
	expect_outcome(set, "data.h5", 's');
	begin();
	if (set >= 0)
		H5Dclose(set);
	close_it();
	end();
}

void link_to_what_is_held(void)
{
	have_the_link_open();
	held_for_ever();
}

void follow_link_in_vain(void)
{
	hid_t set;

	begin();
	set = H5Dopen2(file, "out", H5P_DEFAULT);
	end();
	if (expect_outcome(set, "data.h5", 'x'))
		violation("it opened what another process holds");
	close_it();
}

#if H5_VERSION_GE(1, 10, 0)
/* It must be the numbers, or an error: never fill values. */
void read_virtual(void)
{
	int numbers[100] = { 0 };
	hid_t set = H5Dopen2(file, "virtual", H5P_DEFAULT);
	herr_t rc;

	expect_same("data.h5");
	begin();
	rc = H5Dread(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
	end();
	if (expect_outcome(rc, "data.h5", 's'))
		for (int i = 0; i < 100; i++)
			if (numbers[i] != i + 1) {
				violation("number %d of the virtual dataset is %d", i, numbers[i]);
				break;
			}
	H5Dclose(set);
	close_it();
}

/* --- SWMR ------------------------------------------------------------------------------------- */

void have_latest_open(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	file = H5Fopen("latest.h5", H5F_ACC_RDWR, list);
	H5Pclose(list);
}

void start_swmr(void)
{
	herr_t rc;

	begin();
	rc = H5Fstart_swmr_write(file);
	end();
	if (!expect_outcome(rc, "latest.h5", 's') && raw_lock_on("latest.h5") == '-')
		violation("the file is open and unlocked");
	begin();
	close_it();
	end();
	expect_lock("latest.h5", '-', "after H5Fclose");
}

void open_swmr(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	begin();
	file = H5Fopen("latest.h5", H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, list);
	end();
	expect_outcome(file, "latest.h5", 's');
	H5Pclose(list);
	close_it();
	expect_lock("latest.h5", '-', "after H5Fclose");
}
#endif

#if H5_VERSION_GE(1, 12, 0)
void delete_it(void)
{
	herr_t rc;

	expect_unharmed("data.h5");
	begin();
	rc = H5Fdelete("data.h5", H5P_DEFAULT);
	end();
	expect_outcome(rc, "data.h5", 0);
	if (rc >= 0 && access("data.h5", F_OK) == 0)
		violation("it is still there");
}

void delete_in_vain(void)
{
	herr_t rc;

	expect_same("data.h5");
	begin();
	rc = H5Fdelete("data.h5", H5P_DEFAULT);
	end();
	if (expect_outcome(rc, "data.h5", 'x'))
		violation("it deleted what another process holds");
}
#endif
