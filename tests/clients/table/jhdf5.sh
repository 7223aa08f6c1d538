# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=JHDF5 language=Java mode=read file=shared.h5
does='add datasets to one file'
needs='javac java file:/usr/share/java/sis-jhdf5.jar h5dump h5import'

jars=/usr/share/java
classes=$jars/sis-jhdf5.jar:$jars/sis-base.jar:$jars/commons-lang3.jar:.

version() { readlink /usr/share/java/sis-jhdf5.jar | first_version; }

prepare() {
	javac -cp "$classes" -d . "$here/Add.java"
	numbers 7 shared.h5
	numbers 8 later
}

# It opens the file for reading first, closes it, and then opens it for writing.
work() { java -cp "$classes" Add shared.h5 "$1"; }

verify() { all_hold shared.h5; }
