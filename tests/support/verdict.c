/* SPDX-License-Identifier: BSD-3-Clause */
/* What "lockedh5 check" says. */
#include "verdict.h"

#include <string.h>

const char *says(const char *script, int status, const char *sentence)
{
	static const char *const words[] = { ": covered: ", ": not covered: ", ": can't tell: " };
	struct outcome o = shell(script);
	char *end = strchr(o.out, '\n');

	ck_assert_msg(o.status == status, "%s: status %d: %s%s", script, o.status, o.out, o.err);
	ck_assert_msg(end && strstr(o.out, words[status]) && !*o.err, "%s: %s%s", script, o.out,
		      o.err);
	ck_assert_msg(strstr(o.out, sentence) && strstr(o.out, sentence) < end,
		      "%s: %s is without \"%s\"", script, o.out, sentence);
	return o.out;
}

/* Distributions' libhdf5.a can't be linked into a library, so this has of HDF5 what every HDF5 has.
 */
void build_libown(void)
{
	file_write("own.c", "const char *own(int), *banner = \"HDF5 library version: 1.99.3\";\n"
			    "__attribute__((noinline, noclone)) static const char *\n"
			    "H5FD__sec2_open(int i) { return __func__ + i; }\n"
			    "const char *own(int i) { return H5FD__sec2_open(i) ? banner : 0; }\n");
	prepare("cc -fPIC -shared -o libown.so own.c");
}
