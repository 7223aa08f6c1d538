/* SPDX-License-Identifier: BSD-3-Clause */
/* An unmodified program of the plainest kind: a number in a file, one more each time.
 *
 *   counter FILE create     makes the file with a 0 in it
 *   counter FILE show       prints the number
 *   counter FILE N          N times: open, read, add one, write, close
 */
#include "counter_file.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	int number = 0;

	setlocale(LC_ALL, "");
	if (argc != 3) {
		fprintf(stderr, "usage: counter FILE create|show|N\n");
		return 2;
	}
	if (strcmp(argv[2], "create") == 0)
		return counter_create(argv[1]) < 0;
	if (strcmp(argv[2], "show") == 0) {
		if (counter_visit(argv[1], 0, &number) < 0)
			return 1;
		printf("%d\n", number);
		return 0;
	}
	for (int i = 0; i < atoi(argv[2]); i++)
		if (counter_visit(argv[1], 1, &number) < 0)
			return 1;
	return 0;
}
