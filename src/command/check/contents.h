/* SPDX-License-Identifier: BSD-3-Clause */
/* Which HDF5 there is inside of a program or library: looked for, never run. */
#ifndef CONTENTS_H
#define CONTENTS_H

#include "system/elf_file.h"

enum contents_kind {
	CONTENTS_NONE,
	CONTENTS_LIBRARY, /* HDF5 for others, as in libhdf5.so */
	CONTENTS_STATIC,  /* linked statically, and the file says where its functions are */
	CONTENTS_STRIPPED /* linked statically, and the file does not say */
};

enum { CONTENTS_VERSION = 24 };

struct contents {
	enum contents_kind kind;
	char version[CONTENTS_VERSION]; /* "1.10.8"; "?" if not known */
};

void contents_look(struct elf *elf, struct contents *contents);

#endif
