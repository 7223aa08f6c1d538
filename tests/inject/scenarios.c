/* SPDX-License-Identifier: BSD-3-Clause */
/* A program that opens, creates and closes a file while somebody else has it or not. */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

hid_t file = -1;

/* --- pieces ------------------------------------------------------------------------ */

void close_it(void)
{
	if (file >= 0)
		H5Fclose(file);
	file = -1;
}

static void check_numbers(const char *name)
{
	hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
	int numbers[100] = { 0 };
	int right = 0;

	H5Dread(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
	for (int i = 0; i < 100; i++)
		right += numbers[i] == i + 1;
	if (right != 100)
		violation("only %d numbers of %s are right", right, name);
	H5Dclose(set);
}

/* What a call that failed has created must be gone again, but for one that can't look for good
 * whether it is still the same file. */
static void remove_new(bool failed)
{
	if (unlink("new.h5") == 0 && failed && !getenv("INJECTED_FOR_GOOD"))
		violation("the call failed, and has left new.h5 behind");
}

static void open_as(const char *name, unsigned flags, char lock)
{
	begin();
	file = H5Fopen(name, flags, H5P_DEFAULT);
	end();
	/* Whoever was to let go has done so. */
	if (expect_outcome(file, name, lock) && !strcmp(name, "data.h5"))
		check_numbers("data");
	begin();
	close_it();
	end();
}

static void create_as(const char *name, unsigned flags)
{
	bool created;

	begin();
	file = H5Fcreate(name, flags, H5P_DEFAULT, H5P_DEFAULT);
	end();
	created = expect_outcome(file, name, 'x');
	begin();
	close_it();
	end();
	remove_new(!created);
}

/* --- open, create, close -------------------------------------------------------------- */

void open_to_read(void)
{
	expect_same("data.h5");
	open_as("data.h5", H5F_ACC_RDONLY, 's');
}

void open_to_write(void)
{
	expect_unharmed("data.h5");
	open_as("data.h5", H5F_ACC_RDWR, 'x');
}

/* Unlocked is fine here, but not in silence. */
void open_without_lock(void)
{
	open_as("data.h5", H5F_ACC_RDWR, 'u');
}

void open_missing(void)
{
	expect_ticket();
	open_as("new.h5", H5F_ACC_RDWR, 0);
}

void create_over(void)
{
	expect_unharmed("data.h5");
	create_as("data.h5", H5F_ACC_TRUNC);
}

void create_new(void)
{
	create_as("new.h5", H5F_ACC_TRUNC);
}

void create_exclusively(void)
{
	create_as("new.h5", H5F_ACC_EXCL);
}

void create_what_is_there(void)
{
	expect_same("data.h5");
	create_as("data.h5", H5F_ACC_EXCL);
}

void create_behind_link(void)
{
	bool created;

	unlink("dangling.h5");
	if (symlink("new.h5", "dangling.h5"))
		abort();
	begin();
	file = H5Fcreate("dangling.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	end();
	created = expect_outcome(file, "new.h5", 'x');
	close_it();
	remove_new(!created);
}

void have_it_open(void)
{
	file = H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT);
	expect_lock("data.h5", 'x', "before the marks");
}

void open_twice(void)
{
	hid_t second;

	begin();
	second = H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT);
	end();
	expect_outcome(second, "data.h5", 'x');
	begin();
	if (second >= 0)
		H5Fclose(second);
	end();
	expect_lock("data.h5", 'x', "while the first one is open");
	check_numbers("data");
	close_it();
}

void close_only(void)
{
	begin();
	close_it();
	end();
	expect_lock("data.h5", '-', "after H5Fclose");
}

void is_hdf5(void)
{
	htri_t is;

	expect_same("data.h5");
	begin();
	is = H5Fis_hdf5("data.h5");
	end();
	expect_outcome(is, "data.h5", '-');
	if (is == 0)
		violation("it says that data.h5 is none of HDF5's");
}

void other_driver(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	expect_same("data.h5");
	H5Pset_fapl_stdio(list);
	begin();
	file = H5Fopen("data.h5", H5F_ACC_RDWR, list);
	end();
	expect_outcome(file, "data.h5", 'x');
	H5Pclose(list);
	close_it();
}

void in_memory(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	expect_same("data.h5");
	H5Pset_fapl_core(list, 1 << 16, 0);
	begin();
	file = H5Fopen("data.h5", H5F_ACC_RDWR, list);
	end();
	expect_outcome(file, "data.h5", 0); /* '-', unless it could not be unlocked */
	H5Pclose(list);
	close_it();
}

/* --- looking for what is not there --------------------------------------------------------- */

static void look_in_vain(unsigned flags)
{
	begin();
	file = H5Fopen("new.h5", flags, H5P_DEFAULT);
	end();
	if (file >= 0)
		violation("it opened what is not there");
	close_it();
}

void miss_and_create(void)
{
	look_in_vain(H5F_ACC_RDWR);
	create_as("new.h5", H5F_ACC_TRUNC);
}

void another_looks(void)
{
	look_for("new.h5", false);
}

void another_makes_it(void)
{
	look_for("new.h5", true);
}

/* Unless it looks no more when that is there. */
void open_what_another_makes(void)
{
	expect_ticket();
	open_as("new.h5", H5F_ACC_RDWR, 'x');
	unlink("new.h5");
}

/* Who can't look may take it for another file, and replaces that. */
void create_what_was_missing(void)
{
	int other;

	look_in_vain(H5F_ACC_RDONLY);
	other = raw_open("new.h5", O_RDWR | O_CREAT | O_EXCL);
	if (write(other, "x", 1) != 1)
		abort();
	raw_close(other);
	begin();
	file = H5Fcreate("new.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	end();
	if (expect_outcome(file, "new.h5", 'x') && !getenv("INJECTED_ERRNO"))
		violation("it replaced what another has made");
	begin();
	close_it();
	end();
	unlink("new.h5");
}

/* --- waiting ---------------------------------------------------------------------------- */

void held_for_a_moment(void)
{
	hold("data.h5", 'x', 1);
}

void read_for_a_moment(void)
{
	hold("data.h5", 's', 1);
}

void crowd(void)
{
	hold("data.h5", 'x', 2);
	queue("data.h5");
}

void held_for_ever(void)
{
	hold("data.h5", 'x', 0);
}

void give_up_open(void)
{
	expect_same("data.h5");
	begin();
	file = H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT);
	end();
	expect_outcome(file, "data.h5", 'x');
	if (file >= 0)
		violation("it opened what another process holds");
	close_it();
}

void give_up_create(void)
{
	expect_same("data.h5");
	begin();
	file = H5Fcreate("data.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	end();
	expect_outcome(file, "data.h5", 'x');
	if (file >= 0)
		violation("it emptied what another process holds");
	close_it();
}
