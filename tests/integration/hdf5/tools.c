/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5's own tools do under the library what they do without it. */
#include "counter.h"
#include "programs.h"
#include "support.h"

#include <stdio.h>

/* Each has in.h5 and same.h5 to work on; what it writes goes to out.h5. */
static const char *const commands[] = {
	"h5dump in.h5",
	"h5dump -p -H in.h5 same.h5",
	"h5dump missing.h5",
	"h5ls -r in.h5",
	"h5ls -r same.h5 missing.h5 in.h5",
	"h5stat in.h5",
	"h5debug in.h5",
	"h5diff in.h5 same.h5",
	"h5diff in.h5 in.h5",
	"h5repack -f GZIP=1 in.h5 out.h5",
	"h5copy -i in.h5 -o out.h5 -s /counter -d /copy",
	"h5copy -i in.h5 -o same.h5 -s /counter -d /copy",
	"h5copy -i in.h5 -o in.h5 -s /counter -d /copy",
	"h5mkgrp in.h5 /group",
	"h5mkgrp out.h5 /group",
	"h5clear -s in.h5",
	"h5clear -m in.h5",
	"h5jam -i in.h5 -u user.txt -o out.h5",
	"h5jam -i in.h5 -u user.txt && h5unjam -i in.h5 -u out.txt -o out.h5",
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* What the command prints, and then what is in every file. */
static struct outcome in_folder(const char *folder, const char *command)
{
	static const char prepare[] = "set -e; mkdir \"$0\"; cd \"$0\"; cp ../data.h5 in.h5;"
				      " cp ../data.h5 same.h5; echo words >user.txt";
	static const char show[] = "cd \"$0\" && for file in *; do echo \"$file\"; case $file in"
				   " *.h5) h5dump \"$file\" ;; *) cat \"$file\" ;; esac; done";
	char line[512];
	struct outcome o;

	preload(false);
	o = RUN("sh", "-c", prepare, folder);
	ck_assert_msg(o.status == 0, "%s", o.err);
	preload(folder[0] == '1');
	snprintf(line, sizeof(line), "cd \"$0\" && { %s; } >../stdout%s 2>../stderr%s", command,
		 folder, folder);
	o.status = RUN("sh", "-c", line, folder).status;
	preload(false);
	o.out = RUN("sh", "-c", show, folder).out;
	return o;
}

START_TEST(tool_does_the_same)
{
	struct outcome with, without, difference;

	NEEDS("command -v h5dump", "no h5* tools");
	preload(false);
	counter_create("data.h5");
	without = in_folder("0", commands[_i]);
	with = in_folder("1", commands[_i]);
	ck_assert_msg(with.status == without.status, "%s: status %d instead of %d", commands[_i],
		      with.status, without.status);
	ck_assert_str_eq(with.out, without.out);
	difference = RUN("diff", "-u", "stdout0", "stdout1");
	ck_assert_msg(difference.status == 0, "%s: %s", commands[_i], difference.out);
	difference = RUN("diff", "-u", "stderr0", "stderr1");
	ck_assert_msg(difference.status == 0, "%s: %s", commands[_i], difference.out);
}
END_TEST

int main(void)
{
	TCase *tests = group("tools");

	tcase_add_loop_test(tests, tool_does_the_same, 0, COMMANDS);
	return group_run();
}
