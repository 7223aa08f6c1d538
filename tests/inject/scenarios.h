/* SPDX-License-Identifier: BSD-3-Clause */
/* The pieces of the scenarios: what comes before the marks, and what lies between them. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "client.h"

/* The file that is open, or -1. */
extern hid_t file;
void close_it(void);

/* --- before the marks --- */
void have_it_open(void);
void have_it_open_and_a_child(void);
void held_for_a_moment(void);
void read_for_a_moment(void);
void crowd(void);
void held_for_ever(void);
void have_the_link_open(void);
void link_to_what_is_held(void);
void have_latest_open(void);
void another_looks(void);
void another_makes_it(void);

/* --- between them, with the checks; each is a call or two of HDF5 --- */
void open_to_read(void);
void open_to_write(void);
void open_without_lock(void);
void open_missing(void);
void miss_and_create(void);
void open_what_another_makes(void);
void create_what_was_missing(void);
void create_over(void);
void create_new(void);
void create_exclusively(void);
void create_what_is_there(void);
void create_behind_link(void);
void open_twice(void);
void close_only(void);
void is_hdf5(void);
void other_driver(void);
void in_memory(void);
void give_up_open(void);
void give_up_create(void);
void child_exits(void);
void child_closes(void);
void child_opens(void);
void spawn_a_program(void);
void follow_link(void);
void follow_link_in_vain(void);
void read_virtual(void);
void start_swmr(void);
void open_swmr(void);
void delete_it(void);
void delete_in_vain(void);

#endif
