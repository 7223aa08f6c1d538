# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5diff language=C mode=read file=shared.h5
does='read behind a writer'
needs='h5diff h5import'

version() { h5diff --version | first_version; }

prepare() {
	numbers 1 shared.h5
	numbers 2 later
	cp later expected.h5
}

# Its status is 1 if they differ.
work() { h5diff --report shared.h5 expected.h5 && echo alike; }

verify() { all_printed '^alike$' 1; }
