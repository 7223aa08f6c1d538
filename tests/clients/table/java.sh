# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client='HDF5 Java (JNI)' language=Java mode=write file=shared.h5
does='count in one file'
needs='javac java file:/usr/share/java/jarhdf5.jar file:/usr/share/java/slf4j-api.jar h5dump
h5import'

classes=/usr/share/java/jarhdf5.jar:/usr/share/java/slf4j-api.jar:.

version() { java -cp $classes Counter 2>/dev/null | first_version; }

prepare() {
	javac -cp $classes -d . "$here/Counter.java"
	numbers 0 shared.h5 counter 1
	numbers 5 later counter 1
}

work() { java -cp $classes Counter shared.h5 "$1"; }

verify() { holds shared.h5 counter 15 1; }
