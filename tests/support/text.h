/* SPDX-License-Identifier: BSD-3-Clause */
/* What texts say, and text files. */
#ifndef TEXT_H
#define TEXT_H

/* What is in the file; it lives until the test program ends.  Fails the test if there is none. */
char *file_text(const char *name);
/* How often PART is in the text; or in the file, in which it is not if there is none. */
int times_in(const char *text, const char *part);
int times_in_file(const char *name, const char *part);

#endif
